"""A peer that runs: a process of its own in a session of its own, ended with all that it has started."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx

from bench import tree
from edge.errors import InternalError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.peers.catalog import Peer

_START_SECONDS = 30.0
_STOP_SECONDS = 3.0


class Server:
    """Its address, and what it uses."""

    def __init__(self, peer: Peer, pid: int, started: float) -> None:
        self.port = peer.port
        self.pid = pid
        self.started = started
        """Seconds from its start to its first answer."""

    def cpu_seconds(self) -> float:
        """CPU of its process and all below it."""
        return tree.cpu_seconds(self.pid)


@contextmanager
def running(peer: Peer, log: Path) -> Iterator[Server]:
    """The peer, answering.  Raises InternalError when it does not."""
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": os.environ.get("HOME", "/"), "NO_COLOR": "1"}
    environment |= {"DENO_NO_UPDATE_CHECK": "1", **peer.environment}
    if _answers(peer):
        raise InternalError(f"something listens on port {peer.port} already, which {peer.name} needs")
    with log.open("ab") as output:
        began = time.perf_counter()
        process = subprocess.Popen(
            peer.command,
            env=environment,
            cwd=log.parent,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        while not _answers(peer):
            if process.poll() is not None or time.perf_counter() - began > _START_SECONDS:
                said = log.read_text("utf-8", "replace")[-500:]
                raise InternalError(f"{peer.name} does not answer ({process.returncode}): {said}")
            time.sleep(0.001)
        yield Server(peer, process.pid, time.perf_counter() - began)
    finally:
        _stop(process)


def _answers(peer: Peer) -> bool:
    path = next(iter(peer.paths.values()))
    try:
        return httpx.get(f"http://127.0.0.1:{peer.port}{path}", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(_STOP_SECONDS)
        except ProcessLookupError:
            break
        except subprocess.TimeoutExpired:
            continue
    process.wait()
