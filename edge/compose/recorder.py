"""What a gateway records: it decides which invocations are kept, and keeps them off the requests' path."""

from __future__ import annotations

import hmac
import random
import time
from collections import defaultdict
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import msgspec
import structlog
import trio

from edge import __version__
from edge.engine import bundles, library_file
from edge.engine.tape import Tape, opening
from edge.engine.worker import Worker
from edge.errors import EdgeError
from edge.gateway.request_head import RECORD
from edge.recording.demand import Demands
from edge.recording.recording import FORMAT, Engine, Failure, Made, Recording, Run, Summary
from edge.recording.redact_runs import redacted
from edge.recording.redaction import HEADERS, Redaction
from edge.recording.store import Bounds, RecordingStore
from edge.services.redaction import SECRET_HEADERS, redact_url
from edge.units import KIB, MIB

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

    import outcome

    from edge.config.model import Config
    from edge.engine.tape import Recorded
    from edge.function import Function
    from edge.wire.messages import Request

FOLDER = "recordings"
MAX_WAITING = 32
"""Recordings that wait to be written; more are dropped."""
MAX_WAITING_BYTES = 64 * MIB
BURST, RATE = 10, 1.0
"""Failures of one function that are kept at once, and how many more each second."""
BURST_BYTES, RATE_BYTES = 8 * MIB, 1 * MIB
"""The same of all functions together, in bytes: to redact, compress and write them takes time that requests want."""
LEAST = 16 * KIB
"""What a recording counts at least."""
PRUNE_SECONDS = 1.0
CLOSE_SECONDS = 2.0

log = structlog.get_logger()


def folder_of(config: Config) -> Path:
    """Where recordings are."""
    return config.path(config.storage.data_dir) / FOLDER


class _Bucket:
    """A right to `burst` at once, and to `rate` more each second."""

    def __init__(self, burst: float, rate: float) -> None:
        self._burst = burst
        self._rate = rate
        self._left = burst
        self._at = 0.0

    def take(self, now: float, amount: float = 1.0) -> bool:
        """Whether there is so much, and then it is gone; what is more than all of it may empty it."""
        self._left = min(self._left + (now - self._at) * self._rate, self._burst)
        self._at = now
        if self._left < min(amount, self._burst):
            return False
        self._left -= min(amount, self._burst)
        return True


