"""The gateway's side of snapshot builds: sends requests to children made for them, bears with those that die.

A child has run a package's code, so what it says is believed of that package alone, and only as far as it fits.
"""

from __future__ import annotations

import struct
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import msgspec
import trio

from edge.engine import bundles
from edge.engine.build import (
    MAX_SNAPSHOT,
    BuildRequest,
    Built,
    Level,
    Progress,
    Raw,
    Record,
    Refused,
    Transformed,
    Warmed,
)
from edge.engine.build_children import BuildChildren
from edge.errors import EngineCrashError, PackageError
from edge.packages.source_maps import MAX_MAPPINGS
from edge.units import MIB

if TYPE_CHECKING:
    import socket
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

    from edge.engine.build_children import Child

_LENGTH = struct.Struct("<Q")
STARTUP_DEADLINE = 5.0  # seconds for running a package's top level
BUILD_DEADLINE = 30.0  # seconds for everything else of a build

_GROWTH = 4  # by how much the transform may lengthen sources
_MAX_TEXT = 4096  # characters of a reason
_KINDS = {"cjs", "esm", "json", "text", "broken"}

# Level, and whether with anchors of regular expressions: these are of use only after V8 has given up.
_ATTEMPTS = ((Level.INITIALISED, False), (Level.INITIALISED, True), (Level.COMPILED, False))
_GAVE_UP = f"V8 gave up while building level {Level.INITIALISED}"

_T = TypeVar("_T", Transformed, Built, Warmed)


class Outcome(msgspec.Struct, frozen=True):
    """A build's end: the modules to run, the snapshot of them, and why its level is not a better one."""

    records: list[Record]
    built: Built


class _Died(msgspec.Struct, frozen=True):
    """A child that did not come to its end: the transformed modules if it came so far, and whether time was up.

    `before`: it may have died before it was asked, which is nobody's fault.
    """

    records: list[Record] | None
    late: bool = False
    before: bool = False


class Builder:
    """Builds snapshots, each in a process of its own: see BuildChildren."""

    def __init__(
        self, spawn: Callable[[], Awaitable[tuple[int, socket.socket]]], adopt: Callable[[int], Child]
    ) -> None:
        self._children = BuildChildren(spawn, adopt)
        self._chunks: set[str] | None = None  # of the runtime, that builds have taken

    def ready(self) -> AbstractAsyncContextManager[None]:
        """While inside, a process waits for the next build."""
        return self._children.ready()

    async def build(self, request: BuildRequest, *, rehearsed: bool = True) -> Outcome:
        """Build at the wanted level or the best one below it; not `rehearsed`, it is there earlier, and starts slower.

        Raises PackageError when not even the transform survives, EngineCrashError when nothing can be built here.
        """
        records: list[Record] | None = None
        reason = ""
        request = msgspec.structs.replace(request, chunks=None if self._chunks is None else sorted(self._chunks))
        for level, anchored in _ATTEMPTS:
            if anchored and reason != _GAVE_UP:
                continue
            asked = _continued(request, level, records, anchored=anchored)
            attempt = partial(self._attempt, asked, rehearsed)
            outcome = await attempt()
            if isinstance(outcome, _Died) and outcome.before:
                outcome = await attempt()
            if isinstance(outcome, Outcome):
                return Outcome(outcome.records, _because(outcome.built, "" if anchored else reason))
            records = outcome.records if outcome.records is not None else records
            if records is None:
                raise PackageError(
                    "the package could not be transformed: the builder died", hint="is a file of it extremely large?"
                )
            reason = reason or (f"its top level took over {STARTUP_DEADLINE:g} s" if outcome.late else _GAVE_UP)
        return Outcome(records or [], Built(Level.SOURCE, b"", reason))

    async def _attempt(self, request: BuildRequest, rehearsed: bool) -> Outcome | _Died:  # noqa: FBT001 - as above
        """One child: its outcome, or what is left of it when it died or was late."""
        records: list[Record] | None = None
        async with self._children.one() as (stream, waited):
            try:
                with trio.fail_after(BUILD_DEADLINE):
                    talk = await _begin(stream, request)
                    records = _vetted((await talk.receive(Transformed)).records, request.modules)
                with trio.fail_after(STARTUP_DEADLINE + BUILD_DEADLINE * (request.level is not Level.INITIALISED)):
                    built = await talk.receive(Built)
            except trio.TooSlowError:
                return _Died(records, late=True)
            except (trio.BrokenResourceError, EOFError):
                return _Died(records, before=waited and records is None)
            if built.level is not Level.SOURCE:
                self._learn(built.chunks)
            built = msgspec.structs.replace(built, chunks=[])
            return Outcome(records, await self._warmed(talk, built) if rehearsed else built)

    async def _warmed(self, talk: _Talk, built: Built) -> Built:
        """The same with the rehearsed snapshot, when the child lives to send it."""
        try:
            with trio.fail_after(STARTUP_DEADLINE):
                warmed = await talk.receive(Warmed)
        except (trio.BrokenResourceError, trio.TooSlowError, EOFError):
            return built
        self._learn(warmed.chunks)
        return msgspec.structs.replace(built, blob=warmed.blob)

    def _learn(self, chunks: list[str]) -> None:
        """A child's word: it may cost later builds time, and nothing else."""
        self._chunks = (self._chunks or set()) | (bundles.chunks().keys() & set(chunks))


