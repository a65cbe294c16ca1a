"""A function: the deployed unit, with everything about it resolved from config and package."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from edge.units import MIB

if TYPE_CHECKING:
    from collections.abc import Iterable

CONTRACTS = ("express", "web", "event")


NEVER, ASKED, ALWAYS = "never", "asked", "always"
"""Who gets the header Server-Timing."""

REDACTED = "[redacted]"
MIN_SECRET = 6
"""Shorter values are in too many words to be masked in text."""


def mask(text: str, secrets: Iterable[str]) -> str:
    """Text in which no value of `secrets` of MIN_SECRET characters or more is left, the longest replaced first."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= MIN_SECRET:
            text = text.replace(secret, REDACTED)
    return text


class Limits(msgspec.Struct, frozen=True):
    """Memory in bytes; timeout (wall), cpu and wait_until (wall, after the response) in seconds; counts per process."""

    memory: int = 128 * MIB
    timeout: float = 30.0
    cpu: float = 10.0
    concurrency: int = 64
    max_queue: int = 256
    wait_until: float = 30.0


FAILURES = ("exception", "timeout", "cpu", "memory", "crash", "bad-response", "5xx", "busy")
"""Kinds of failures that are worth another attempt when a function says nothing: outcomes, and statuses of its answers.

`busy` are 408, 425 and 429.
"""


class Retries(msgspec.Struct, frozen=True):
    """What happens to a deferred invocation that fails.  Durations in seconds.

    `dead_letter` is the function that gets what has failed for good, "": nobody.
    """

    retries: int = 2
    backoff: float = 1.0
    max_backoff: float = 300.0
    max_age: float = 21_600.0
    retry_on: tuple[str, ...] = FAILURES
    dead_letter: str = ""


class Binding(msgspec.Struct, frozen=True):
    """Python of the operator that a function may call.  Durations in seconds, sizes in bytes.

    `target` is `package.module:name`, looked for in `folders` first; it lives in a process of its own (`run` is
    "process", on the event `loop` "trio" or "asyncio") or in the "gateway".  `calls` are those of one invocation at
    most, `quota` those of the function per time and gateway process ("100/1m", "" for any number).
    """

    target: str
    run: str = "process"
    loop: str = "trio"
    folders: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    memory: int = 0
    timeout: float = 30.0
    concurrency: int = 16
    calls: int = 100
    quota: str = ""
    max_args: int = MIB
    max_result: int = 16 * MIB

    @property
    def place(self) -> tuple[object, ...]:
        """Bindings that are alike in this share one process."""
        return (self.target, self.run, self.loop, self.folders, self.options, self.memory)


class Keep(msgspec.Struct, frozen=True):
    """Which invocations of a function are kept as recordings: `share` of all (0 to 1), and those that fail."""

    failures: bool = True
    share: float = 0.0


class Function(msgspec.Struct, frozen=True):
    """One function of one generation.

    `id` is unique to this function in this generation.  `package` is the hash of its content (`sha256:HEX`),
    `version` what users see of it.  `contract` is "" when it is to be found from the exports.  `secrets` are
    resolved values and are part of the environment that user code sees; they are kept apart so that no
    snapshot or log gets them.  `kv_commit`: its writes to the KV store become visible each by itself ("write"), or
    those of an invocation together with its "response".  `services` are names in its `env` and the functions that they
    stand for.  `mocks` are names of modules and the files of the package that stand for them; `eval`: it may make code
    of text.  `bindings` are names in its `env` and the Python that they stand for.  `record`: None, and it is
    never recorded.  `server_timing`: who is told how long what took.
    """

    id: str
    name: str
    package: str
    version: str = ""
    contract: str = ""
    handler: str = ""
    limits: Limits = Limits()
    env: dict[str, str] = {}
    secrets: dict[str, str] = {}
    kv: str = ""
    kv_commit: str = "write"
    egress: object = None  # services.egress.policy.Policy; opaque to all but the services
    services: dict[str, str] = {}
    bindings: dict[str, Binding] = {}
    mocks: dict[str, str] = {}
    eval: bool = True
    reuse: bool = False
    server_timing: str = NEVER
    deferred: Retries = Retries()
    record: Keep | None = None

    @property
    def family(self) -> str:
        """The name without its version: `hello` of `hello@v3`, which share what outlives an invocation."""
        return self.name.partition("@")[0]
