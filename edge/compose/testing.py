"""Runs the tests of a package inside the runtime, each file in an isolate of its own: for `edge test`."""

from __future__ import annotations

import secrets
import time
from collections import Counter
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import trio

from edge.compose.engine import open_engine
from edge.compose.services import FunctionServices
from edge.engine import bundles
from edge.engine.package_modules import PackageModules
from edge.errors import CallerError, EdgeError, PackageError
from edge.function import Limits
from edge.gateway.loader import Prepared, prepare
from edge.gateway.scheduled_run import CollectingExchange
from edge.invocation import Outcome
from edge.packages.tests_of import HANDLER, HARNESS, STANDS_FOR, bundle_with_harness, find_tests
from edge.services.cache.store import CacheStore
from edge.services.kv.memory import MemoryStore
from edge.services.logs import configure
from edge.units import MIB
from edge.wire.messages import Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.compose.engine import Engine
    from edge.engine.lineage import Lineage
    from edge.engine.template import Template
    from edge.function import Function
    from edge.gateway.source import ConfigSource
    from edge.packages.bundle import Bundle
    from edge.services.api import Grants

Status = Literal["pass", "fail", "skip", "todo"]

GRACE = 1.0
"""Seconds that a file is waited for beyond what its own timers allow: then its code does not come back."""
MAX_FILE = 900.0
"""Seconds of a file."""
_LEAST_MEMORY = 64 * MIB  # the harness needs some of it
_MAX_LINE = 16 * MIB
_MAX_LOGS = 1000


class Failure(msgspec.Struct, frozen=True):
    """What was thrown; `stack` has the package's own file names, `diff` shows expected and received."""

    name: str = ""
    message: str = ""
    stack: str = ""
    diff: str = ""


class Ran(msgspec.Struct, frozen=True):
    """How one test ended; `path` are the names of its suites and its own."""

    path: list[str]
    status: Status
    ms: float = 0.0
    errors: list[Failure] = []
    note: str = ""


class LogLine(msgspec.Struct, frozen=True):
    """A line that a file wrote to the console."""

    level: str
    text: str


class FileResult(msgspec.Struct):
    """What became of one file.  `errors` belong to no test: it could not be loaded, or was ended."""

    package: str
    path: str
    tests: list[Ran] = []
    errors: list[Failure] = []
    logs: list[LogLine] = []
    seconds: float = 0.0

    @property
    def failed(self) -> bool:
        """Whether anything is wrong with it."""
        return bool(self.errors) or any(test.status == "fail" for test in self.tests)

    def count(self) -> Counter[str]:
        """Tests by status."""
        return Counter(test.status for test in self.tests)


class Wish(msgspec.Struct, frozen=True):
    """Which tests are to run and how.  `timeout` of one test in seconds; `filter` is a pattern for names."""

    only: tuple[str, ...] = ()
    filter: str = ""
    timeout: float = 5.0
    jobs: int = 1
    env: dict[str, str] = {}


class Tested(msgspec.Struct, frozen=True):
    """A package that has been read, with its test files."""

    prepared: Prepared
    tests: list[str]

    @property
    def bundle(self) -> Bundle:
        """Its files."""
        return self.prepared.bundle


def read_package(source: ConfigSource, name: str, wish: Wish) -> Tested:
    """Blocks.  Raises ConfigError, PackageError, CallerError."""
    config = source.read()
    if name not in config.functions:
        raise CallerError(f"{name!r} cannot be the name of a function", hint="name the folder otherwise")
    prepared = prepare(config, name, {**source.environ, **wish.env})
    function = msgspec.structs.replace(prepared.function, env={**prepared.function.env, **wish.env})
    prepared = msgspec.structs.replace(prepared, function=function)
    return Tested(prepared, find_tests(prepared.bundle.files, wish.only))


async def run_tests(source: ConfigSource, package: Tested, wish: Wish, tell: Callable[[FileResult], None]) -> None:
    """Run all files, some at a time; `tell` gets each when it is over.  Raises PackageError, UnsupportedError."""
    configure("console", "error")
    config = await trio.to_thread.run_sync(source.read)
    isolates = max(config.engine.max_pool_size, wish.jobs)
    engine_config = msgspec.structs.replace(config.engine, pool_size=1, max_pool_size=isolates)
    config = msgspec.structs.replace(config, engine=engine_config)
    function, bundle = await trio.to_thread.run_sync(_function, package)
    runs: dict[str, _FileRun] = {}

    def grants(lineage: Lineage) -> Grants:
        return runs[lineage.function.id].services.grants(lineage)

    def log(lineage: Lineage, level: str, text: str) -> None:
        runs[lineage.function.id].log(level, text)

    async with open_engine(config, grants, log) as engine, engine.compiler.template(function, bundle) as template:
        limiter = trio.CapacityLimiter(wish.jobs)
        async with trio.open_nursery() as nursery:
            for number, path in enumerate(package.tests):
                # Under names of their own, so that no two are in one process: one may have to be killed.
                own = msgspec.structs.replace(function, id=secrets.token_hex(8), name=f"{function.name}@{number}")
                run = _FileRun(own, package, path, wish)
                runs[run.function.id] = run
                nursery.start_soon(run.run, engine, template, limiter, tell)


