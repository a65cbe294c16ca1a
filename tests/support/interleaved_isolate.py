"""One isolate with several invocations in flight: the test is the host and says what happens when.

Turns are decoded as wire.messages and sorted by invocation, without the host's rules: what an invocation says after its
end is seen here too (`Running.stray`).
"""

from __future__ import annotations

import json
import queue
import re
import time
from typing import TYPE_CHECKING, Any, Self, TypeVar

import msgspec

from edge.engine import bundles
from edge.engine.build import Built, Level, Missing, Record
from edge.engine.runtime_ops import RUNTIME_OPS
from edge.engine.snapshot import Blob, build
from edge.engine.template import Template
from edge.runtime.node_modules import BUILTINS
from edge.units import MIB
from edge.wire.messages import Call, Cancel, Chunk, Done, Fail, Failure, Head, Log, Reply, Request, Start, Turn
from tests.support.snapshot_files import runtime_blob

if TYPE_CHECKING:
    from edge.wire.messages import Effect

DEADLINE = 20.0
MAX_TURNS = 1000
_REQUIRE = re.compile(r"""\brequire\(\s*['"]([^'"]+)['"]\s*\)""")
_MODULES = b'{"t":"modules","main":"/app/index.js","records":%b}'

E = TypeVar("E", Head, Chunk, Call, Log, Fail, Done)


class Running:
    """One invocation as its host sees it."""

    def __init__(self, number: int) -> None:
        self.id = number
        self.effects: list[Effect] = []
        self.stray: list[Effect] = []
        self.answered: set[int] = set()
        self.dropped = False
        self.left = False  # its client

    def take(self, effect: Effect) -> None:
        """An effect in its name."""
        (self.stray if self.over or self.dropped else self.effects).append(effect)

    def of(self, kind: type[E]) -> list[E]:
        """All its effects of one kind."""
        return [effect for effect in self.effects if isinstance(effect, kind)]

    @property
    def over(self) -> bool:
        """It has finished or failed."""
        return bool(self.effects) and isinstance(self.effects[-1], Done | Fail)

    @property
    def calls(self) -> list[Call]:
        """Its host calls, answered or not."""
        return self.of(Call)

    @property
    def open_calls(self) -> list[Call]:
        """Those that wait for a reply."""
        return [call for call in self.calls if call.call not in self.answered]

    @property
    def logs(self) -> list[str]:
        """The texts of its log."""
        return [log.text for log in self.of(Log)]

    @property
    def failure(self) -> str:
        """What it failed with; empty when it did not."""
        return "".join(fail.message for fail in self.of(Fail))

    @property
    def body(self) -> bytes:
        """What it has answered so far."""
        parts: list[Head | Chunk] = [*self.of(Head), *self.of(Chunk)]
        return b"".join((part.text or "").encode() + (part.data or b"") for part in parts)

    @property
    def text(self) -> str:
        """The same as text."""
        return self.body.decode()


