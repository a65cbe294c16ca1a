"""An isolate of this process as a Runner."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

import trio

from edge.engine.asks import CALL_NOW, Asks, beginnings, call_in
from edge.engine.mailbox import carry_out, failure
from edge.engine.runner import Result, TurnLoop, refuse_call

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edge.engine.isolate import Isolate
    from edge.engine.isolate import Result as TurnResult
    from edge.engine.mailbox import SyncOps
    from edge.engine.runner import OnCall
    from edge.engine.tape import Tape


_CALLS = beginnings([CALL_NOW])


def _ignore(_: object) -> None:
    """Nobody uses the isolate now."""


class Maker(Protocol):
    """What isolates are made from (edge.engine.template)."""

    @property
    def preamble(self) -> bytes: ...

    def make(self, on_result: Callable[[TurnResult], None], ops: SyncOps) -> Isolate:
        """A fresh isolate, with these synchronous operations beside its own."""


class LocalIsolate:
    """A Runner (see edge.engine.runner).  Making and disposing of one block: both belong in a thread."""

    def __init__(self, template: Maker, token: trio.lowlevel.TrioToken) -> None:
        """Raises EngineCrashError."""
        self.uses = 0
        self.single = False
        self.charged = 0.0
        self.created = time.monotonic()
        self.on_result: Callable[[Result], None] = _ignore
        self.tape: Tape | None = None
        self.on_call: OnCall = refuse_call
        self._token = token
        self._asks = Asks(_CALLS, self._ask)
        self._isolate = template.make(_ignore, self._asks.ops)
        self._isolate.pass_on(self._asks.pass_on)
        self._loop = TurnLoop(self._isolate, self._emit, template.preamble)

    def run(self, events: Sequence[bytes]) -> None:
        """See Runner."""
        self._loop.run(events)

    def terminate(self) -> None:
        """See Runner."""
        self._asks.end()
        self._isolate.terminate()

    async def cpu_time(self) -> float:
        """See Runner."""
        return self._loop.cpu_time()

    def dispose(self) -> None:
        """See Isolate."""
        self._asks.end()
        self._isolate.dispose()

    def rest(self) -> None:
        """Nobody listens any more."""
        self.on_result = _ignore
        self.on_call = refuse_call

    def _ask(self, head: bytes, data: bytes) -> None:
        """On the isolate's thread."""
        try:
            self._token.run_sync_soon(self._answer, head, data)
        except trio.RunFinishedError:
            self._asks.end()

    def _answer(self, head: bytes, data: bytes) -> None:
        args = call_in(head)
        reply = failure("TypeError", "bad arguments") if args is None else carry_out(self.on_call, args, data)
        self._asks.answer(*reply)

    def _emit(self, result: Result) -> None:
        """On the isolate's thread."""
        try:
            self._token.run_sync_soon(self._deliver, result)
        except trio.RunFinishedError:
            return

    def _deliver(self, result: Result) -> None:
        self.on_result(result)
