"""Reads answers of HTTP/1 out of the bytes of a connection, as an untrusting client would.  Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

KEPT = 1 << 20
"""Bytes of all that came that are kept as they came."""
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})(?: [^\r\n]*)?\Z")


class Answer(msgspec.Struct):
    """`left` is how many bytes of the body are missing: -1 for a body that ends with the connection, -2 for chunks."""

    status: int
    headers: dict[str, str]
    left: int = 0
    complete: bool = False


class AnswerReader:
    """Takes bytes, has `answers`; `junk` when what came was none.  `methods` are those of the requests, in order."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.interim: list[int] = []
        self.kept = bytearray()
        self.junk = False
        self.methods: list[str] = []
        self._buffer = bytearray()

    @property
    def statuses(self) -> list[int]:
        """Of all answers, also of those that are not complete."""
        return [answer.status for answer in self.answers]

    def feed(self, data: bytes) -> None:
        """More bytes."""
        self.kept += data[: max(0, KEPT - len(self.kept))]
        self._buffer += data
        while self._buffer and not self.junk and self._step():
            pass

    def ended(self) -> None:
        """The connection has."""
        if self.answers and not self.answers[-1].complete and self.answers[-1].left == -1:
            self.answers[-1].complete = True

    def _step(self) -> bool:
        """Whether something was read."""
        current = self.answers[-1] if self.answers else None
        if current is None or current.complete:
            return self._head()
        if current.left == -2:
            return self._chunk(current)
        size = len(self._buffer) if current.left == -1 else min(current.left, len(self._buffer))
        del self._buffer[:size]
        if current.left > 0:
            current.left -= size
            current.complete = current.left == 0
        return bool(size)

    def _head(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            self.junk = len(self._buffer) > KEPT or not b"HTTP/1.".startswith(bytes(self._buffer[:7]))
            return False
        first, *lines = bytes(self._buffer[:end]).split(b"\r\n")
        del self._buffer[: end + 4]
        found = _STATUS.match(first)
        if found is None:
            self.junk = True
            return False
        status = int(found[1])
        headers = {
            key.strip().lower().decode("latin-1"): value.strip().decode("latin-1") for key, value in _pairs(lines)
        }
        if status < 200 and status != 101:
            self.interim.append(status)
            return True
        self.answers.append(self._framed(Answer(status, headers)))
        return True

    def _framed(self, answer: Answer) -> Answer:
        number = len(self.answers)
        method = self.methods[number] if number < len(self.methods) else "GET"
        if method == "HEAD" or answer.status in {204, 304}:
            answer.complete = True
        elif answer.status == 101:
            answer.left = -1
        elif "chunked" in answer.headers.get("transfer-encoding", ""):
            answer.left = -2
        elif answer.headers.get("content-length", "").isdigit():
            answer.left = int(answer.headers["content-length"])
            answer.complete = answer.left == 0
        else:
            answer.left = -1
        return answer

    def _chunk(self, answer: Answer) -> bool:
        end = self._buffer.find(b"\r\n")
        if end < 0:
            return False
        try:
            size = int(bytes(self._buffer[:end]).partition(b";")[0], 16)
        except ValueError:
            self.junk = True
            return False
        whole = end + 2 + size + 2
        if len(self._buffer) < whole:
            return False
        del self._buffer[:whole]
        answer.complete = size == 0
        return True


def _pairs(lines: Iterable[bytes]) -> Iterable[tuple[bytes, bytes]]:
    for line in lines:
        name, _, value = line.partition(b":")
        yield name, value
