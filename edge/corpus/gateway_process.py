"""A real gateway in a process of its own, as its users start it: `python -m edge serve`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import trio

from edge.corpus.http_client import HttpClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
START_SECONDS = 300.0
STOP_SECONDS = 5.0
ALIVE_SECONDS = 5.0
DYING_SECONDS = 1.0
_POLL = 0.05


class GatewayError(Exception):
    """The gateway did not start."""


class GatewayProcess:
    """One gateway in `folder`; it keeps its port when it is started again."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.port = 0
        self.admin_port = 0
        self.starts = 0
        self._folder = folder
        self._arguments = arguments
        self._ready = folder / "ready.json"
        self._log = folder / "gateway.log"
        self._process: trio.Process | None = None

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, *arguments: str) -> AsyncIterator[GatewayProcess]:
        """A gateway that answers; stopped at the end.  Raises GatewayError."""
        gateway = cls(folder, *arguments)
        try:
            await gateway.start()
            yield gateway
        finally:
            with trio.CancelScope(shield=True):
                await gateway.stop()

    @property
    def pid(self) -> int:
        """Of the process that runs now."""
        assert self._process is not None  # `start` comes first
        return self._process.pid

    async def start(self) -> None:
        """Start it and wait until everything answers.  Raises GatewayError."""
        self._ready.unlink(missing_ok=True)
        self.starts += 1
        listen = ["--listen", f"{HOST}:{self.port}", "--admin", f"{HOST}:0", "--ready-file", str(self._ready)]
        with self._log.open("ab") as log:
            self._process = await trio.lowlevel.open_process(
                [*program(), "serve", *self._arguments, *listen],
                cwd=self._folder,
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        with trio.move_on_after(START_SECONDS) as scope:
            while not self._ready.exists() and self._process.poll() is None:  # noqa: ASYNC110 - files call nobody
                await trio.sleep(_POLL)
        if scope.cancelled_caught:
            raise GatewayError(f"the gateway was not ready within {START_SECONDS:g} s")
        if self._process.poll() is not None:
            raise GatewayError(f"the gateway ended while it started ({await self.fate()}): {self._last_line()}")
        ready = json.loads(self._ready.read_text(encoding="utf-8"))
        [url] = ready["listen"]
        self.port = int(url.rpartition(":")[2])
        self.admin_port = int(ready["admin"].rpartition(":")[2])

    def running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    async def fate(self) -> str:
        """How the process ended, or is ending."""
        assert self._process is not None  # `start` comes first
        with trio.move_on_after(DYING_SECONDS):
            await self._process.wait()
        code = self._process.returncode
        if code is None:
            return "it runs and does not answer"
        return f"exit code {code}" if code >= 0 else signal.Signals(-code).name

    async def alive(self) -> bool:
        """Whether it answers its health check."""
        if not self.running():
            return False
        with HttpClient(HOST, self.port) as client:
            answer = await client.ask("GET", "/_edge/live", {}, within=ALIVE_SECONDS)
        return answer.status == 200

    async def restart(self) -> None:
        """End it at once, and start it again.  Raises GatewayError."""
        await self.stop(patience=0)
        await self.start()

    async def stop(self, patience: float = STOP_SECONDS) -> None:
        """End it: politely, and after `patience` seconds by force."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGTERM)
        with trio.move_on_after(patience):
            await process.wait()
        process.kill()
        await process.wait()

    # -- the log

    def mark(self) -> int:
        """A place in the log: its end now."""
        return self._log.stat().st_size

    def entries(self, mark: int = 0) -> Iterator[dict[str, object]]:
        """What was logged since `mark`; lines that are no entries are left out."""
        with self._log.open("rb") as log:
            log.seek(mark)
            for line in log:
                if line.startswith(b"{") and line.endswith(b"}\n"):
                    yield json.loads(line)

    def _last_line(self) -> str:
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        return lines[-1] if lines else "it said nothing"


def program() -> list[str]:
    """What is checked: `EDGE_PROGRAM`, such as dist/edge, or the sources."""
    named = os.environ.get("EDGE_PROGRAM")
    return [str(Path(named).absolute())] if named else [sys.executable, "-m", "edge"]


def _environment() -> dict[str, str]:
    """What Python needs, and nothing of the settings of whoever runs the check."""
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG", "TMPDIR") if key in os.environ}
    return {**kept, "PYTHONPATH": str(ROOT)}
