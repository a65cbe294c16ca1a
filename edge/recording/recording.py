"""A recording: everything that an invocation took from outside, and what it said, in the order of its isolate's runs.

An isolate is a function of its snapshot and of its runs: events go in, texts of turns come out (edge.engine.runner).
What its code takes from outside between them - readings of the clock, numbers that were drawn - is in the texts
(`clock` and `drawn` of wire.messages.Turn).  So the runs are all that it takes to run it again.

A file is one line of JSON, the summary, and behind it the recording as msgpack, compressed with zlib.
"""

from __future__ import annotations

import hashlib
import math
import re
import zlib
from typing import Any
from urllib.parse import quote

import msgspec

from edge.errors import CallerError
from edge.function import Limits
from edge.units import GIB, MIB
from edge.wire.messages import Failure as CallFailure

FORMAT = 1
MAX_FILE = 64 * MIB
MAX_CONTENT = 256 * MIB
"""Bytes of a recording when it is unpacked: more is nothing that a gateway has written."""
MAX_MEMORY = 2 * GIB
MAX_TIME = 3600.0
"""Bytes and seconds that are more than a config may say of a function."""
_ID = re.compile(r"[A-Za-z0-9._~+/=:@-]{1,160}")  # that of a request, and a number behind it
_MAX_NAME = 180


class Asked(msgspec.Struct, frozen=True, omit_defaults=True):
    """A host call in the middle of a turn, and its answer: [`value`] or `error`; neither when it had to wait."""

    id: int
    op: str
    args: msgspec.Raw
    value: list[msgspec.Raw] | None = None
    data: bytes | None = None
    error: CallFailure | None = None


class Run(msgspec.Struct, frozen=True, array_like=True):
    """One run of the isolate: events in, texts of turns out.  `asked` are texts of Asked.

    `at` is when it began, in seconds since the first one, `took` how long it was out; without `returned` it had not
    come back when the recording ended.  `fault` is that of engine.runner.Result.
    """

    at: float
    events: list[bytes]
    texts: list[bytes] = []
    took: float = 0.0
    fault: str = ""
    returned: bool = False
    asked: list[bytes] = []


class Made(msgspec.Struct, frozen=True):
    """The function as it was: enough to compile its package again.  Of secrets there are only the names."""

    name: str
    package: str
    version: str = ""
    contract: str = ""
    handler: str = ""
    limits: Limits = Limits()
    env: dict[str, str] = {}
    secrets: list[str] = []
    kv: str = ""
    services: dict[str, str] = {}
    mocks: dict[str, str] = {}
    eval: bool = True
    reuse: bool = False


class Failure(msgspec.Struct, frozen=True):
    """Why an invocation failed, as clients and logs were told."""

    code: str
    message: str
    stack: str = ""


class Engine(msgspec.Struct, frozen=True):
    """What it ran on: with another version of any of these its replay may differ."""

    edge: str
    v8: str
    runtime: str
    level: str
    mode: str


class Summary(msgspec.Struct, frozen=True):
    """A recording in a list.  `time` is Unix epoch, in seconds; `reason` is `failure`, `sample` or `demand`."""

    id: str
    time: float
    function: str
    version: str
    package: str
    reason: str
    outcome: str
    status: int
    method: str
    url: str
    wall: float
    request_id: str
    size: int = 0
    format: int = FORMAT


class Recording(msgspec.Struct, frozen=True):
    """See the module.  `invocation` is its number in the isolate.

    `redacted` stand for what was left out, `headers` are those whose values were.  `bundle` are the canonical bytes of
    the package, in a file that was made to be passed on.
    """

    summary: Summary
    made: Made
    engine: Engine
    invocation: int
    runs: list[Run]
    failure: Failure | None = None
    redacted: list[str] = []
    headers: list[str] = []
    bundle: bytes = b""


_summaries = msgspec.json.Decoder(Summary)  # not when it is first needed: see edge/engine/outcome_store.py
_recordings = msgspec.msgpack.Decoder(Recording)


def encode(recording: Recording) -> bytes:
    """The content of a file."""
    packed = zlib.compress(msgspec.msgpack.encode(recording), 3)
    summary = msgspec.structs.replace(recording.summary, size=len(packed))
    return msgspec.json.encode(summary) + b"\n" + packed


def summary_of(content: bytes) -> Summary:
    """Of a file, or of its beginning.  Raises CallerError."""
    try:
        found = _summaries.decode(content.partition(b"\n")[0])
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise CallerError("this is no recording of edge") from None
    if found.format != FORMAT:
        raise CallerError(
            f"this recording has format {found.format}, and this version of edge reads {FORMAT}",
            hint="replay it with the version of edge that made it",
        )
    return found


def decode(content: bytes) -> Recording:
    """Raises CallerError."""
    if len(content) > MAX_FILE:
        raise CallerError(f"a recording has {MAX_FILE} bytes at most, this file has {len(content)}")
    summary = summary_of(content)
    try:
        unpacker = zlib.decompressobj()
        packed = unpacker.decompress(content.partition(b"\n")[2], MAX_CONTENT)
        if unpacker.unconsumed_tail or not unpacker.eof:
            raise CallerError("this recording is cut off, or holds too much")
        found = _recordings.decode(packed)
    except (zlib.error, msgspec.DecodeError, RecursionError):
        raise CallerError("this recording is damaged") from None
    if not _is_plausible(found):
        raise CallerError("this recording is damaged: no gateway has such limits or times")
    return msgspec.structs.replace(found, summary=summary)


def _is_plausible(recording: Recording) -> bool:
    """Files come from anywhere, and a replay holds code to these limits."""
    limits = recording.made.limits
    times = [recording.summary.wall, *(time for run in recording.runs for time in (run.at, run.took))]
    return (
        0 < limits.memory <= MAX_MEMORY
        and 0 < limits.timeout <= MAX_TIME
        and 0 < limits.cpu < math.inf
        and all(abs(time) <= MAX_TIME * 1000 for time in times)
    )


def check_id(text: str) -> str:
    """Raises CallerError for what cannot be the id of a recording."""
    if _ID.fullmatch(text) is None:
        raise CallerError(f"{text[:80]!r} is no id of a recording", hint="`edge replay --list` has them")
    return text


def file_name(text: str) -> str:
    """What the file of an id is called, without what says when it was; clients choose ids.  Raises CallerError."""
    name = quote(check_id(text), safe="")
    return name if len(name) <= _MAX_NAME else hashlib.sha256(text.encode()).hexdigest()


def listed(summary: Summary) -> dict[str, Any]:
    """As lists show it."""
    shown: dict[str, Any] = msgspec.to_builtins(summary)
    shown.pop("format")
    return shown
