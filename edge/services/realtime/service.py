"""The host calls `realtime.*` of one invocation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from edge.errors import HostCallError
from edge.services.api import Answer, arguments
from edge.services.realtime.packet import MAX_ATTACHMENTS, is_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edge.services.api import Handler
    from edge.services.realtime.hub import Hub, Member

MAX_DATA = 64 * 1024
"""Characters of JSON that a socket may keep in `data`."""
_Name = Annotated[str, msgspec.Meta(max_length=256)]
_Names = Annotated[list[_Name], msgspec.Meta(max_length=1000)]
_Sizes = Annotated[list[Annotated[int, msgspec.Meta(ge=0)]], msgspec.Meta(max_length=MAX_ATTACHMENTS)]


class _Emit(msgspec.Struct, forbid_unknown_fields=True):
    payload: str
    sizes: _Sizes = []
    namespace: _Name = ""
    rooms: _Names = []
    without: _Names = []


class _Accept(msgspec.Struct, forbid_unknown_fields=True):
    namespace: _Name = ""


class _Room(msgspec.Struct, forbid_unknown_fields=True):
    room: _Name


class _Data(msgspec.Struct, forbid_unknown_fields=True):
    data: str


class _Do(msgspec.Struct, forbid_unknown_fields=True):
    calls: Annotated[
        list[tuple[Literal["accept", "emit", "join", "leave", "disconnect", "ack", "keep"], msgspec.Raw]],
        msgspec.Meta(max_length=10_000),
    ]


class RealtimeService:
    """See services.api.Service.  `socket` is the one whose event is handled, "" in an ordinary invocation."""

    def __init__(self, hub: Hub, function: str, socket: str) -> None:
        self._hub = hub
        self._function = function
        self._socket = socket

    @property
    def operations(self) -> Mapping[str, Handler]:
        """The one host call: others in order, with the bytes of those that have some beside them."""
        return {
            "realtime.do": self._do,
        }

    async def aclose(self) -> None:
        """Nothing is open."""

    async def _do(self, args: msgspec.Raw, data: bytes | None) -> Answer:
        wanted = arguments(_Do, args)
        rest = _Bytes(data or b"")
        calls = {
            "accept": self._accept,
            "emit": self._emit,
            "join": self._join,
            "leave": self._leave,
            "disconnect": self._disconnect,
            "ack": self._ack,
            "keep": self._keep,
        }
        results: list[str | None] = []
        for name, given in wanted.calls:
            try:
                calls[name](given, rest)
            except HostCallError as error:
                results.append(error.message)
            else:
                results.append(None)
        return Answer(results)

    def _member(self) -> Member | None:
        if not self._socket:
            raise HostCallError("there is no socket outside of an event handler of a RealtimeNamespace")
        return self._hub.find(self._socket)

    def _accept(self, args: msgspec.Raw, _: _Bytes) -> None:
        namespace = arguments(_Accept, args).namespace
        if self._member() is not None:
            self._hub.enter((self._function, namespace), self._socket)

    def _emit(self, args: msgspec.Raw, rest: _Bytes) -> None:
        wanted = arguments(_Emit, args)
        attachments = rest.take(wanted.sizes)
        _check_json(wanted.payload, "[")
        self._hub.emit((self._function, wanted.namespace), wanted.rooms, wanted.without, wanted.payload, attachments)

    def _join(self, args: msgspec.Raw, _: _Bytes) -> None:
        room = arguments(_Room, args).room
        if self._member() is not None and not self._hub.join(self._socket, room):
            raise HostCallError("the socket is in too many rooms, or has gone")

    def _leave(self, args: msgspec.Raw, _: _Bytes) -> None:
        room = arguments(_Room, args).room
        if self._member() is not None:
            self._hub.leave(self._socket, room)

    def _disconnect(self, args: msgspec.Raw, _: _Bytes) -> None:
        member = self._member()
        if member is not None:
            member.dismiss()

    def _ack(self, args: msgspec.Raw, rest: _Bytes) -> None:
        wanted = arguments(_Emit, args)
        attachments = rest.take(wanted.sizes)
        _check_json(wanted.payload, "[")
        member = self._member()
        if member is not None:
            member.acknowledge(wanted.payload, attachments)

    def _keep(self, args: msgspec.Raw, _: _Bytes) -> None:
        text = arguments(_Data, args).data
        if len(text) > MAX_DATA:
            raise HostCallError(f"socket.data has {len(text)} characters as JSON, at most {MAX_DATA} are kept")
        _check_json(text, "{")
        member = self._member()
        if member is not None:
            member.keep(text)


class _Bytes:
    """The bytes beside a batch, taken in order."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, sizes: list[int]) -> list[bytes]:
        """The next pieces.  Raises HostCallError."""
        pieces = []
        for size in sizes:
            piece = self._data[self._at : self._at + size]
            if len(piece) < size:
                raise HostCallError("bad arguments: sizes and data do not fit", js_class="TypeError")
            pieces.append(piece)
            self._at += size
        return pieces


def _check_json(text: str, begin: str) -> None:
    if not is_json(text, begin):
        kind = "an array" if begin == "[" else "an object"
        raise HostCallError(f"bad arguments: JSON of {kind} is expected", js_class="TypeError")
