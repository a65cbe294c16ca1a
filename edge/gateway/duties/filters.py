"""What an answer goes through on its way to the client."""

from __future__ import annotations

from typing import ClassVar

RawHeader = tuple[bytes, bytes]


class AnswerFilter:
    """One step, for one answer.  `reads_body`: `data` is called, too.

    The head comes first and once, with all headers in lower case, `content-length` among them when the length is
    known.  A filter that changes the length of the body has to take that one out.
    """

    reads_body: ClassVar[bool] = False

    def head(self, status: int, headers: list[RawHeader]) -> list[RawHeader]:
        """The headers that go on."""
        del status
        return headers

    async def data(self, data: bytes, *, end: bool) -> bytes:
        """What goes on of the body; everything that was held back when this is the `end`.

        Not called for answers without a body (HEAD, 204, 304), nor again after an answer that breaks off.
        """
        del end
        return data
