"""What a gateway does as a whole, with one process or several: say that it is ready, reload, make way for another."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import structlog
import trio

from edge.config.model import Config
from edge.fleet.handover import Incumbent, Succession
from edge.gateway.source import ConfigSource

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterator, Sequence

    from edge.compose.listening import Listening
    from edge.fleet.notify import Notifier

TAKE_OVER = "--take-over"
_OURS = frozenset({"WATCHDOG_PID", "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"})  # variables for this process alone
_LOOK_SECONDS = 0.2

log = structlog.get_logger()


class Options(msgspec.Struct, frozen=True):
    """What the command line adds to the config.  `announce` gets one line for people, once everything answers.

    With `take_over`, the sockets of a gateway that runs are taken.  `quick`: somebody works on the functions, who wants
    to see each change at once; `logs` sets up the log otherwise than the config says; `serving` gets the addresses of
    the public listeners and that of the admin listener.
    """

    source: ConfigSource
    announce: Callable[[str], None]
    ready_file: Path | None = None
    sandboxed: bool = True
    take_over: bool = False
    quick: bool = False
    logs: Callable[[Config], None] | None = None
    serving: Callable[[list[str], str], None] | None = None


class Life:
    """`leave` is called once a successor serves: accept nothing more, drain, end."""

    def __init__(
        self,
        options: Options,
        folder: Path,
        listening: Listening,
        notifier: Notifier,
        succession: Succession | None,
        nursery: trio.Nursery,
    ) -> None:
        self._options = options
        self._folder = folder
        self._listening = listening
        self._notifier = notifier
        self._succession = succession
        self._nursery = nursery
        self._upgrading = False
        self._succeeded = trio.Event()
        self._incumbent: Incumbent | None = None
        self._status = ""
        self._command = own_command(sys.argv)
        self._directory = os.getcwd()  # noqa: PTH109 - as the shell gave it
        self.leave: Callable[[], Awaitable[None]] | None = None

    async def ready(self, listen: list[str], admin: str) -> None:
        """Everything answers: let the gateway before us go, then tell everybody."""
        if self._succession is not None:
            await self._succession.complete()
            log.info("taken_over", version=self._succession.version)
        self._incumbent = Incumbent(self._folder, self._listening.inherited(), self._make_way)
        await self._nursery.start(partial(self._incumbent.run, replace=self._succession is not None))
        self._status = f"serving on {', '.join(listen)}"
        self._notifier.ready(self._status)
        if self._notifier.watchdog:
            self._nursery.start_soon(self._be_watched)
        _write_ready(self._options.ready_file, {"listen": listen, "admin": admin, "pid": os.getpid()})
        if self._options.serving is not None:
            self._options.serving(listen, admin)
        self._options.announce(f"ready: listening on {', '.join(listen)}, admin on {admin}")

    async def _make_way(self, pid: int) -> None:
        self._succeeded.set()
        self._listening.disown()
        self._notifier.succeeded_by(pid)
        if self.leave is not None:
            await self.leave()

    async def _be_watched(self) -> None:
        """Twice as often as asked for, as sd_watchdog_enabled(3) advises."""
        while True:
            self._notifier.alive()
            await trio.sleep(self._notifier.watchdog / 2)

    def stopping(self) -> None:
        """The end has begun: that of the service, too, unless another process goes on with it."""
        if self._succeeded.is_set():
            return
        self._notifier.stopping()
        if self._incumbent is not None:
            self._incumbent.stop()

    @contextlib.contextmanager
    def reloading(self) -> Iterator[None]:
        """While the config is read again."""
        self._notifier.reloading()
        try:
            yield
        finally:
            self._notifier.ready(self._status)

    async def upgrade(self) -> None:
        """Start the program anew, as it is on disk now, to take over from us."""
        if self._upgrading or self._succeeded.is_set():
            log.warning("upgrade_runs_already")
            return
        self._upgrading = True
        try:
            process = _start(self._command, self._directory)
        except OSError as error:
            log.error("upgrade_failed", reason=error.strerror, command=self._command[0])  # noqa: TRY400 - not our bug
            self._upgrading = False
            return
        log.info("upgrade_began", pid=process.pid)
        while process.poll() is None:  # noqa: ASYNC110 - nothing else tells
            await trio.sleep(_LOOK_SECONDS)
        self._upgrading = False
        if self._succeeded.is_set():
            return
        log.error("upgrade_failed", reason=f"it ended with code {process.returncode}", advice="this one serves on")


def own_command(arguments: Sequence[str]) -> list[str]:
    """How this program was started, so that it takes over.

    A script is started by its path again: behind a link there may be another version by now.
    """
    script = Path(arguments[0])
    program = [str(script.absolute())] if script.name != "__main__.py" and os.access(script, os.X_OK) else []
    rest = [argument for argument in arguments[1:] if argument != TAKE_OVER]
    return [*(program or [sys.executable, "-m", "edge"]), *rest, TAKE_OVER]


def _start(command: list[str], directory: str) -> subprocess.Popen[bytes]:
    kept = {name: value for name, value in os.environ.items() if name not in _OURS}
    return subprocess.Popen(command, cwd=directory, env=kept, stdin=subprocess.DEVNULL)


def _write_ready(file: Path | None, ready: dict[str, object]) -> None:
    """A file for programs, whole or not at all."""
    if file is None:
        return
    temporary = file.with_name(f"{file.name}.{time.monotonic_ns()}.tmp")
    temporary.write_text(json.dumps(ready))
    temporary.replace(file)
