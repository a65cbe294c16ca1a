"""HTTP/1.1 connections that listen while they send.

httpcore reads nothing before the whole request is out: a peer that answers meanwhile, to refuse the body or to send it
back, would have to wait, and once all buffers are full nobody moves any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import h11
import httpcore

from edge.services.http.ticket import TICKET

if TYPE_CHECKING:
    from edge.services.http.ticket import Sending, Ticket


class EgressHTTP11Connection(httpcore.AsyncHTTP11Connection):
    """See the module."""

    _sending: Sending | None = None

    async def _send_request_body(self, request: httpcore.Request) -> None:
        ticket: Ticket = request.extensions[TICKET]
        if ticket.sending is None:
            await super()._send_request_body(request)
        else:
            self._sending = ticket.sending
            self._sending.start(self._send_piece, self._send_end)

    async def _send_piece(self, piece: bytes) -> None:
        await self._send_event(h11.Data(data=piece))

    async def _send_end(self) -> None:
        await self._send_event(h11.EndOfMessage())

    async def _response_closed(self) -> None:
        """The connection is lost when the request is not out, or when more came than the response.

        What follows a response that has none by its status would be taken for the answer to the next request.
        """
        sending, self._sending = self._sending, None
        if sending is not None:
            await sending.stop()
        if self._h11_state.trailing_data[0]:
            await self.aclose()
        else:
            await super()._response_closed()
