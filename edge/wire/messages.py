"""What crosses the border of an isolate, as strict types.

*Events* go in (host to runtime), *effects* come out (runtime to host).  Both travel as JSON: V8 has a
fast native JSON, and `bytes` are base64 in it, which V8 and msgspec read natively too.  Everything
that comes out is treated as hostile: it is decoded into these types or the isolate is given up.

Numbers: `id` is an invocation, `call` is a host call of one isolate; both are chosen by their maker,
and a host looks each up in its own table.  Times are milliseconds, as JavaScript counts.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Header = tuple[str, str]


class Message(msgspec.Struct, frozen=True, tag_field="t", omit_defaults=True, forbid_unknown_fields=True):
    """Base of all messages; the tag is the class name in lower case."""


# -- the request as a function sees it


class Scheduled(msgspec.Struct, frozen=True, omit_defaults=True):
    """An invocation that no client asked for: its time, and the expression that it was due by ("": none)."""

    time: int  # Unix epoch
    cron: str = ""


class Realtime(msgspec.Struct, frozen=True, omit_defaults=True):
    """An event of a Socket.IO client for a RealtimeNamespace.

    `payload` is the JSON array of its arguments, whose attachments are in the request's body, `sizes` long; `handshake`
    and `data` are JSON objects.  `ack`: the client wants an answer.
    """

    event: str
    socket: str
    namespace: str
    payload: str = "[]"
    sizes: list[int] = []
    rooms: list[str] = []
    data: str = "{}"
    handshake: str = "{}"
    connected: bool = True
    ack: bool = False


class Request(msgspec.Struct, frozen=True, omit_defaults=True):
    """An HTTP request, with what routing found out about it.

    `url` is absolute.  `path` is what the function sees (after `strip_prefix`), `base_path` the part
    that was stripped.  `headers` keep order and duplicates, names in lower case.  `body` holds the
    whole body when `more` is false; otherwise the rest is read with the host call `request.read`.
    `upgrade`: the client asks for a WebSocket, and may be answered with one.
    `traced`: whatever the function asks for may be told its `traceparent`, whoever is asked.
    """

    method: str
    url: str
    path: str
    query: str = ""
    base_path: str = ""
    headers: list[Header] = []
    params: dict[str, str] = {}
    ip: str = ""
    ips: list[str] = []
    http_version: str = "1.1"
    body: bytes | None = None
    more: bool = False
    scheduled: Scheduled | None = None
    upgrade: bool = False
    realtime: Realtime | None = None
    traced: bool = False


# -- events: host -> runtime


class Start(Message, frozen=True, tag="start"):
    """Begin an invocation."""

    id: int
    request: Request
    function: str
    version: str
    request_id: str
    contract: str
    handler: str
    deadline: float  # wall clock, Unix epoch
    memory: int  # bytes
    env: dict[str, str]
    bindings: dict[str, str] = {}  # name in env -> kind, such as {"KV": "kv"}
    reuse: bool = False  # other invocations may share the isolate
    prompt: bool = False  # some host calls can be answered in the middle of a turn


class Failure(msgspec.Struct, frozen=True, omit_defaults=True):
    """A host call's failure; see errors.HostCallError."""

    name: str
    message: str
    code: str = ""


class Reply(Message, frozen=True, tag="reply"):
    """The answer to a host call: `value` is any JSON value, `data` raw bytes beside it."""

    call: int
    value: msgspec.Raw = msgspec.Raw(b"null")
    data: bytes | None = None
    error: Failure | None = None


class Tick(Message, frozen=True, tag="tick"):
    """Run the timers that are due."""


class Cancel(Message, frozen=True, tag="cancel"):
    """The client left: abort the invocation's signal, cancel the source of its response."""

    id: int
    reason: str


Event = Start | Reply | Tick | Cancel


# -- effects: runtime -> host


class Head(Message, frozen=True, tag="head"):
    """The response begins; with `end` it is complete and `text` or `data` is its whole body."""

    id: int
    status: int
    headers: list[Header]
    text: str | None = None
    data: bytes | None = None
    end: bool = False


class Chunk(Message, frozen=True, tag="chunk"):
    """More of the response body.  With `ack`, that host call is answered when the chunk has left."""

    id: int
    text: str | None = None
    data: bytes | None = None
    ack: int | None = None


class End(Message, frozen=True, tag="end"):
    """The response body is complete."""

    id: int


class Upgrade(Message, frozen=True, tag="upgrade"):
    """The response is a WebSocket of subprotocol `protocol` ("": none), used by the host calls `upgrade.*`."""

    id: int
    headers: list[Header]
    protocol: str = ""


class Call(Message, frozen=True, tag="call"):
    """A host call.  `op` is `service.operation`, such as `kv.get`; `args` any JSON value."""

    id: int
    call: int
    op: str
    args: msgspec.Raw = msgspec.Raw(b"null")
    data: bytes | None = None


class Log(Message, frozen=True, tag="log"):
    """One console line, formatted."""

    id: int
    level: Literal["debug", "info", "warn", "error"]
    text: str


class Background(Message, frozen=True, tag="background"):
    """Whether work that was given to waitUntil is under way; `rejected` counts what failed since the last time."""

    id: int
    pending: bool
    rejected: int = 0


class Fail(Message, frozen=True, tag="fail"):
    """The invocation failed inside the function; with `pending`, its background work goes on until `done`."""

    id: int
    kind: Literal["exception", "bad_function", "bad_response"]
    message: str
    name: str = ""
    stack: str = ""
    pending: bool = False


class Done(Message, frozen=True, tag="done"):
    """Response and background work of the invocation are over."""

    id: int


Effect = Head | Chunk | End | Upgrade | Call | Log | Background | Fail | Done


class Turn(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What one turn of the runtime left behind.

    `busy`: more tasks are ready, give it another turn.  `timer`: milliseconds until the next timer,
    None without one.

    In an isolate with a tape: `clock` are readings since the last turn that said something, as milliseconds since the
    reading before and how many were alike, by turns; `drawn` are operations that drew something: name, arguments, and
    the answer's head and bytes (base64).  `torn`: there were too many to keep.
    """

    effects: list[Effect]
    busy: bool = False
    timer: float | None = None
    clock: list[int] = []
    drawn: list[tuple[str, str, str, str]] = []
    torn: bool = False
