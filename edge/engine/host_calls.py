"""The host calls of one invocation: carried out side by side, each replied to when it is done."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

import msgspec
import trio

from edge.errors import BodyTooLargeError, EdgeError, HostCallError
from edge.services.api import Answer, Grants
from edge.wire.messages import Call, Failure, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.engine.call_ledger import CallLedger
    from edge.engine.machine import Machine
    from edge.engine.session import Session
    from edge.engine.socket_phase import SocketPhase
    from edge.invocation import Exchange

GONE = "the client has gone"


class HostCalls:
    """`changed` is called when one is done, `client_left` when one finds nobody there any more."""

    def __init__(
        self,
        machine: Machine,
        session: Session,
        grants: Grants,
        exchange: Exchange,
        ledger: CallLedger,
        *,
        changed: Callable[[], None],
        client_left: Callable[[], None],
    ) -> None:
        self.socket: SocketPhase | None = None  # the WebSocket that it has answered with, also when that has ended
        self.late: set[int] = set()  # those that began after the client had gone
        self.ledger = ledger
        self.read = 0  # bytes of the request's body
        self._machine = machine
        self._session = session
        self._grants = grants
        self._exchange = exchange
        self._changed = changed
        self.client_left = client_left
        self._joined: dict[int, trio.Event] = {}  # those that take part in the transaction, and their ends
        self._under_way = 0

    def begin(self, call: Call, nursery: trio.Nursery, *, late: bool) -> None:
        """Carry it out: at once, where that is possible, else in a task."""
        if not late and (reply := self.answer_now(call)) is not None:
            self.reply(reply)
            return
        self.ledger.begin(call, trio.current_time())
        if late:
            self.late.add(call.call)
        self._under_way += 1
        transaction = self._grants.transaction
        if transaction is not None and call.op.startswith(transaction.prefix):
            self._joined[call.call] = trio.Event()
        nursery.start_soon(self._perform, call)

    def answer_now(self, call: Call) -> Reply | None:
        """Its reply, if it has not to wait, nor to be done after what was asked before it; else None."""
        try:
            answer = self.at_hand(call.op, call.args, call.data)
        except HostCallError as error:
            return Reply(call.call, error=Failure(error.js_class, error.message, error.js_code))
        if answer is None:
            return None
        return Reply(call.call, msgspec.Raw(msgspec.json.encode(answer.value)), answer.data)

    def at_hand(self, op: str, args: msgspec.Raw, data: bytes | None = None) -> Answer | None:
        """The same, without a number to reply to.  Raises HostCallError."""
        if self._under_way:
            return None
        began, clock = trio.current_time(), perf_counter()
        try:
            answer = self._grants.answer(op, args, data)
        except HostCallError as error:
            self._note_at_once(op, args, data, (began, clock), None, error.js_code or error.js_class)
            raise
        if answer is not None:
            self._note_at_once(op, args, data, (began, clock), answer)
        return answer

    def _note_at_once(
        self,
        op: str,
        args: msgspec.Raw,
        data: bytes | None,
        since: tuple[float, float],
        answer: Answer | None,
        error: str = "",
    ) -> None:
        began, clock = since
        self.ledger.sent += len(data or b"")
        self.ledger.both(op, args, began, began + perf_counter() - clock, answer, error)

    def _note(self, call: Call, answer: Answer | None, error: str = "") -> None:
        self.ledger.end(call.call, trio.current_time(), answer, error)

    async def join(self) -> None:
        """Until those are done that have begun by now and take part in the transaction."""
        for done in list(self._joined.values()):
            await done.wait()

    def reply(self, reply: Reply) -> None:
        """Give the function the answer to a call, or to a write, if it still waits for that."""
        if self.post([reply]):
            self._changed()

    def post(self, replies: list[Reply]) -> bool:
        """Give the isolate those that are still waited for, as one; whether there was one."""
        wanted = [msgspec.json.encode(reply) for reply in replies if self._machine.reply(reply)]
        if wanted:
            self._session.post(self._machine.id, *wanted)
        return bool(wanted)

    async def _perform(self, call: Call) -> None:
        try:
            answer = await self._answer(call)
            self._note(call, answer)
            reply = Reply(call.call, msgspec.Raw(msgspec.json.encode(answer.value)), answer.data)
        except BodyTooLargeError:
            raise  # the client's fault, not the function's: it ends the invocation
        except HostCallError as error:
            self._note(call, None, error.js_code or error.js_class)
            reply = Reply(call.call, error=Failure(error.js_class, error.message, error.js_code))
        except EdgeError as error:
            self._note(call, None, error.code)
            reply = Reply(call.call, error=Failure("Error", error.message))
        finally:
            self._under_way -= 1
            self.late.discard(call.call)
            if self._joined and call.call in self._joined:
                self._joined.pop(call.call).set()
            self._changed()
        self.reply(reply)

    async def _answer(self, call: Call) -> Answer:
        if call.op == "request.read":
            data = await self._read()
            return Answer(not data, data)
        if call.op.startswith("upgrade."):
            return await self._use_socket(call)
        return await self._grants.call(call.op, call.args, call.data)

    async def _use_socket(self, call: Call) -> Answer:
        answer: Answer | None = None
        if self.socket is not None:
            answer = await self.socket.socket.call(call.op, call.args, call.data)
        if self.socket is None or answer is None:
            raise HostCallError(
                f"{call.op!r} needs a WebSocket that the function has answered with", js_class="TypeError"
            )
        if call.op == "upgrade.read":
            self.socket.budget.refill(self._session.cpu_charged(self._machine.id))
        return answer

    async def _read(self) -> bytes:
        try:
            data = await self._exchange.read()
        except trio.BrokenResourceError:
            self.client_left()
            raise HostCallError(GONE, js_class="AbortError") from None
        self.read += len(data)
        return data
