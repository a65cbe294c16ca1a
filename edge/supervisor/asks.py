"""Synchronous operations that isolates of one cell ask of the gateway.

Host calls in the middle of a turn go to their invocation: they cost what they cost at the end of it.  All others read
the function's package.  Those are pure and quick, and still work of the gateway that a function can order in a loop.
So they are counted, slowed down beyond what any package needs to load, and refused in the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import trio

from edge.engine.asks import call_in
from edge.engine.late_ops import LateOps
from edge.engine.mailbox import carry_out, perform
from edge.supervisor.lockstep import MAX_ASKS
from edge.units import KIB
from edge.wire.cell import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.engine.mailbox import SyncOps
    from edge.engine.runner import OnCall
    from edge.supervisor.lockstep import Lockstep
    from edge.wire.cell import Ask, Command

SWIFT_ASKS = 10_000
PAUSE = 0.001
"""After so many operations of one isolate each begins with a pause, in seconds."""

THREADED = 256 * KIB
"""An operation on more bytes is carried out in a thread, and a host call of more at the end of its turn."""

_EXHAUSTED = msgspec.json.encode(
    {"error": {"name": "RangeError", "message": f"more than {MAX_ASKS} synchronous operations", "code": ""}}
)


_NOT_AT_HAND = msgspec.json.encode({"value": False})


class Asks:
    """Answers with `ops`, through `send`; what takes long is done by tasks of `nursery`.

    `calls` says who answers the host calls of an isolate.
    """

    def __init__(
        self,
        ops: SyncOps,
        lockstep: Lockstep,
        send: Callable[[Command], None],
        nursery: trio.Nursery,
        calls: Callable[[int], OnCall],
    ) -> None:
        self._ops = ops
        self._calls = calls
        self._lockstep = lockstep
        self._send = send
        self._nursery = nursery

    def take(self, ask: Ask) -> None:
        """Answer, now or soon."""
        size = len(ask.head) + len(ask.data)
        args = call_in(ask.head)
        if args is not None and size > THREADED:
            self._answer(ask, _NOT_AT_HAND, b"")
        elif args is not None:
            self._lockstep.excuse(ask.isolate)
            self._answer(ask, *carry_out(self._calls(ask.isolate), args, ask.data))
        elif self._lockstep.asked(ask.isolate) > SWIFT_ASKS:
            self._nursery.start_soon(self._answer_slowly, ask)
        elif size > THREADED or (isinstance(self._ops, LateOps) and not self._ops.made):
            self._nursery.start_soon(self._answer_in_thread, ask)
        else:
            self._answer(ask, *perform(self._ops, ask.head, ask.data))

    async def _answer_slowly(self, ask: Ask) -> None:
        await trio.sleep(PAUSE)
        if self._lockstep.asked(ask.isolate) > MAX_ASKS:
            self._answer(ask, _EXHAUSTED, b"")
        else:
            await self._answer_in_thread(ask)

    async def _answer_in_thread(self, ask: Ask) -> None:
        head, data = await trio.to_thread.run_sync(perform, self._ops, ask.head, ask.data)
        self._answer(ask, head, data)

    def _answer(self, ask: Ask, head: bytes, data: bytes) -> None:
        if self._lockstep.answer(ask.isolate):
            self._send(Answer(ask.isolate, head, data))
