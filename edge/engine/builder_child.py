"""One build, in a process made for it: transform, run or compile, snapshot, report.

User code runs here without V8's limits, so the process has its own: CPU time, wall time, memory, no core
files, no new files, and whatever the caller's `seal` takes from it.  It dies with the build, and V8's fatal
errors die with it.
"""

from __future__ import annotations

import re
import resource
import struct
from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from edge.engine import bundles, snapshot
from edge.engine.build import (
    MAX_SNAPSHOT,
    THREW,
    BuildRequest,
    Built,
    Level,
    Missing,
    Progress,
    Record,
    Refused,
    Transformed,
    Warmed,
    bare,
)
from edge.engine.isolate import Isolate
from edge.engine.process import end_after
from edge.engine.transform import Transformer
from edge.errors import EdgeError, EngineCrashError
from edge.packages.regexps import regular_expressions
from edge.units import GIB, MIB

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator

_LENGTH = struct.Struct("<Q")
WALL_SECONDS = 20
IDLE_SECONDS = 1800
"""How long a process may wait for its request: it cannot set its clock once it is sealed."""
CPU_SECONDS = 15
MANY_NAMES = 64  # as in runtime/bootstrap/modules.js
MEMORY = 2 * GIB  # of it V8 reserves 512 MiB for code, where `seal` does not take them back
WRAPPER = "(function (exports, require, module, __filename, __dirname, $importMeta, $mport) { "
ES_WRAPPER = '(function ($esm, $importMeta, $mport, exports, require, module, __filename, __dirname) { "use strict"; {'
_PROBLEM = re.compile(r"<anonymous>:(\d+): (?:SyntaxError: )?(.*)", re.DOTALL)
_NO_RUNTIME = "globalThis.__edge = () => new SharedArrayBuffer(64)"


def limit_process() -> None:
    """Set the limits of a build.  They are the backstop: the gateway's deadlines are shorter."""
    end_after(IDLE_SECONDS + WALL_SECONDS)
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))


def read_exactly(channel: socket.socket, size: int) -> bytes:
    """`size` bytes, or EOFError."""
    data = bytearray()
    while len(data) < size:
        part = channel.recv(min(size - len(data), 1 << 20))
        if not part:
            raise EOFError
        data += part
    return bytes(data)


def serve_build(
    channel: socket.socket, runtime: snapshot.Blob, transformer: Transformer, seal: Callable[[], None]
) -> None:
    """Read one request, answer its progress.

    `seal` takes from this process what a build does not need; nothing of a package is here before.  When it raises
    an EdgeError or OSError, the answer is Refused, and nothing of the package is looked at.
    """
    _reserve_code_range()
    limit_process()
    try:
        seal()
    except (EdgeError, OSError) as error:
        _send(channel, Refused(str(error)))
        return
    (size,) = _LENGTH.unpack(read_exactly(channel, _LENGTH.size))
    request = msgspec.msgpack.decode(read_exactly(channel, size), type=BuildRequest)
    records = transformer.transform(request.modules)
    checked = mark_broken(records) if request.level is not Level.SOURCE else records
    _send(channel, Transformed(checked))
    for progress in build(request, checked, runtime):
        _send(channel, progress)


def _send(channel: socket.socket, message: Progress) -> None:
    data = msgspec.msgpack.encode(message)
    channel.sendall(_LENGTH.pack(len(data)))
    channel.sendall(data)


def _reserve_code_range() -> None:
    """V8 maps memory for code with a process's first isolate; a sealed process could not."""
    Isolate(None, {}, lambda _: None, source=_NO_RUNTIME).dispose()


def mark_broken(records: list[Record]) -> list[Record]:
    """Modules that do not compile carry their error, with path and line, instead of their source."""
    checker = Isolate(None, {}, lambda _: None, source=_NO_RUNTIME)
    try:
        return [_checked(record, checker) for record in records]
    finally:
        checker.dispose()


def _checked(record: Record, checker: Isolate) -> Record:
    if record.kind not in ("cjs", "esm"):
        return record
    problem = checker.parse_error(wrapped(record))
    return record if problem is None else Record(record.path, "broken", _placed(record, problem), late=record.late)


def wrapped(record: Record) -> str:
    """The text that a module is compiled from (runtime/bootstrap/modules.js does the same)."""
    if record.kind != "esm":
        return f"{WRAPPER}{record.source}\n}})"
    return f"({'async ' * record.waits}{ES_WRAPPER[1:]}{record.source}\n}}}})"


def _placed(record: Record, problem: str) -> str:
    """`PATH:LINE: what` of V8's `<anonymous>:LINE: SyntaxError: what`; the line of the wrapper is the source's last."""
    found = _PROBLEM.fullmatch(problem)
    if found is None:
        return f"{record.path}: {problem}"
    line = min(int(found[1]), record.source.count("\n") + 1)
    return f"{record.path}:{line}: {found[2]}"


