"""What the parent of a gateway and its workers tell each other.  Both are of the same version of the code."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

MAX_MESSAGE = 256 * 1024 * 1024
"""Bytes.  The metrics of thousands of functions are megabytes."""


NOBODY = -1
"""In the place of the number of a worker."""


class Inherited(msgspec.Struct, frozen=True, array_like=True):
    """A listening socket that a process is born with.  `role` is "public" or "admin", `text` the address as written."""

    role: str
    text: str
    descriptor: int


class PeerRequest(msgspec.Struct, frozen=True, array_like=True):
    """A request of an operator or of a client, for other workers.  `patience` in seconds; `client` is an address."""

    method: str
    path: str
    query: bytes = b""
    headers: list[tuple[bytes, bytes]] = []
    body: bytes = b""
    patience: float = 5.0
    client: tuple[str, int] | None = None
    scheme: str = "http"


class PeerAnswer(msgspec.Struct, frozen=True, array_like=True):
    """What a worker answers; status 0 when it did not."""

    worker: int
    status: int
    headers: list[tuple[bytes, bytes]] = []
    body: bytes = b""


class Begin(msgspec.Struct, frozen=True, tag=True):
    """First word of the parent.

    `loads` is the descriptor of a table (edge.fleet.loads).
    `started` is the content of the config file when the gateway started, which decides about keys that need a restart;
    `serving` what the other workers serve.  The rest is what the command line said.
    """

    index: int
    count: int
    sockets: list[Inherited]
    loads: int = -1
    file: str | None = None
    url: str = ""
    folder: str | None = None
    sets: tuple[str, ...] = ()
    started: bytes | None = None
    serving: bytes | None = None
    sandboxed: bool = True


class Team(msgspec.Struct, frozen=True, tag=True):
    """How many workers there are to be, and how many serve now; how many were replaced because they ended unasked."""

    wanted: int
    ready: int
    restarts: int = 0


class Leave(msgspec.Struct, frozen=True, tag=True):
    """Another gateway has the sockets and serves: drain at once."""


class Question(msgspec.Struct, frozen=True, tag=True):
    """Answer this; from a worker: let all others answer it.

    `to` is the only one that is to answer; -1 is all.
    With the worker's own `metrics`, those of workers that have gone are among the answers (NOBODY's).
    """

    number: int
    request: PeerRequest
    metrics: bytes = b""
    to: int = -1


class Reply(msgspec.Struct, frozen=True, tag=True):
    """To a question of the parent."""

    number: int
    answer: PeerAnswer


class Replies(msgspec.Struct, frozen=True, tag=True):
    """To a question of a worker."""

    number: int
    answers: list[PeerAnswer]


class Ready(msgspec.Struct, frozen=True, tag=True):
    """Everything answers."""

    listen: list[str]
    admin: str


class Serving(msgspec.Struct, frozen=True, tag=True):
    """A generation has come into force.  `patience` is how long an end may take, in seconds."""

    content: bytes | None
    patience: float


class Draining(msgspec.Struct, frozen=True, tag=True):
    """It accepts no connections any more."""


class Shout(msgspec.Struct, frozen=True, tag=True):
    """For all other workers, which do not answer."""

    body: bytes


FromParent: TypeAlias = Begin | Team | Leave | Question | Replies | Shout
FromWorker: TypeAlias = Ready | Serving | Draining | Question | Reply | Shout
