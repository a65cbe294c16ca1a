"""A real `edge serve` in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
import trio

from bench import procfs, tree
from edge.errors import InternalError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from edge.compose.engine import Mode

ROOT = Path(__file__).resolve().parents[1]
LOG = "log/gateway.log"
"""Not beside the config: the gateway watches that folder, and each line would wake it."""
_READY = "ready.json"
_START_SECONDS = 180.0  # some hundred packages are built before a gateway is ready
_STOP_SECONDS = 20.0
_POLL_SECONDS = 0.01


class _Ready(msgspec.Struct):
    listen: list[str]
    admin: str
    pid: int


class Gateway:
    """A gateway that answers: its addresses, its process, its admin listener."""

    def __init__(self, ready: _Ready, admin: httpx.AsyncClient) -> None:
        self.url = ready.listen[0]
        self.pid = ready.pid
        self._admin = admin

    @property
    def port(self) -> int:
        """The one that clients connect to."""
        return int(self.url.rpartition(":")[2])

    def cpu_seconds(self) -> float:
        """CPU used so far by the gateway's process alone, and by children that have ended."""
        return procfs.cpu_seconds(self.pid)

    def tree_cpu_seconds(self) -> float:
        """CPU used so far by all processes: the gateway, the zygote, cells and builds."""
        return tree.cpu_seconds(self.pid)

    async def get(self, path: str) -> bytes:
        """The body of a function's answer.  Raises httpx.HTTPError when it fails."""
        answer = await self._admin.get(f"{self.url}{path}")
        return answer.raise_for_status().content

    async def reload(self) -> bool:
        """Whether there was anything to change.  Raises httpx.HTTPError when the reload failed."""
        answer = await self._admin.post("/config/reload")
        return bool(answer.raise_for_status().json()["changed"])

    async def pool(self) -> dict[str, int]:
        """Counts of the pool: of cells, or in mode `embedded` of isolates."""
        answer: dict[str, Any] = (await self._admin.get("/metrics", headers={"accept": "application/json"})).json()
        pool: dict[str, int] = answer["isolatePool"]
        return pool


def write_config(
    folder: Path,
    names: Sequence[str],
    *,
    mode: Mode = "cells",
    reused: Sequence[str] = (),
    pool: tuple[int, int] = (5, 20),
) -> Path:
    """A config that serves each function of `folder/functions` at `/NAME`; `pool` is its base and its maximum."""
    lines = [
        '[packages]\nroot = "functions"',
        f'[engine]\nmode = "{mode}"\npool_size = {pool[0]}\nmax_pool_size = {pool[1]}',
        *(f"[functions.{name}]\nreuse = {'true' if name in reused else 'false'}" for name in names),
        *(f'[[routes]]\npath = "/{name}"\nfunction = "{name}"' for name in names),
    ]
    path = folder / "edge.toml"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


@asynccontextmanager
async def serving(config: Path) -> AsyncIterator[Gateway]:
    """A gateway on ports of its own; its log goes to LOG, below the folder of the config.

    Raises InternalError when it does not start, or ends on its own.
    """
    with _process(config) as process:
        found = await _until_ready(process, config.with_name(_READY))
        async with httpx.AsyncClient(base_url=found.admin, timeout=_START_SECONDS) as admin:
            yield Gateway(found, admin)


@contextmanager
def _process(config: Path) -> Iterator[subprocess.Popen[bytes]]:
    folder = config.parent
    ready, log = folder / _READY, folder / LOG
    ready.unlink(missing_ok=True)
    log.parent.mkdir(exist_ok=True)
    address = ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--ready-file", str(ready)]
    command = [sys.executable, "-m", "edge", "serve", "--config", str(config), *address]
    environment = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(ROOT)}
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=output)
    try:
        yield process
        _check_alive(process, log)
    except Exception:
        _check_alive(process, log)
        raise
    finally:
        _stop(process)


def _check_alive(process: subprocess.Popen[bytes], log: Path) -> None:
    """Raises InternalError for a gateway that has ended, or that was told to end by somebody else."""
    last = log.read_text("utf-8", "replace")[-2000:]
    if process.poll() is not None or "shutting_down" in last:
        raise InternalError(f"the gateway ended on its own ({process.returncode}); its last words: {last}")


async def _until_ready(process: subprocess.Popen[bytes], path: Path) -> _Ready:
    with trio.move_on_after(_START_SECONDS):
        while process.poll() is None:
            ready = _read_ready(path)
            if ready is not None:
                return ready
            await trio.sleep(_POLL_SECONDS)
    raise InternalError(f"the gateway was not ready within {_START_SECONDS:g} s")


def _read_ready(path: Path) -> _Ready | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Ready)
    except FileNotFoundError:
        return None


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