def build(request: BuildRequest, records: list[Record], runtime: snapshot.Blob) -> Iterator[Built | Warmed]:
    """Try the wanted level, then the ones below it; then rehearse.

    Each snapshot is shown to make an isolate before it is sent: V8 writes some that it aborts on when it reads
    them, and the process that it aborts must be this one.
    """
    reason = ""
    for level in (Level.INITIALISED, Level.COMPILED):
        if level is Level.INITIALISED and request.level is not Level.INITIALISED:
            continue
        attempt = _attempt(_argument(request, records, level), runtime)
        if attempt.lacks and request.chunks is not None:
            request = msgspec.structs.replace(request, chunks=None)
            attempt = _attempt(_argument(request, records, level), runtime)
        if not attempt.refused:
            yield Built(level, attempt.blob, reason, attempt.problem, attempt.chunks, attempt.took)
            yield _warmed(request, records, level, attempt.blob)
            return
        reason = reason or attempt.refused
        # Of the others nothing is compiled in advance: they come when they are asked for.
        records = list(_touched(records, attempt.touched)) if attempt.touched else records
    yield Built(Level.SOURCE, b"", reason)
    yield Warmed(b"")


def _argument(request: BuildRequest, records: list[Record], level: Level) -> str:
    """What the runtime's side of a build gets (runtime/bootstrap/build.js), as JavaScript."""
    spec = {
        "level": level,
        "main": request.main,
        "records": [bare(record) for record in records if not record.late],
        "env": request.env,
        "secrets": request.secrets,
        "contract": request.contract,
        "handler": request.handler,
        "eval": request.eval,
        "regexps": _regular_expressions(records) if request.anchored else [],
        "chunks": _chunks(request.chunks),
    }
    return msgspec.json.encode(spec).decode()


def _chunks(names: list[str] | None) -> dict[str, str]:
    known = bundles.chunks()
    return known if names is None else {name: known[name] for name in names if name in known}


def _regular_expressions(records: list[Record]) -> list[tuple[str, str]]:
    """Those that objects may share: all of the package, and of the runtime those that are written more than once."""
    own = [one for record in records if record.kind in ("cjs", "esm") for one in regular_expressions(record.source)]
    sources = [bundles.script("runtime"), *bundles.chunks().values()]
    written = Counter(own + [one for source in sources for one in regular_expressions(source)])
    return sorted({*own, *(one for one, times in written.items() if times > 1)})


def _touched(records: list[Record], touched: frozenset[str]) -> Iterator[Record]:
    """These modules, without long lists of names that lead to others."""
    for record in records:
        if record.path in touched:
            names = record.resolutions
            if len(names) > MANY_NAMES:
                names = {name: to for name, to in names.items() if not isinstance(to, Missing) and to in touched}
            yield msgspec.structs.replace(record, resolutions=names)


class _Attempt(msgspec.Struct, frozen=True):
    """A snapshot, why it must not be used ("" when it may), and what is wrong with the package ("" for nothing).

    `touched` are the modules that the top level needs, as far as it came to its end.  When it `lacks` a part of the
    runtime, or may have failed for that, nothing else counts unless it was given all.
    """

    blob: bytes = b""
    refused: str = ""
    problem: str = ""
    touched: frozenset[str] = frozenset()
    lacks: bool = False
    chunks: list[str] = []
    took: float = 0.0


def _attempt(argument: str, runtime: snapshot.Blob) -> _Attempt:
    try:
        built = snapshot.build(f"__edge('build', {argument})", runtime)
        report = _report(snapshot.Blob(built))
    except (snapshot.SnapshotError, EngineCrashError) as error:
        return _Attempt(refused=error.message, lacks=True)
    if report.lacks:
        return _Attempt(lacks=True)
    touched = frozenset(report.modules if report.error is None else ())
    if len(built) > MAX_SNAPSHOT:
        what = f"its snapshot has {len(built) // MIB} MiB, at most {MAX_SNAPSHOT // MIB} MiB are of use"
        return _Attempt(refused=what, touched=touched)
    if report.impure:
        return _Attempt(refused=f"its top level uses {report.impure}", touched=touched)
    if report.error is not None:
        return _Attempt(refused=f"{THREW}{report.error.name}: {report.error.message}")
    return _Attempt(built, problem=report.problem, chunks=report.chunks, took=report.took / 1000)


class _Thrown(msgspec.Struct, frozen=True):
    name: str
    message: str


class _Report(msgspec.Struct, frozen=True):
    """What the runtime says of a build (runtime/bootstrap/build.js)."""

    error: _Thrown | None
    problem: str
    impure: str
    modules: list[str] = []
    lacks: bool = False
    chunks: list[str] = []
    took: float = 0.0


def _report(blob: snapshot.Blob) -> _Report:
    isolate = Isolate(blob, {}, lambda _: None)
    try:
        return msgspec.json.decode(isolate.call("report"), type=_Report)
    finally:
        isolate.dispose()


def _warmed(request: BuildRequest, records: list[Record], level: Level, built: bytes) -> Warmed:
    """The snapshot with an invocation rehearsed in it; as it was when that fails."""
    try:
        return _rehearsed(_argument(request, records, level), built)
    except (snapshot.SnapshotError, EngineCrashError):
        if request.chunks is None:
            return Warmed(built)
    return _warmed(msgspec.structs.replace(request, chunks=None), records, level, built)


def _rehearsed(argument: str, built: bytes) -> Warmed:
    """Raises SnapshotError, EngineCrashError."""
    warmed = snapshot.build(f"__edge('warm up', {argument})", snapshot.Blob(built))
    report = _report(snapshot.Blob(warmed))
    if report.lacks:
        raise snapshot.SnapshotError("the rehearsal needs another part of the runtime")
    return Warmed(warmed if len(warmed) <= MAX_SNAPSHOT else built, report.chunks)
