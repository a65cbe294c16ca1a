"""Runs Node's tests in functions of the real engine."""

from __future__ import annotations

import re
import secrets
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec
import trio

from edge.compose.engine import Engine, open_engine
from edge.compose.services import FunctionServices
from edge.engine.compiler import Compiler
from edge.errors import EdgeError
from edge.function import Function, Limits
from edge.gateway.scheduled_run import CollectingExchange
from edge.gateway.source import ConfigSource
from edge.packages.blob_cache import BlobCache
from edge.packages.bundle import Bundle
from edge.services.egress.policy import Policy
from edge.services.kv.memory import MemoryStore
from edge.services.logs import configure
from edge.services.outbound import Outbound
from edge.units import GIB, MIB
from edge.wire.messages import Request
from tests.node_compat.discover import FOLDER, Test

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PIECES = Path(__file__).with_name("function")
SECONDS = 20.0
MEMORY = 512 * MIB
MAX_FIXTURE = 1 * MIB
_FIXTURE_FOLDERS = ("keys", "crypto", "zlib", "copy", "dotenv", "encoding", "es-modules", "wpt/url/resources")
_NODE_TEST = re.compile(r"""(['"])node:test\1""")


class Subtest(msgspec.Struct, frozen=True):
    """A file as a whole (`name` is ""), or a test() in it; `error` is None when it passed."""

    name: str
    error: str | None
    skipped: str | None = None


class Ran(msgspec.Struct, frozen=True):
    """What became of a test."""

    test: Test
    subtests: list[Subtest]

    @property
    def skipped(self) -> str:
        """Why the test skipped itself; "" when it did not."""
        return next((subtest.skipped for subtest in self.subtests if subtest.skipped), "")


class Runner:
    """An engine, and a corpus."""

    def __init__(self, engine: Engine, services: FunctionServices, compiler: Compiler, corpus: Path) -> None:
        self._engine = engine
        self._services = services
        self._compiler = compiler
        self._corpus = corpus
        self._fixtures = _fixtures(corpus)

    async def run(self, test: Test) -> Ran:
        """Run one test."""
        bundle = await trio.to_thread.run_sync(self._bundle, test)
        exchange = CollectingExchange()
        try:
            problem = await self._invoke(bundle, exchange)
        except EdgeError as error:
            problem = str(error)
        if problem:
            return Ran(test, [Subtest("", problem)])
        return Ran(test, [msgspec.json.decode(line, type=Subtest) for line in exchange.body.splitlines()])

    async def _invoke(self, bundle: Bundle, exchange: CollectingExchange) -> str:
        limits = Limits(memory=MEMORY, timeout=SECONDS, cpu=SECONDS)
        function = Function(secrets.token_hex(8), "node", bundle.hash, contract="express", limits=limits)
        request = Request("GET", "http://localhost/", "/", headers=[("host", "localhost")])
        async with (
            self._services.open(function, Outbound(Policy.from_config([]))),
            self._compiler.template(function, bundle) as template,
        ):
            self._engine.host.prepare(function, template)
            receipt = await self._engine.host.invoke(function, request, "node", exchange)
            self._engine.host.retire(function)
        return "" if receipt.error is None else getattr(receipt.error, "stack", "") or str(receipt.error)

    def _bundle(self, test: Test) -> Bundle:
        place = f"{FOLDER}/{test.name}"
        source = (self._corpus / place).read_text("utf-8")
        own = {path.name: path.read_bytes() for path in PIECES.glob("*.js")}
        files = {
            "index.js": own["index.js"].replace(b"TEST", place.encode()),
            "node_test.js": own["node_test.js"],
            "test/common/index.js": own["common.js"],
            "test/common/crypto.js": own["crypto.js"],
            "test/common/tmpdir.js": own["tmpdir.js"],
            "test/common/wpt.js": own["wpt.js"],
            place: _NODE_TEST.sub("'../../node_test.js'", source).encode(),
        }
        return Bundle.build({**self._fixtures, **files})


def _fixtures(corpus: Path) -> dict[str, bytes]:
    """The helper that finds fixtures, and those that tests of functions could want."""
    helper = corpus / "test/common/fixtures.js"
    found = {"test/common/fixtures.js": helper.read_bytes()} if helper.is_file() else {}
    root = corpus / "test/fixtures"
    folders = [root, *(root / name for name in _FIXTURE_FOLDERS)]
    for path in (path for folder in folders if folder.is_dir() for path in folder.iterdir()):
        if path.is_file() and not path.is_symlink() and path.stat().st_size <= MAX_FIXTURE:
            found[path.relative_to(corpus).as_posix()] = path.read_bytes()
    return found


@asynccontextmanager
async def open_runner(corpus: Path, folder: Path, mode: Literal["cells", "embedded"]) -> AsyncIterator[Runner]:
    """A runner whose engine keeps its files in `folder`."""
    config = ConfigSource(folder=folder, environ={}, sets=(f"storage.data_dir={folder}",)).read()
    configure("console", "error")
    async with MemoryStore() as kv:
        services = FunctionServices(kv)
        async with open_engine(config, services.grants, lambda *_: None, mode=mode) as engine:
            # Each test runs once: to build a snapshot of it would cost more than it saves.
            compiler = Compiler(engine.cache, BlobCache(folder / "tests", GIB), None, engine.compiler._runtime)
            yield Runner(engine, services, compiler, corpus)