class GatewayRecorder:
    """A Recorder (see edge.engine.tape).  `counted` is told what became of each: kept, dropped, too large."""

    def __init__(self, config: Config, mode: str, counted: Callable[[str, str], None]) -> None:
        self.store = RecordingStore(folder_of(config))
        self.demands = Demands(folder_of(config) / "demands.json")
        self._mode = mode
        self._counted = counted
        self._worker = Worker("edge-record", 1)
        self._waiting = self._waiting_bytes = 0
        self._idle = trio.Event()
        self._buckets: defaultdict[str, _Bucket] = defaultdict(lambda: _Bucket(BURST, RATE))
        self._bucket = _Bucket(BURST_BYTES, RATE_BYTES)
        self._pruned = 0.0  # when
        self._limit = 0
        self._headers: tuple[str, ...] = HEADERS
        self._key = ""
        self.configure(config)

    @classmethod
    @asynccontextmanager
    async def open(
        cls, config: Config, mode: str, counted: Callable[[str, str], None] = lambda _function, _result: None
    ) -> AsyncIterator[GatewayRecorder]:
        """A recorder; at the end what waits is written, within 2 s."""
        recorder = cls(config, mode, counted)
        try:
            yield recorder
        finally:
            with trio.move_on_after(CLOSE_SECONDS, shield=True):
                while recorder._waiting:
                    recorder._idle = trio.Event()
                    await recorder._idle.wait()
            recorder._worker.close()

    def configure(self, config: Config) -> None:
        """Take over what a new config says.  Reads the key's file."""
        said = config.recordings
        self.store.bounds = Bounds(said.max_total, said.max_count, said.max_age)
        self._limit = said.max_size
        named = [name.lower() for name in (*config.log.secret_headers, *said.redact)]
        self._headers = tuple(dict.fromkeys((*HEADERS, *sorted(SECRET_HEADERS), RECORD, *named)))
        self._key = _read_key(config)

    # -- see Recorder

    def tape(self, function: Function, late: Sequence[str]) -> Tape:
        """See Recorder."""
        return Tape(opening(late), self._limit, trio.current_time)

    def wants(self, function: Function, request: Request) -> str | None:
        """See Recorder."""
        keep = function.record
        if keep is None:
            return None
        if self.demands.asks(function.family) or (self._key and self._is_asked_for(request)):
            return "demand"
        if keep.share and random.random() < keep.share:  # noqa: S311 - a sample, no secret
            return "sample"
        return "" if keep.failures else None

    def keep(self, recorded: Recorded, tape: Tape) -> None:
        """See Recorder."""
        function, size = recorded.function, max(tape.size, LEAST)
        if tape.torn:
            self._counted(function.name, "too_large")
            log.info("not_recorded", function=function.name, invocation=recorded.receipt.id, reason=tape.torn)
        elif recorded.reason == "failure" and not self._has_room(function.family, size):
            self._counted(function.name, "limited")
        elif self._waiting >= MAX_WAITING or self._waiting_bytes > MAX_WAITING_BYTES:
            self._counted(function.name, "dropped")
        else:
            self._submit(recorded, tape.runs(), size)

    def _has_room(self, function: str, size: int) -> bool:
        """Failures come in floods."""
        now = trio.current_time()
        return self._buckets[function].take(now) and self._bucket.take(now, size)

    def _submit(self, recorded: Recorded, runs: list[Run], size: int) -> None:
        self._waiting += 1
        self._waiting_bytes += size
        headers = self._headers

        def written(result: outcome.Outcome[str]) -> None:
            self._waiting_bytes -= size
            self._written(recorded.function.name, result)

        self._worker.submit(lambda: self._write(recorded, runs, headers), written)

    def _is_asked_for(self, request: Request) -> bool:
        return any(
            name == RECORD and hmac.compare_digest(value.encode(), self._key.encode())
            for name, value in request.headers
        )

    # -- in the recorder's thread

    def _write(self, recorded: Recorded, runs: list[Run], headers: tuple[str, ...]) -> str:
        if any(b'"torn":true' in text[-64:] for run in runs for text in run.texts):
            return "too_large"
        now = time.monotonic()
        due = now - self._pruned > PRUNE_SECONDS
        self._pruned = now if due else self._pruned
        self.store.put(recording_of(recorded, runs, headers, self._mode), prune=due)
        if recorded.template.bundle is not None:
            self.store.keep_package(recorded.function.package, recorded.template.bundle.buffer)
        return "kept"

    def _written(self, function: str, result: outcome.Outcome[str]) -> None:
        self._waiting -= 1
        if not self._waiting:
            self._idle.set()
        try:
            self._counted(function, result.unwrap())
        except (OSError, EdgeError, ValueError) as error:
            self._counted(function, "failed")
            log.warning("not_recorded", function=function, reason=str(error))


def recording_of(recorded: Recorded, runs: list[Run], headers: Sequence[str], mode: str) -> Recording:
    """What is kept of an invocation, without credentials."""
    function, receipt, request = recorded.function, recorded.receipt, recorded.request
    redaction = Redaction(headers)
    redaction.learn_secrets(function.secrets)
    runs = redacted(runs, redaction)
    error = receipt.error
    summary = Summary(
        id=receipt.id,
        time=receipt.at,
        function=function.name,
        version=function.version,
        package=function.package,
        reason=recorded.reason,
        outcome=receipt.outcome,
        status=recorded.status or (error.status if error is not None else 0),
        method=request.method,
        url=redact_url(redaction.apply(request.url)),
        wall=receipt.wall,
        request_id=receipt.id.partition(".")[0],
        format=FORMAT,
    )
    failure = (
        None
        if error is None
        else Failure(error.code, redaction.apply(error.message), redaction.apply(getattr(error, "stack", "")))
    )
    engine = Engine(
        __version__, library_file.versions().v8, bundles.fingerprint("runtime"), recorded.template.level, mode
    )
    return Recording(
        summary, _made(function), engine, recorded.invocation, runs, failure, redaction.names, list(headers)
    )


def _made(function: Function) -> Made:
    fields = msgspec.structs.asdict(function)
    kept = {name: fields[name] for name in Made.__struct_fields__ if name != "secrets"}
    return Made(**kept, secrets=sorted(function.secrets))


def _read_key(config: Config) -> str:
    if not config.recordings.key_file:
        return ""
    try:
        return config.path(config.recordings.key_file).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        log.warning("recordings_key", reason=f"the file of recordings.key_file cannot be read: {error}")
        return ""
