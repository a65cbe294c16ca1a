"""`edge doctor`: what this machine gives to the engine."""

from __future__ import annotations

import os
import platform
import resource
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import trio

from edge import __version__
from edge.compose.sandbox import Sandbox, probe
from edge.engine import library_file
from edge.errors import EdgeError, OutsideError
from edge.gateway.listeners import bind
from edge.services.logs import configure
from edge.supervisor.zygote import Zygote
from edge.units import GIB, MIB, format_size

if TYPE_CHECKING:
    from edge.config.model import Config

_LEAST_FILES = 4096
_LEAST_DISK = 1 * GIB

ADVICE = {
    "seccomp": "cells do not start without it: run a kernel with CONFIG_SECCOMP_FILTER; for trusted code there is "
    "--insecure-no-sandbox",
    "landlock": "seccomp denies the same; a kernel from 5.13 on has it (lsm=landlock)",
    "user_namespace": "namespaces are a second line behind seccomp; containers often forbid them",
    "pid_namespace": "without it cells still cannot signal anybody: seccomp denies it",
}


class Check(msgspec.Struct, frozen=True):
    """Something that was looked at: what was found, and what to do about it, "" when it is well."""

    name: str
    found: str
    advice: str = ""


class Examination(msgspec.Struct):
    """`sandbox` is None where no cell could be made; `problem` says why."""

    versions: dict[str, str]
    machine: dict[str, Any]
    snapshots: bool
    sandbox: Sandbox | None = None
    problem: str = ""
    checks: list[Check] = []

    @property
    def advice(self) -> dict[str, str]:
        """What to do about missing layers, by layer."""
        missing = self.sandbox.missing if self.sandbox else {}
        return {name: ADVICE[name] for name in missing if name in ADVICE}


async def examine(config: Config) -> Examination:
    """Make one cell and look, for a gateway of this config.  Never raises for what it finds."""
    configure("console", "error")
    found = Examination(_versions(), _machine(), library_file.has_snapshots(), checks=checks(config))
    if sys.platform != "linux":
        found.problem = f"cells need Linux, this is {platform.system()}: use engine.mode = embedded"
        return found
    try:
        async with Zygote.open() as zygote:
            found.sandbox = await probe(zygote)
    except* EdgeError as errors:
        found.problem = "; ".join(map(str, leaves(errors)))
    return found


def leaves(errors: BaseExceptionGroup[EdgeError]) -> list[BaseException]:
    """The errors of a group, however deep."""
    found: list[BaseException] = []
    for error in errors.exceptions:
        found += leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found


def _versions() -> dict[str, str]:
    return {
        "edge": __version__,
        "python": platform.python_version(),
        "mini_racer": library_file.versions().mini_racer,
        "v8": library_file.versions().v8,
        "trio": trio.__version__,
        "kernel": platform.release(),
    }


def _machine() -> dict[str, Any]:
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return {"architecture": platform.machine(), "cpus": cpus, "open_files": files, "uid": os.getuid()}


# -- what a gateway of this config would find


def checks(config: Config) -> list[Check]:
    """Limits of the machine, addresses, permissions.  Blocks for a moment."""
    return [
        *(_address("listen", text) for text in config.server.listen),
        _address("admin", config.admin.listen),
        _admin_access(config),
        _data(config.path(config.storage.data_dir)),
        _memory(config),
        _files(),
        _user(),
    ]


def _address(name: str, text: str) -> Check:
    try:
        for listener in bind([text]):
            listener.close()
    except (OutsideError, ValueError) as error:
        return Check(name, f"{text}: {error}", "end what listens there, or choose another address")
    return Check(name, f"{text} is free")


def _admin_access(config: Config) -> Check:
    host = config.admin.listen.rpartition(":")[0].strip("[]")
    local = config.admin.listen.startswith("unix:") or host in {"127.0.0.1", "::1", "localhost"}
    token = bool(config.admin.token_file or config.admin.tokens or os.environ.get("EDGE_ADMIN_TOKEN"))
    if local or token:
        return Check("admin access", "with a token" if token else "from this machine alone")
    advice = "set admin.token_file or EDGE_ADMIN_TOKEN: until then the others are refused"
    return Check("admin access", "other machines can reach it, and there is no token", advice)


def _data(folder: Path) -> Check:
    """Whether the folder, or the nearest one above it that is there, can be written to, and how much room it has."""
    near = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not near.is_dir() or not os.access(near, os.W_OK | os.X_OK):
        return Check("data folder", f"{folder} cannot be written to", "change its owner, or storage.data_dir")
    free = shutil.disk_usage(near).free
    advice = "make room: KV, snapshots and packages are kept there" if free < _LEAST_DISK else ""
    return Check("data folder", f"{folder}, {format_size(free // MIB * MIB)} free", advice)


def _memory(config: Config) -> Check:
    """What all cells may take, and what there is."""
    engine = config.engine
    wanted = engine.max_pool_size * engine.memory
    there = min(_physical(), _of_cgroup())
    found = f"{format_size(there // MIB * MIB)} here, cells may take {format_size(wanted)}"
    if wanted <= there:
        return Check("memory", found)
    return Check("memory", found, "under full load the kernel ends cells: lower engine.max_pool_size or engine.memory")


def _physical() -> int:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _of_cgroup() -> int:
    """See https://docs.kernel.org/admin-guide/cgroup-v2.html#memory-interface-files."""
    try:
        return int(Path("/sys/fs/cgroup/memory.max").read_text("ascii"))
    except (OSError, ValueError):  # no cgroup, or `max`
        return sys.maxsize


def _files() -> Check:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= hard < _LEAST_FILES:
        return Check("open files", f"{hard} at most", f"allow more connections: ulimit -n {_LEAST_FILES}")
    return Check("open files", f"{hard if hard >= 0 else 'any number of them'} at most")


def _user() -> Check:
    if os.getuid() == 0:
        return Check("user", "root", "a gateway needs no root: run it as a user of its own")
    return Check("user", f"uid {os.getuid()}")
