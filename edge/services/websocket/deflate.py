"""permessage-deflate (RFC 7692) with bounds: what a frame unfolds to, and what a socket keeps in memory.

wsproto's extension inflates a frame at once, whatever it becomes.  Here no more is inflated than a message may have,
and no context is kept between messages in either direction: a compressor takes 256 KiB, and sockets are many.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from wsproto.extensions import Extension, PerMessageDeflate
from wsproto.frame_protocol import CloseReason, FrameDecoder, FrameProtocol, Opcode, RsvBits

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME = "permessage-deflate"
_WORTH_IT = 64
"""Bytes below which a message is sent as it is."""
_PARAMETERS = frozenset(
    {"client_no_context_takeover", "server_no_context_takeover", "client_max_window_bits", "server_max_window_bits"}
)


class DeclaredSize(Extension):
    """Refuses a frame by its header when its payload alone is over the limit."""

    name = "edge-declared-size"

    def __init__(self, limit: int) -> None:
        self._limit = limit

    def enabled(self) -> bool:
        """Always."""
        return True

    def offer(self) -> bool:
        """Nobody is told."""
        return False

    def frame_inbound_header(
        self, proto: FrameDecoder | FrameProtocol, opcode: Opcode, rsv: RsvBits, payload_length: int
    ) -> CloseReason | RsvBits:
        """See Extension."""
        if payload_length > self._limit:
            return CloseReason.MESSAGE_TOO_BIG
        return RsvBits(False, False, False)


class BoundedDeflate(PerMessageDeflate):
    """permessage-deflate that gives up a message over `limit` bytes before it is inflated."""

    def __init__(self, limit: int) -> None:
        super().__init__(client_no_context_takeover=True, server_no_context_takeover=True)
        self._limit = limit
        self._inflated = 0
        self._plain = False

    def frame_inbound_payload_data(self, proto: FrameDecoder | FrameProtocol, data: bytes) -> bytes | CloseReason:
        """See Extension."""
        inflate = self._decompressor
        if not self._inbound_compressed or not self._inbound_is_compressible or inflate is None:
            return data
        try:
            inflated = inflate.decompress(bytes(data), self._limit - self._inflated + 1)
        except zlib.error:
            return CloseReason.INVALID_FRAME_PAYLOAD_DATA
        self._inflated += len(inflated)
        if self._inflated > self._limit or inflate.unconsumed_tail:
            return CloseReason.MESSAGE_TOO_BIG
        return inflated

    def frame_inbound_complete(
        self,
        proto: FrameDecoder | FrameProtocol,
        fin: bool,  # noqa: FBT001 - wsproto's
    ) -> bytes | CloseReason | None:
        """See Extension."""
        result = super().frame_inbound_complete(proto, fin)
        if fin and self._inbound_is_compressible:
            self._inflated = 0
        return result

    def frame_outbound(
        self,
        proto: FrameDecoder | FrameProtocol,
        opcode: Opcode,
        rsv: RsvBits,
        data: bytes,
        fin: bool,  # noqa: FBT001 - wsproto's
    ) -> tuple[RsvBits, bytes]:
        """See Extension; short messages are not worth it."""
        if opcode is not Opcode.CONTINUATION:
            self._plain = len(data) < _WORTH_IT
        return (rsv, data) if self._plain else super().frame_outbound(proto, opcode, rsv, data, fin)


def accept_offer(offers: str, limit: int) -> tuple[BoundedDeflate, str] | None:
    """The extension for the first offer (Sec-WebSocket-Extensions) that can be met, and the answer to it."""
    for offer in offers.split(","):
        name, *parameters = (part.strip() for part in offer.split(";"))
        if name.lower() != NAME or not _known(parameters):
            continue
        extension = BoundedDeflate(limit)
        accepted = extension.accept("; ".join([NAME, *parameters]))
        if isinstance(accepted, str):
            return extension, f"{NAME}; {accepted}"
    return None


def take_answer(answer: str, extension: BoundedDeflate) -> bool:
    """Whether a server's Sec-WebSocket-Extensions is an answer to what `extension` offers; it is agreed on then."""
    name, *parameters = (part.strip() for part in answer.split(";"))
    if name.lower() != NAME or "," in answer or not _known(parameters, answer=True):
        return False
    # Said or not, a client may begin each message anew; a server that does not say so keeps its context.
    extension.server_no_context_takeover = "server_no_context_takeover" in parameters
    try:
        extension.finalize("; ".join([NAME, *parameters]))
    except ValueError:
        return False
    return True


def _known(parameters: Sequence[str], *, answer: bool = False) -> bool:
    """Section 7.1: an unknown parameter, one that comes twice, or a value that is none, spoils the offer."""
    seen: set[str] = set()
    for parameter in parameters:
        name, has_value, value = parameter.partition("=")
        name, value = name.strip(), value.strip().strip('"')
        if name not in _PARAMETERS or name in seen:
            return False
        seen.add(name)
        valued = has_value or answer or name.startswith("server")
        if name.endswith("_takeover"):
            valued = False
            if has_value:
                return False
        if valued and not _is_window(value):
            return False
    return True


def _is_window(value: str) -> bool:
    return value.isascii() and value.isdigit() and not value.startswith("0") and 8 <= int(value[:3]) <= 15
