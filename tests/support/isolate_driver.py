"""Drives one isolate without Trio: for tests of the runtime alone."""

from __future__ import annotations

import queue
import time
from typing import TYPE_CHECKING

import msgspec

from edge.engine import base_snapshots, snapshot
from edge.engine.build import Built, Level, Record
from edge.engine.machine import Close, Machine, Note, Perform, Respond, Write
from edge.engine.package_modules import PackageModules
from edge.engine.runner import payload
from edge.engine.runtime_ops import RUNTIME_OPS
from edge.engine.template import Template
from edge.errors import HostCallError
from edge.units import MIB
from edge.wire.messages import Failure, Reply, Request, Start

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from edge.engine.isolate import Result
    from edge.packages.bundle import Bundle
    from edge.wire.messages import Call

DEADLINE = 20.0
PATIENCE = 120.0
"""Seconds for one turn: whatever else the machine does."""


class Answer(msgspec.Struct):
    """What an invocation answered, and what it logged."""

    status: int = 0
    headers: list[tuple[str, str]] = []
    body: bytes = b""
    logs: list[str] = []


class IsolateDriver:
    """Runs functions given as module records, each in a fresh isolate."""

    def __init__(self, cache: Path, perform: Callable[[Call], object] | None = None) -> None:
        self._blob = snapshot.Blob(base_snapshots.read(base_snapshots.ensure(cache, "runtime")))
        self._perform = perform

    def run(
        self,
        records: list[Record],
        request: Request,
        *,
        contract: str = "",
        env: dict[str, str] | None = None,
        files: Bundle | None = None,
    ) -> Answer:
        """One invocation of the first record; `files` is the package around it.  Raises the invocation's error."""
        package_ops = PackageModules(files).ops(records) if files else None
        template = Template(
            "test",
            records[0].path,
            Built(Level.SOURCE, b""),
            self._blob,
            records,
            RUNTIME_OPS,
            memory=256 * MIB,
            package_ops=package_ops,
        )
        results: queue.SimpleQueue[Result] = queue.SimpleQueue()
        isolate = template.make(results.put)
        try:
            start = Start(
                1,
                request,
                "test",
                "v1",
                "rid",
                contract,
                "",
                (time.time() + DEADLINE) * 1000,
                256 * MIB,
                env or {},
                {"KV": "kv"},
            )
            return self._drive(isolate.turn, template.batch([msgspec.json.encode(start)]), results)
        finally:
            isolate.terminate()
            isolate.dispose()

    def _drive(self, turn: Callable[[bytes], None], first: bytes, results: queue.SimpleQueue[Result]) -> Answer:
        machine, answer, events = Machine(1), Answer(), list[bytes]()
        turn(first)
        while True:
            result = results.get(timeout=PATIENCE)
            assert not result.failed, "the engine gave up"
            for action in machine.turn(result.text):
                self._act(action, answer, machine, events)
            if machine.over:
                break
            if not events and not machine.ready:
                if machine.timer is not None:
                    time.sleep(machine.timer)
                    events.append(b'{"t":"tick"}')
                else:
                    machine.settle()
                    if machine.over:
                        break
            turn(payload(events) if events else b"")
            events = []
        if machine.error is not None:
            raise machine.error
        return answer

    def _act(
        self, action: Respond | Write | Close | Perform | Note, answer: Answer, machine: Machine, events: list[bytes]
    ) -> None:
        if isinstance(action, Respond):
            answer.status, answer.headers, answer.body = action.status, action.headers, action.body
        elif isinstance(action, Write):
            answer.body += action.data
            if action.ack is not None:
                self._reply(Reply(action.ack), machine, events)
        elif isinstance(action, Perform):
            self._reply(self._call(action.call), machine, events)
        elif isinstance(action, Note):
            answer.logs.append(f"{action.log.level} {action.log.text}")

    def _call(self, call: Call) -> Reply:
        if self._perform is None:
            return Reply(call.call, error=Failure("TypeError", f"{call.op} is not granted to this function"))
        try:
            return Reply(call.call, msgspec.Raw(msgspec.json.encode(self._perform(call))))
        except HostCallError as error:
            return Reply(call.call, error=Failure(error.js_class, error.message, error.js_code))

    def _reply(self, reply: Reply, machine: Machine, events: list[bytes]) -> None:
        if machine.reply(reply):
            events.append(msgspec.json.encode(reply))
