"""`edge doctor`: what this machine gives to the engine."""

from __future__ import annotations

import os
import platform
import resource
import sys
from typing import Any

import msgspec
import trio

from edge import __version__
from edge.compose.sandbox import Sandbox, probe
from edge.engine import dll, snapshot
from edge.errors import EdgeError
from edge.services.logs import configure
from edge.supervisor.zygote import Zygote

ADVICE = {
    "seccomp": "cells do not start without it: run a kernel with CONFIG_SECCOMP_FILTER; for trusted code there is "
    "--insecure-no-sandbox",
    "landlock": "seccomp denies the same; a kernel from 5.13 on has it (lsm=landlock)",
    "user_namespace": "namespaces are a second line behind seccomp; containers often forbid them",
    "pid_namespace": "without it cells still cannot signal anybody: seccomp denies it",
}


class Examination(msgspec.Struct):
    """`sandbox` is None where no cell could be made; `problem` says why."""

    versions: dict[str, str]
    machine: dict[str, Any]
    snapshots: bool
    sandbox: Sandbox | None = None
    problem: str = ""

    @property
    def advice(self) -> dict[str, str]:
        """What to do about missing layers, by layer."""
        missing = self.sandbox.missing if self.sandbox else {}
        return {name: ADVICE[name] for name in missing if name in ADVICE}


async def examine() -> Examination:
    """Make one cell and look.  Never raises for what it finds."""
    configure("console", "error")
    found = Examination(_versions(), _machine(), snapshot.available())
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
        "mini_racer": dll.versions().mini_racer,
        "v8": dll.versions().v8,
        "trio": trio.__version__,
        "kernel": platform.release(),
    }


def _machine() -> dict[str, Any]:
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return {"architecture": platform.machine(), "cpus": cpus, "open_files": files, "uid": os.getuid()}