class _Talk:
    """Messages of one child; `largest` is how many bytes one may have."""

    def __init__(self, stream: trio.SocketStream, largest: int) -> None:
        self._stream = stream
        self._largest = largest

    async def receive(self, kind: type[_T]) -> _T:
        """The next message.  Raises EOFError when there is none, or something else; EngineCrashError for Refused."""
        (size,) = _LENGTH.unpack(await self._exactly(_LENGTH.size))
        if size > self._largest:
            raise EOFError
        try:
            message: Progress = msgspec.msgpack.decode(await self._exactly(size), type=Progress)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise EOFError from None
        if isinstance(message, Refused):
            raise EngineCrashError(
                f"snapshots cannot be built in a sandbox here: {message.reason[:_MAX_TEXT]}",
                hint="`edge doctor` tells what is missing; --insecure-no-sandbox does without",
            )
        if isinstance(message, kind):
            return message
        raise EOFError

    async def _exactly(self, size: int) -> bytearray:
        """So many bytes; memory grows with what arrives, not with what was announced."""
        data = bytearray()
        while len(data) < size:
            part = await self._stream.receive_some(min(size - len(data), MIB))
            if not part:
                raise EOFError
            data += part
        return data


async def _begin(stream: trio.SocketStream, request: BuildRequest) -> _Talk:
    data = msgspec.msgpack.encode(request)
    await stream.send_all(_LENGTH.pack(len(data)))
    await stream.send_all(data)
    return _Talk(stream, MAX_SNAPSHOT + MIB + _GROWTH * len(data))


def _vetted(records: list[Record], modules: list[Raw]) -> list[Record]:
    """The modules with what the transform may change of them.  Raises EOFError when they are others."""
    if [record.path for record in records] != [module.path for module in modules]:
        raise EOFError
    if not {record.kind for record in records} <= _KINDS:
        raise EOFError
    return [_vetted_one(record, module) for record, module in zip(records, modules, strict=True)]


def _vetted_one(record: Record, module: Raw) -> Record:
    resolutions = {} if record.kind == "broken" else module.resolutions
    mappings = record.map if len(record.map) <= MAX_MAPPINGS else ""
    others = {} if record.kind == "broken" else module.others
    return Record(
        *(module.path, record.kind, record.source, resolutions, others),
        *(module.imported, record.waits, module.interop, mappings, module.late),
    )


def _continued(request: BuildRequest, level: Level, records: list[Record] | None, *, anchored: bool) -> BuildRequest:
    """The request for the next attempt: what is transformed already is not transformed again."""
    if records is None:
        return msgspec.structs.replace(request, level=level)
    return msgspec.structs.replace(
        request, level=level, modules=[_again(record) for record in records], anchored=anchored
    )


def _again(record: Record) -> Raw:
    kind = "transformed" if record.kind == "esm" else record.kind
    return Raw(
        *(record.path, kind, record.source, record.resolutions, record.others),
        imported=record.imported,
        waits=record.waits,
        interop=record.interop,
        map=record.map,
        late=record.late,
    )


def _because(built: Built, reason: str) -> Built:
    return msgspec.structs.replace(
        built, reason=(built.reason or reason)[:_MAX_TEXT], problem=built.problem[:_MAX_TEXT]
    )
