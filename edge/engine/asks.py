"""Synchronous operations of one isolate that others than its thread answer: it waits meanwhile."""

from __future__ import annotations

import queue
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from edge.engine.mailbox import failure
from edge.errors import HostCallError
from edge.services.api import Answer
from edge.wire.messages import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from edge.engine.mailbox import SyncOps

    Answers = queue.SimpleQueue[tuple[bytes, bytes] | None]
    """JSON head and bytes; None: there will be no answer."""

CALL_NOW = "call.now"
"""The operation by which code makes a host call in the middle of a turn."""


_CALL = b'{"op":"%b","args":' % CALL_NOW.encode()
"""How its requests begin, as the runtime writes them; the arguments follow, and a brace."""


class CallNow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The arguments of CALL_NOW; the answer's value is [value], or false when it is not at hand."""

    id: int
    op: str
    args: msgspec.Raw


class _Reply(msgspec.Struct):
    """The JSON head of an answer, as engine/mailbox.py makes it."""

    value: msgspec.Raw = msgspec.Raw(b"null")
    error: Failure | None = None


_replies = msgspec.json.Decoder(_Reply)
_GONE = "the invocation has ended"


class Asks:
    """At most one is open, because the isolate's only thread waits for it.  `names` are as `beginnings` gives them.

    `send` gets JSON head and bytes of the request, `wait` gives what is put into the queue next; they are called on the
    isolate's thread, everything else on others.
    """

    def __init__(
        self,
        names: Mapping[str, bytes],
        send: Callable[[bytes, bytes], None],
        wait: Callable[[Answers], tuple[bytes, bytes] | None] = queue.SimpleQueue.get,
    ) -> None:
        self._names = names
        self._any = tuple(names.values())
        self._send = send
        self._wait = wait
        self._answers: Answers = queue.SimpleQueue()
        self._open = False
        self._ended = False

    @property
    def ops(self) -> SyncOps:
        """For who has their arguments only."""
        return {name: partial(self._ask, beginning) for name, beginning in self._names.items()}

    def pass_on(self, head: bytes, data: bytes) -> tuple[bytes, bytes] | None:
        """Have a request answered as it is (see engine/mailbox.py); None when it is another operation's."""
        if not head.startswith(self._any):
            return None
        answer = None if self._ended else self._exchange(head, data)
        if answer is None:
            return failure("Error", _GONE)
        try:
            _replies.decode(answer[0])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            return failure("TypeError", f"bad arguments: {error}")
        return answer

    def answer(self, head: bytes, data: bytes) -> None:
        """The gateway's answer; ignored when none is expected."""
        if self._open:
            self._answers.put((head, data))

    def end(self) -> None:
        """Fail whatever waits and whatever is asked from now on: the isolate is being given up."""
        self._ended = True
        self._answers.put(None)

    def _ask(self, beginning: bytes, args: msgspec.Raw, data: bytes) -> Answer:
        answer = None if self._ended else self._exchange(beginning + bytes(args) + b"}", data)
        if answer is None:
            raise HostCallError(_GONE)
        reply = _replies.decode(answer[0])
        if reply.error is not None:
            raise HostCallError(reply.error.message, js_class=reply.error.name, js_code=reply.error.code)
        return Answer(reply.value, answer[1])

    def _exchange(self, head: bytes, data: bytes) -> tuple[bytes, bytes] | None:
        self._open = True
        self._send(head, data)
        answer = self._wait(self._answers)
        self._open = False
        return answer


def call_in(head: bytes) -> msgspec.Raw | None:
    """The arguments of CALL_NOW in a request's JSON head, not looked at; None when it is for another operation."""
    return msgspec.Raw(head[len(_CALL) : -1]) if head.startswith(_CALL) else None


def beginnings(names: Iterable[str]) -> dict[str, bytes]:
    """Names of operations, each with the JSON head of its requests up to the arguments."""
    return {name: b'{"op":' + msgspec.json.encode(name) + b',"args":' for name in names}
