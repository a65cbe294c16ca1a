"""The host calls `realtime.*` of one invocation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec

from edge.errors import HostCallError
from edge.services.api import Answer, arguments
from edge.services.realtime.packet import MAX_ATTACHMENTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edge.services.api import Handler
    from edge.services.realtime.hub import Hub, Member

MAX_DATA = 64 * 1024
"""Characters of JSON that a socket may keep in `data`."""
_Name = Annotated[str, msgspec.Meta(max_length=1024)]
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


class RealtimeService:
    """See services.api.Service.  `socket` is the one whose event is handled, "" in an ordinary invocation."""

    def __init__(self, hub: Hub, function: str, socket: str) -> None:
        self._hub = hub
        self._function = function
        self._socket = socket

    @property
    def operations(self) -> Mapping[str, Handler]:
        """The host calls."""
        return {
            "realtime.accept": self._accept,
            "realtime.emit": self._emit,
            "realtime.join": self._join,
            "realtime.leave": self._leave,
            "realtime.disconnect": self._disconnect,
            "realtime.ack": self._ack,
            "realtime.keep": self._keep,
        }

    async def aclose(self) -> None:
        """Nothing is open."""

    def _member(self) -> Member | None:
        if not self._socket:
            raise HostCallError("there is no socket outside of an event handler of a RealtimeNamespace")
        return self._hub.find(self._socket)

    async def _accept(self, args: msgspec.Raw, data: bytes | None) -> Answer:
        namespace = arguments(_Accept, args).namespace
        if self._member() is not None:
            self._hub.enter((self._function, namespace), self._socket)
        return Answer()

    async def _emit(self, args: msgspec.Raw, data: bytes | None) -> Answer:
        wanted = arguments(_Emit, args)
        payload, attachments = _checked(wanted.payload, wanted.sizes, data)
        group = (self._function, wanted.namespace)
        return Answer(self._hub.emit(group, wanted.rooms, wanted.without, payload, attachments))

    async def _join(self, args: msgspec.Raw, data: bytes | None) -> Answer:
        room = arguments(_Room, args).room
        if self._member() is not None and not self._hub.join(self._socket, room):
            raise HostCallError("the socket is in too many rooms")
        return Answer()

    async def _leave(self, args: msgspec.Raw, data: bytes | None) -> Answer:
        room = arguments(_Room, args).room
        if self._member() is not None:
            self._hub.leave(self._socket, room)
        return Answer()

    async def _disconnect(self, args: msgspec.Raw, data: bytes | None) -> Answer:
        member = self._member()
        if member is not None:
            member.dismiss()
        return Answer()

    async def _ack(self, args: msgspec.Raw, data: bytes | None) -> Answer:
        wanted = arguments(_Emit, args)
        payload, attachments = _checked(wanted.payload, wanted.sizes, data)
        member = self._member()
        if member is not None:
            member.acknowledge(payload, attachments)
        return Answer()

    async def _keep(self, args: msgspec.Raw, data: bytes | None) -> Answer:
        text = arguments(_Data, args).data
        if len(text) > MAX_DATA:
            raise HostCallError(
                f"socket.data has {len(text)} characters as JSON, at most {MAX_DATA} are kept", js_class="RangeError"
            )
        _check_json(text, dict)
        member = self._member()
        if member is not None:
            member.keep(text)
        return Answer()


def _checked(payload: str, sizes: list[int], data: bytes | None) -> tuple[str, list[bytes]]:
    """A JSON array and its attachments: what comes from a function is sent to clients by us."""
    _check_json(payload, list)
    rest = data or b""
    if sum(sizes) != len(rest):
        raise HostCallError("bad arguments: sizes and data do not fit", js_class="TypeError")
    attachments, at = [], 0
    for size in sizes:
        attachments.append(rest[at : at + size])
        at += size
    return payload, attachments


def _check_json(text: str, kind: type) -> None:
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        value = None
    if not isinstance(value, kind):
        raise HostCallError(f"bad arguments: JSON of a {kind.__name__} is expected", js_class="TypeError")
