"""Runs tests in functions of the real engine, and tells what became of each."""

from __future__ import annotations

import secrets
import urllib.request
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec
import trio

from edge.compose.engine import Engine, open_engine
from edge.compose.services import FunctionServices
from edge.engine.compiler import Compiler
from edge.function import Function, Limits
from edge.gateway.scheduled_run import CollectingExchange
from edge.gateway.source import ConfigSource
from edge.packages.blob_cache import BlobCache
from edge.packages.bundle import Bundle
from edge.services.cache.store import CacheStore
from edge.services.egress.policy import Policy
from edge.services.kv.memory import MemoryStore
from edge.services.logs import configure
from edge.services.outbound import Outbound
from edge.units import GIB, MIB
from edge.wire.messages import Request
from tests.wpt.discover import Test

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

FUNCTION = Path(__file__).with_name("function.js")
HARNESS = "resources/testharness.js"
# What the corpus' server has under another name than the file system.
ALIASES = {"resources/WebIDLParser.js": "resources/webidl2/lib/webidl2.js"}
SECONDS = 15.0
LONG_SECONDS = 90.0
MEMORY = 512 * MIB
PASS = 0


class Subtest(msgspec.Struct, frozen=True):
    """One subtest; `status` as in testharness.js: 0 PASS, 1 FAIL, 2 TIMEOUT, 3 NOTRUN, 4 PRECONDITION_FAILED."""

    name: str
    status: int
    message: str = ""
    stack: str = ""


class Ran(msgspec.Struct, frozen=True):
    """What became of a test; `problem` when it did not come to its end."""

    test: Test
    subtests: list[Subtest]
    problem: str = ""

    @property
    def passed(self) -> int:
        """How many subtests passed."""
        return sum(subtest.status == PASS for subtest in self.subtests)


class _Line(msgspec.Struct):
    name: str | None = None
    status: int = 0
    message: str = ""
    stack: str = ""
    done: int | None = None


class Runner:
    """An engine, and functions in it that may reach the corpus' server."""

    def __init__(
        self, engine: Engine, services: FunctionServices, compiler: Compiler, corpus: Path, ports: Sequence[int]
    ) -> None:
        self._engine = engine
        self._services = services
        self._compiler = compiler
        self._corpus = corpus
        self._origin = f"http://localhost:{ports[0]}"
        hosts = [f"{host}:{port}" for port in ports for host in ("127.0.0.1", "[::1]")]
        named = [{"host": "localhost", "port": port, "private": True} for port in ports]
        self._policy = Policy.from_config([*hosts, *named])

    async def run(self, test: Test, *, patience: float = 1.0) -> Ran:
        """Run one test; `patience` lengthens the time that it has."""
        seconds = (LONG_SECONDS if test.long else SECONDS) * patience
        try:
            bundle = await trio.to_thread.run_sync(self._bundle, test, seconds)
        except OSError as error:
            return Ran(test, [], f"a script of the test cannot be read: {error}")
        exchange = CollectingExchange()
        problem = await self._invoke(bundle, seconds, exchange)
        subtests, done = _parse(exchange.body)
        return Ran(test, subtests, problem or ("" if done else "the harness did not come to its end"))

    async def _invoke(self, bundle: Bundle, seconds: float, exchange: CollectingExchange) -> str:
        limits = Limits(memory=MEMORY, timeout=seconds + 10, cpu=seconds + 10)
        function = Function(secrets.token_hex(8), "wpt", bundle.hash, contract="express", limits=limits, kv="wpt")
        request = Request("GET", "http://localhost/", "/", headers=[("host", "localhost")])
        async with (
            self._services.open(function, Outbound(self._policy)),
            self._compiler.template(function, bundle) as template,
        ):
            self._engine.host.prepare(function, template)
            receipt = await self._engine.host.invoke(function, request, "wpt", exchange)
            self._engine.host.retire(function)
        return "" if receipt.error is None else getattr(receipt.error, "stack", "") or str(receipt.error)

    def _bundle(self, test: Test, seconds: float) -> Bundle:
        helpers = [path for path in test.scripts if self._exists(path)]
        paths = (HARNESS, *helpers, test.path)
        job = {
            "scripts": [{"path": path, "source": self._source(path)} for path in paths],
            "href": f"{self._origin}/{test.path.removesuffix('.js')}.worker.html{test.variant}",
            "idl": test.is_idl,
            "relative": not test.area.startswith(("fetch", "xhr")),
            "seconds": seconds,
        }
        return Bundle.build({"index.js": FUNCTION.read_bytes(), "job.json": msgspec.json.encode(job)})

    def _exists(self, path: str) -> bool:
        """A part of the corpus may lack a helper that a test names; a browser would go on without it, too."""
        return "?" in path or (self._corpus / ALIASES.get(path, path)).is_file()

    def _source(self, path: str) -> str:
        path = ALIASES.get(path, path)
        if ".sub." not in path and "?" not in path:
            return (self._corpus / path).read_text("utf-8")
        with urllib.request.urlopen(f"{self._origin}/{path}", timeout=10) as answer:
            return str(answer.read().decode("utf-8"))


@asynccontextmanager
async def open_runner(
    corpus: Path, folder: Path, ports: Sequence[int], mode: Literal["cells", "embedded"]
) -> AsyncIterator[Runner]:
    """A runner whose engine keeps its files in `folder`."""
    config = ConfigSource(folder=folder, environ={}, sets=(f"storage.data_dir={folder}",)).read()
    configure("console", "error")
    async with MemoryStore() as kv, CacheStore(None) as answers:
        services = FunctionServices(kv, answers=answers)
        async with open_engine(config, services.grants, _drop, mode=mode) as engine:
            # Each test runs once: to build a snapshot of it would cost more than it saves.
            disk = BlobCache(folder / "tests", GIB)
            compiler = Compiler(engine.cache, disk, None, engine.compiler._runtime)
            yield Runner(engine, services, compiler, corpus, ports)


def _drop(invocation: object, level: str, text: str) -> None:
    """What tests log is of no interest."""


def _parse(body: bytes) -> tuple[list[Subtest], bool]:
    """The subtests, and whether the harness came to its end."""
    subtests, done = [], False
    for line in body.splitlines():
        try:
            found = msgspec.json.decode(line, type=_Line)
        except msgspec.DecodeError:
            continue  # cut off in the middle
        if found.done is not None:
            done = found.done == PASS
        elif found.name is not None:
            subtests.append(Subtest(found.name, found.status, found.message, found.stack))
    return subtests, done