def _function(package: Tested) -> tuple[Function, Bundle]:
    """The function that runs test files, and its package.  Blocks.  Raises PackageError."""
    prepared = package.prepared
    function = prepared.function
    target: dict[str, str] | None = None
    try:
        main = PackageModules(prepared.bundle, function.handler, function.mocks).main
        target = {"main": main, "contract": function.contract, "handler": function.handler}
    except PackageError:
        pass  # a package of modules alone may be tested, too
    bundle = bundle_with_harness(prepared.bundle, package.tests, bundles.bundle("testing"), target)
    limits = function.limits
    return msgspec.structs.replace(
        function,
        package=bundle.hash,
        contract="web",
        handler=HANDLER,
        mocks={**dict.fromkeys(STANDS_FOR, HARNESS), **function.mocks},
        limits=Limits(max(limits.memory, _LEAST_MEMORY), MAX_FILE, MAX_FILE),
        kv_commit="write",
        services={},
        reuse=False,
    ), bundle


class _FileRun:
    """One file, from its begin to its end."""

    def __init__(self, function: Function, package: Tested, path: str, wish: Wish) -> None:
        self.function = function
        self.services: FunctionServices
        self.result = FileResult(function.family, path)
        self._outbound = package.prepared.outbound
        self._wish = wish
        self._test: list[str] | None = None
        self._at = ""
        self._deadline = 0.0
        self._patience = 0.0
        self._done = False

    def log(self, level: str, text: str) -> None:
        """A line of its console."""
        if len(self.result.logs) < _MAX_LOGS:
            self.result.logs.append(LogLine(level, text))

    async def run(
        self, engine: Engine, template: Template, limiter: trio.CapacityLimiter, tell: Callable[[FileResult], None]
    ) -> None:
        """Run it; what goes wrong is in the result."""
        async with limiter, AsyncExitStack() as stack:
            began = time.perf_counter()
            kv = await stack.enter_async_context(MemoryStore())
            answers = await stack.enter_async_context(CacheStore(None))
            self.services = FunctionServices(kv, answers=answers)
            await stack.enter_async_context(self.services.open(self.function, self._outbound))
            engine.host.prepare(self.function, template)
            stack.callback(engine.host.retire, self.function)
            await self._run(engine)
            self.result.seconds = time.perf_counter() - began
            tell(self.result)

    async def _run(self, engine: Engine) -> None:
        self._wait(self._wish.timeout)
        error: EdgeError | None = None
        ended = False
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._watch, nursery.cancel_scope)
            receipt = await engine.host.invoke(self.function, self._request(), "test", _Events(self.event))
            ended, error = True, receipt.error if receipt.outcome is not Outcome.CANCELED else None
            nursery.cancel_scope.cancel()
        if not self._done:
            said = str(error or "the file ended before its tests did").replace(self.function.name, self.function.family)
            self._broken_off(said if ended else None)

    def _request(self) -> Request:
        body = msgspec.json.encode(
            {"file": self.result.path, "filter": self._wish.filter, "timeout": round(self._wish.timeout * 1000)}
        )
        url = "http://localhost/"
        return Request("POST", url, "/", headers=[("content-length", str(len(body)))], ip="127.0.0.1", body=body)

    async def _watch(self, scope: trio.CancelScope) -> None:
        """End what does not come back."""
        while trio.current_time() < self._deadline:  # noqa: ASYNC110 - it moves meanwhile
            await trio.sleep_until(self._deadline)
        scope.cancel()

    def _wait(self, seconds: float) -> None:
        self._patience = seconds
        self._deadline = trio.current_time() + seconds + GRACE

    def _broken_off(self, reason: str | None) -> None:
        """The isolate is gone: the test that ran has failed, those behind it are not run."""
        if reason is None:
            reason = f"it did not come back within {self._patience:g} s (an endless loop?), so its isolate was ended"
        error = Failure("Error", f"{reason}; tests behind it in this file did not run", self._at)
        if self._test is not None:
            self.result.tests.append(Ran(self._test, "fail", self._patience * 1000, [error]))
        else:
            self.result.errors.append(error)

    def event(self, told: dict[str, Any]) -> None:
        """One thing that the file tells."""
        self._wait(told.get("patience", 0) / 1000 or self._wish.timeout)
        match told["t"]:
            case "start":
                self._test, self._at = told["path"], told["at"]
            case "end":
                self._test = None
                self.result.tests.append(msgspec.convert(told, Ran))
            case "error":
                self.result.errors.append(msgspec.convert(told["error"], Failure))
            case "done":
                self._done = True


class _Events(CollectingExchange):
    """The response of a file: one event on each line."""

    def __init__(self, take: Callable[[dict[str, Any]], None]) -> None:
        super().__init__(0)
        self._take = take
        self._rest = b""

    async def write(self, data: bytes) -> None:
        """See Exchange."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > _MAX_LINE:
            raise CallerError("a test tells more than can be taken")
        for line in lines:
            self._take(msgspec.json.decode(line))
