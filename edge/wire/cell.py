"""What gateway and cell say to each other: frames of msgpack over one socket.

The gateway commands, the cell reports; each report answers a command, and none comes unasked.  A `Run` is
the credit for one `Result`, an `Ask` for one `Answer`: that bounds how often and how much a cell can speak.
Numbers of isolates are the gateway's.  Everything that a cell says is treated as hostile: it is decoded into
these types, must fit what is outstanding, and is otherwise the cell's end.
"""

from __future__ import annotations

from typing import Literal

import msgspec


class Message(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Base of all messages; an array whose first item is the tag."""


# -- gateway -> cell


class Assign(Message, frozen=True, tag="assign"):
    """Belong to a function: make isolates from `blob` (b"": from the runtime alone).

    `preamble` is an event that the first run of every isolate begins with (b"": none).  `memory` is the heap
    limit of an isolate in bytes, `ops` the synchronous operations that the gateway answers, `spare` how many
    unused isolates to keep ready.  `rewind`: one isolate is to be used again and again, set back in between.
    `evaluated`: the top level of the preamble's modules depends on nothing else, so that isolates which have run it
    can be kept for later.
    """

    blob: bytes
    preamble: bytes
    memory: int
    ops: list[str]
    spare: int
    rewind: bool = False
    evaluated: bool = False


class Run(Message, frozen=True, tag="run"):
    """Give isolate `isolate` these events (JSON each; none: another turn).  A new number takes an unused isolate.

    `single`: there is one invocation in it, so that when that is over the isolate can go without being told.
    """

    isolate: int
    events: list[bytes]
    single: bool = False


class Terminate(Message, frozen=True, tag="terminate"):
    """Stop what runs in an isolate."""

    isolate: int


class Drop(Message, frozen=True, tag="drop"):
    """Dispose of an isolate."""

    isolate: int


class Measure(Message, frozen=True, tag="measure"):
    """Report the CPU time of an isolate."""

    isolate: int


class Answer(Message, frozen=True, tag="answer"):
    """The reply to an `Ask`: JSON head and bytes, as engine/mailbox.py gives them to the doorbell."""

    isolate: int
    head: bytes
    data: bytes


Command = Assign | Run | Terminate | Drop | Measure | Answer


# -- cell -> gateway


Hindrance = Literal["", "off", "library", "snapshot", "image"]
"""Why a cell does not rewind its isolate: it was not asked to; V8 cannot be driven so, or has no memory of its own;
the function has no snapshot; no image could be made."""


class Ready(Message, frozen=True, tag="ready"):
    """The cell is sealed; `layers` are the layers of its sandbox that are active.  `hindrance` is already known.

    `born`: it has an isolate of the runtime that it was born with.
    """

    layers: list[str]
    hindrance: Hindrance = ""
    born: bool = False


class Assigned(Message, frozen=True, tag="assigned"):
    """The first isolate of the function stands."""

    hindrance: Hindrance = ""


class Result(Message, frozen=True, tag="result"):
    """What the turns of one `Run` left behind: texts as the runtime gave them, in order.

    `fault`: the heap went over its limit, or the engine gave the isolate up.  `cpu`: seconds that the isolate's
    thread has used since it was made.  `heap`: bytes in use, `external`: those of buffers outside of it.  `dropped`:
    the invocation of a `single` isolate is over, and the isolate is gone as if by `Drop`.  `crowded`: the cell does not
    rewind any more, since it had to run several at once.
    """

    isolate: int
    texts: list[bytes]
    fault: Literal["", "memory", "engine"] = ""
    cpu: float = 0.0
    heap: int = 0
    external: int = 0
    dropped: bool = False
    crowded: bool = False


class Measured(Message, frozen=True, tag="measured"):
    """The answer to `Measure`."""

    isolate: int
    cpu: float


class Ask(Message, frozen=True, tag="ask"):
    """A synchronous operation that the gateway answers; the isolate's thread waits."""

    isolate: int
    head: bytes
    data: bytes


class Broken(Message, frozen=True, tag="broken"):
    """The cell cannot go on, and why: no isolate could be made."""

    reason: str


Report = Ready | Assigned | Result | Measured | Ask | Broken
