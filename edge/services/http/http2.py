"""HTTP/2 connections whose streams cannot hurt each other.

httpcore credits the connection's flow-control window when a body is read, so that one response that
nobody reads stops all others, and it forgets a response that is no longer wanted without telling the
peer, which goes on sending.  Here the connection is credited when data arrives, each stream has a small
window of its own, and unwanted streams are reset.
"""

from __future__ import annotations

from contextlib import suppress

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
import httpcore
import trio

from edge.units import KIB

_RESET_TIMEOUT = 1.0  # seconds to get the reset out
_STREAM_WINDOW = 512 * KIB  # on top of the initial 64 KiB; bounds what a response that is not read costs


class _SmallWindows(h2.connection.H2Connection):
    """Small windows for streams."""

    def increment_flow_control_window(self, increment: int, stream_id: int | None = None) -> None:
        """Open the connection's window as asked, a stream's by no more than its share."""
        bounded = increment if stream_id is None else min(increment, _STREAM_WINDOW)
        super().increment_flow_control_window(bounded, stream_id)


class EgressHTTP2Connection(httpcore.AsyncHTTP2Connection):
    """See the module."""

    CONFIG = h2.config.H2Configuration(validate_inbound_headers=True)

    def __init__(
        self, origin: httpcore.Origin, stream: httpcore.AsyncNetworkStream, keepalive_expiry: float | None = None
    ) -> None:
        super().__init__(origin, stream, keepalive_expiry)
        self._h2_state = _SmallWindows(config=self.CONFIG)

    async def _read_incoming_data(self, request: httpcore.Request) -> list[h2.events.Event]:
        """Credit the connection for what arrives; a stream is credited when it is read."""
        events = await super()._read_incoming_data(request)
        for event in events:
            if isinstance(event, h2.events.DataReceived) and event.flow_controlled_length:
                with suppress(h2.exceptions.ProtocolError):  # the peer has closed the connection
                    self._h2_state.increment_flow_control_window(event.flow_controlled_length)
        return events

    def abandon(self, stream_id: int) -> None:
        """Make the next read of this stream fail, so that whoever reads it unwinds and closes it."""
        reset = h2.events.StreamReset(stream_id=stream_id, error_code=h2.errors.ErrorCodes.CANCEL, remote_reset=False)
        self._events[stream_id] = [reset]

    async def _response_closed(self, stream_id: int) -> None:
        # Of a stream that has ended this is a no-op: h2 refuses to reset it.
        with suppress(h2.exceptions.ProtocolError):
            self._h2_state.reset_stream(stream_id, h2.errors.ErrorCodes.CANCEL)
        with suppress(httpcore.NetworkError), trio.move_on_after(_RESET_TIMEOUT, shield=True):
            await self._flush()
        await super()._response_closed(stream_id)

    async def _flush(self) -> None:
        async with self._write_lock:
            await self._network_stream.write(self._h2_state.data_to_send())