class InterleavedIsolate:
    """Use as a context manager.

    `source` is a CommonJS module, evaluated by the first invocation or, when `initialised`, in a snapshot.
    Without `reuse` the isolate is told that there is one invocation.
    """

    def __init__(
        self, source: str, contract: str = "express", *, initialised: bool = False, reuse: bool = True
    ) -> None:
        self._contract = contract
        self._reuse = reuse
        self._results: queue.SimpleQueue[tuple[bytes, int]] = queue.SimpleQueue()
        self._everybody: dict[int, Running] = {}
        records = msgspec.json.encode([_record(source)])
        self._blob = _initialised(records.decode(), contract) if initialised else runtime_blob()
        self._preamble: bytes | None = None if initialised else _MODULES % records
        self._last = 0
        self.timer: float | None = None
        self.heap = 0

    def __enter__(self) -> Self:
        built = Built(Level.SOURCE, b"")
        template = Template("test", "/app/index.js", built, self._blob, [], RUNTIME_OPS, memory=256 * MIB)
        self._isolate = template.make(lambda _: None)
        self._isolate.on_result = lambda result: self._results.put((result.text, result.failed))
        return self

    def __exit__(self, *_: object) -> None:
        self._isolate.terminate()
        self._isolate.dispose()

    # -- what a host does

    def start(self, path: str = "/", *, method: str = "GET", body: bytes | None = None, more: bool = False) -> Running:
        """Begin an invocation, and run the isolate until it rests."""
        running = self.expect()
        self.send(self.starting(running, path, method=method, body=body, more=more))
        return running

    def expect(self) -> Running:
        """An invocation that has not begun."""
        self._last += 1
        running = self._everybody[self._last] = Running(self._last)
        return running

    def forget(self, running: Running) -> None:
        """Keep nothing of an invocation."""
        del self._everybody[running.id]

    def starting(
        self, running: Running, path: str, *, method: str = "GET", body: bytes | None = None, more: bool = False
    ) -> bytes:
        """The event that begins an invocation."""
        url, _, query = path.partition("?")
        start = Start(
            running.id,
            Request(method, f"http://test{path}", url, query, body=body, more=more),
            "test",
            "v1",
            f"request-{running.id}",
            self._contract,
            "",
            (time.time() + DEADLINE) * 1000,
            64 * MIB,
            {"A": "b"},
            {"KV": "kv"},
            reuse=self._reuse,
        )
        return msgspec.json.encode(start)

    def reply(self, call: Call, value: Any = None, *, data: bytes | None = None, error: Failure | None = None) -> None:
        """Answer a host call, and run the isolate until it rests."""
        self._everybody[call.id].answered.add(call.call)
        self.send(msgspec.json.encode(Reply(call.call, msgspec.Raw(json.dumps(value).encode()), data, error)))

    def taken(self, running: Running) -> None:
        """The client has taken the last chunk of an invocation's body."""
        ack = running.of(Chunk)[-1].ack
        assert ack is not None
        self.send(msgspec.json.encode(Reply(ack)))

    def cancel(self, running: Running, reason: str = "the client has gone") -> None:
        """The client left."""
        running.left = True
        self.send(msgspec.json.encode(Cancel(running.id, reason)))

    def drop(self, running: Running) -> None:
        """The host gives an invocation up."""
        running.dropped = True
        self.send(msgspec.json.encode({"t": "forget", "id": running.id}))

    def wait_for_timer(self) -> None:
        """Let time pass until the next timer is due, and run it."""
        assert self.timer is not None, "no timer is set"
        time.sleep(self.timer / 1000)
        self.send(b'{"t":"tick"}')

    def send(self, *events: bytes) -> None:
        """Give it events, and run it until it rests."""
        if self._preamble is not None:
            events, self._preamble = (self._preamble, *events), None
        self._turn(b'{"events":[' + b",".join(events) + b"]}")
        for _ in range(MAX_TURNS):
            if not self._turn(b""):
                return
        raise AssertionError(f"the isolate is still busy after {MAX_TURNS} turns")

    def collect_garbage(self) -> int:
        """Bytes of the heap that are in use afterwards."""
        self._isolate.on_result = self._measured
        self._isolate._library.mr_low_memory_notification(self._isolate._context)
        self._turn(b"")
        return self.heap

    # -- turns

    def _measured(self, result: Any) -> None:
        self.heap = self._isolate.heap_used()
        self._results.put((result.text, result.failed))

    def _turn(self, data: bytes) -> bool:
        """Whether it wants another one."""
        self._isolate.turn(data)
        text, failed = self._results.get(timeout=DEADLINE)
        assert not failed, "the engine gave up"
        if not text:
            return True
        turn = msgspec.json.decode(text, type=Turn)
        for effect in turn.effects:
            self._everybody[effect.id].take(effect)
        self.timer = turn.timer
        return turn.busy


def _initialised(records: str, contract: str) -> Blob:
    spec = f'"records":{records},"regexps":[],"chunks":{msgspec.json.encode(bundles.chunks()).decode()}'
    rest = f'"level":"initialised","main":"/app/index.js","env":{{}},"secrets":[],"contract":"{contract}","handler":""'
    return Blob(build(f"__edge('build', {{{spec},{rest}}})", runtime_blob()))


def _record(source: str) -> Record:
    resolutions: dict[str, str | Missing] = {}
    for specifier in _REQUIRE.findall(source):
        name = specifier.removeprefix("node:")
        resolutions[specifier] = f"node:{name}" if name in BUILTINS else Missing(f"Cannot find module '{specifier}'")
    return Record("/app/index.js", "cjs", source, resolutions)
