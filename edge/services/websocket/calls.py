"""What host calls about a WebSocket carry: batches of messages, in JSON with the binary ones beside it.

A message is a list: `["t", text]`, `["b", bytes]`, `["ping", bytes]`, `["pong", bytes]`, and, from the host only,
`["c", code, reason, clean]`.  Numbers of bytes tell how much of the data beside belongs to a message, in order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from edge.errors import HostCallError
from edge.services.api import Answer, arguments
from edge.services.websocket.endpoint import (
    MAX_REASON,
    Binary,
    Closed,
    Incoming,
    Outgoing,
    Pinged,
    Ponged,
    Text,
    is_sendable,
)

if TYPE_CHECKING:
    from edge.services.websocket.link import Link

_MAX_BATCH = 10_000
_Size = Annotated[int, msgspec.Meta(ge=0)]
_KINDS: dict[str, type[Binary | Pinged | Ponged]] = {"b": Binary, "ping": Pinged, "pong": Ponged}
_MAX_CONTROL = 125


class _Send(msgspec.Struct, forbid_unknown_fields=True):
    parts: list[tuple[Literal["t", "b", "ping", "pong"], str | _Size]]
    socket: int = 0


class _Close(msgspec.Struct, forbid_unknown_fields=True):
    code: int | None = None
    reason: str = ""
    socket: int = 0


def encode(messages: list[Incoming]) -> Answer:
    """The answer to a read."""
    parts: list[object] = []
    data: list[bytes] = []
    for message in messages:
        match message:
            case Text(data=text):
                parts.append(("t", text))
            case Closed():
                parts.append(("c", message.code, message.reason, message.clean))
            case _:
                kind = "b" if isinstance(message, Binary) else "ping" if isinstance(message, Pinged) else "pong"
                parts.append((kind, len(message.data)))
                data.append(message.data)
    return Answer(parts, b"".join(data) if data else None)


def decode(args: msgspec.Raw, data: bytes | None) -> list[Outgoing]:
    """What is to be sent.  Raises HostCallError."""
    parts = arguments(_Send, args).parts
    rest = memoryview(data or b"")
    if len(parts) > _MAX_BATCH:
        raise HostCallError("too many messages in one call", js_class="TypeError")
    messages: list[Outgoing] = []
    for kind, content in parts:
        if kind == "t" and isinstance(content, str):
            messages.append(Text(content))
        elif kind != "t" and isinstance(content, int) and content <= len(rest):
            if kind != "b" and content > _MAX_CONTROL:
                raise HostCallError(f"a {kind} has {_MAX_CONTROL} bytes at most", js_class="RangeError")
            messages.append(_KINDS[kind](bytes(rest[:content])))
            rest = rest[content:]
        else:
            raise HostCallError("bad arguments: parts and data do not fit", js_class="TypeError")
    return messages


async def read(link: Link) -> Answer:
    """A host call: what has arrived, or an empty list when all was told."""
    return encode(await link.read())


async def send(link: Link, args: msgspec.Raw, data: bytes | None) -> Answer:
    """A host call: true when the kernel has it all, false when the socket takes no more."""
    return Answer(await link.send(decode(args, data)))


async def close(link: Link, args: msgspec.Raw) -> Answer:
    """A host call: begin the closing handshake."""
    wanted = arguments(_Close, args)
    if wanted.code is not None and not is_sendable(wanted.code):
        raise HostCallError(f"{wanted.code} is no close code that can be sent", js_class="RangeError")
    if len(wanted.reason.encode()) > MAX_REASON:
        raise HostCallError(f"the reason has {MAX_REASON} bytes at most", js_class="RangeError")
    await link.close(wanted.code, wanted.reason)
    return Answer()
