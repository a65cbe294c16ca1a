"""HTTP/2 connections that tell the peer when a response is no longer wanted.

httpcore forgets such a stream silently: the peer goes on sending, and what it sends eats up the
connection's flow-control window.  This subclass resets the stream and returns the window.
"""

from __future__ import annotations

from contextlib import suppress

import h2.config
import h2.errors
import h2.events
import h2.exceptions
import httpcore
import trio

_RESET_TIMEOUT = 1.0  # seconds to get the reset out


class EgressHTTP2Connection(httpcore.AsyncHTTP2Connection):
    """See the module."""

    CONFIG = h2.config.H2Configuration(validate_inbound_headers=True)

    def abandon(self, stream_id: int) -> None:
        """Make the next read of this stream fail, so that whoever reads it unwinds and closes it."""
        self._return_window(stream_id)
        reset = h2.events.StreamReset(stream_id=stream_id, error_code=h2.errors.ErrorCodes.CANCEL, remote_reset=False)
        self._events[stream_id] = [reset]

    def _return_window(self, stream_id: int) -> None:
        for event in self._events.get(stream_id, ()):
            if isinstance(event, h2.events.DataReceived) and event.flow_controlled_length:
                with suppress(h2.exceptions.ProtocolError):
                    self._h2_state.acknowledge_received_data(event.flow_controlled_length, stream_id)

    async def _response_closed(self, stream_id: int) -> None:
        # Of a stream that has ended this is a no-op: h2 refuses to reset it.
        self._return_window(stream_id)
        with suppress(h2.exceptions.ProtocolError):
            self._h2_state.reset_stream(stream_id, h2.errors.ErrorCodes.CANCEL)
        with suppress(httpcore.NetworkError), trio.move_on_after(_RESET_TIMEOUT, shield=True):
            await self._flush()
        await super()._response_closed(stream_id)

    async def _flush(self) -> None:
        async with self._write_lock:
            await self._network_stream.write(self._h2_state.data_to_send())
