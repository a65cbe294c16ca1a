"""h2's connection, with errors where the protocol wants them: of a stream, when only a stream is at fault.

h2 ends the connection for each of these; its parts are private, so tests/integration/test_gateway_h2spec.py holds
against what h2 makes of them in the versions that pyproject.toml allows.

- A malformed request or trailer is reset, and so is a body that does not keep to its Content-Length (RFC 9113
  section 8.1.1).
- Streams beyond the limit are refused (section 5.1.2).
- What cannot be decompressed is a COMPRESSION_ERROR (section 4.3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import h2.connection
import h2.errors
import h2.events
import h2.exceptions
import msgspec

from edge.gateway.http2_request import request_problem, trailers_problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    Result = tuple[list[Any], list[Any]]

_IN_ORDER = [(b":method", b"GET"), (b":scheme", b"http"), (b":authority", b"a"), (b":path", b"/")]
Codes = h2.errors.ErrorCodes


class StreamRefused(msgspec.Struct, frozen=True):
    """An event of ours: a stream was reset, with the code, before it was a request or because of what it became."""

    stream_id: int
    code: int


class CompressionError(h2.exceptions.ProtocolError):
    """A field section cannot be decompressed, so none on this connection can from here on."""

    error_code = Codes.COMPRESSION_ERROR


class StrictConnection(h2.connection.H2Connection):
    """See the module."""

    def _receive_headers_frame(self, frame: Any) -> Result:
        fields = self._decompressed(frame.data)
        end = "END_STREAM" in frame.flags
        known = frame.stream_id in self.streams
        full = not known and self.open_inbound_streams >= self.local_settings.max_concurrent_streams
        problem = trailers_problem(fields, end=end) if known else request_problem(fields)
        events = self.state_machine.process_input(h2.connection.ConnectionInputs.RECV_HEADERS)
        stream = self._get_or_create_stream(
            frame.stream_id, h2.connection.AllowedStreamIDs(not self.config.client_side)
        )
        if problem or full:  # a proper section in its place takes the stream where it can be reset
            frames, _ = stream.receive_headers([] if known else _IN_ORDER, known or end, None)
            return frames, [
                *events,
                self._refuse(frame.stream_id, Codes.REFUSED_STREAM if full else Codes.PROTOCOL_ERROR),
            ]
        frames, found = stream.receive_headers(fields, end, None)
        if "PRIORITY" in frame.flags:  # for what is wrong with it; nobody goes by it
            self._receive_priority_frame(frame)
        return frames, events + found

    def _receive_data_frame(self, frame: Any) -> Result:
        try:
            return super()._receive_data_frame(frame)
        except h2.exceptions.InvalidBodyLengthError:
            refused = self._refuse(frame.stream_id, Codes.PROTOCOL_ERROR)
            self.acknowledge_received_data(frame.flow_controlled_length, frame.stream_id)
            return [], [refused]

    def _decompressed(self, data: bytes) -> Sequence[tuple[bytes, bytes]]:
        try:
            return h2.connection._decode_headers(self.decoder, data)  # type: ignore[return-value]  # noqa: SLF001
        except h2.exceptions.DenialOfServiceError:
            raise
        except h2.exceptions.ProtocolError as error:
            raise CompressionError(str(error)) from error

    def _refuse(self, stream_id: int, code: Codes) -> StreamRefused:
        self.reset_stream(stream_id, code)
        return StreamRefused(stream_id, int(code))
