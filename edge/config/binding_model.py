"""Config structs of bindings: Python of the operator that functions may call."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeAlias

from msgspec import Meta, Struct, field

from edge.config.problems import Problem
from edge.config.types import Deadline, EntrySize, about
from edge.units import GIB, MIB, parse_duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge.config.keypath import KeyPath

Place: TypeAlias = Literal["process", "gateway"]
Loop: TypeAlias = Literal["trio", "asyncio"]
ProcessMemory: TypeAlias = Annotated[int, Meta(ge=0, le=1024 * GIB, extra={"unit": "size"})]
Together: TypeAlias = Annotated[int, Meta(ge=1, le=10_000)]

_NAME: Final = r"[A-Za-z_][A-Za-z0-9_]*"
_TARGET: Final = re.compile(rf"{_NAME}(?:\.{_NAME})*(?::{_NAME}(?:\.{_NAME})*)?")
_RATE: Final = re.compile(r"[1-9]\d{0,8}/(\S{1,20})")


class BindingsConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where the Python of bindings is found."""

    path: Annotated[
        list[str],
        about("Folders in which modules are looked for before what is installed, relative to this file."),
    ] = field(default_factory=lambda: ["."])


class BindingConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """Python that a function may call as `env.NAME(...)`."""

    target: Annotated[
        str,
        about(
            "`package.module:name`: a function, or a class or object, whose methods are called as "
            "`env.NAME.method(...)`. `package.module` alone stands for the functions that the module defines."
        ),
    ]
    run: Annotated[
        Place,
        about(
            "`process`: a process of its own, which all functions with this target share; it may crash or hang. "
            "`gateway`: in the gateway, faster, for code that you trust with the gateway itself."
        ),
    ] = "process"
    loop: Annotated[Loop, about("The event loop of its process.")] = "trio"
    options: Annotated[
        dict[str, str], about("Keyword arguments of a class, or of a function that makes an object: text only.")
    ] = field(default_factory=dict)
    memory: Annotated[ProcessMemory, about("Memory (data) of its process; 0 is any amount.")] = 0
    timeout: Annotated[Deadline, about("How long a call may take; never longer than its invocation.")] = 30.0
    concurrency: Annotated[Together, about("Calls of the target at once, per gateway process; more wait.")] = 16
    calls: Annotated[Together, about("Calls of one invocation at most.")] = 100
    quota: Annotated[
        str, about("Calls of the function per time and gateway process, such as `1000/1m`; empty is any number.")
    ] = ""
    max_args: Annotated[EntrySize, about("Largest arguments of a call, as JSON.")] = 1 * MIB
    max_result: Annotated[EntrySize, about("Largest result of a call, as JSON or bytes.")] = 16 * MIB


def binding_of(said: str | BindingConfig) -> BindingConfig:
    """What an entry says."""
    return BindingConfig(target=said) if isinstance(said, str) else said


def check_binding(said: str | BindingConfig, path: KeyPath) -> Iterator[Problem]:
    """Everything that is wrong with one binding, apart from its types and from its code."""
    binding = binding_of(said)
    inner: KeyPath = () if isinstance(said, str) else ("target",)
    if not _TARGET.fullmatch(binding.target):
        what = f"{binding.target[:60]!r} is not module and name (package.module:function)"
        yield Problem((*path, *inner), what)
    if binding.quota and not _is_rate(binding.quota):
        yield Problem((*path, "quota"), f"{binding.quota[:60]!r} is not a rate (1000/1m)")
    if binding.run == "gateway":
        for key in ("memory", "loop"):
            if getattr(binding, key) not in (0, "trio"):
                what = 'means nothing with run = "gateway" (run = "process")'
                yield Problem((*path, key), what)


def _is_rate(text: str) -> bool:
    match = _RATE.fullmatch(text)
    try:
        return match is not None and parse_duration(match[1] if match[1][0].isdigit() else f"1{match[1]}") > 0
    except ValueError:
        return False
