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
from edge.packages.paths import check_path
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
SECONDS = 40.0
MEMORY = 512 * MIB
MAX_FIXTURE = 1 * MIB
MAX_FIXTURES = 5000
# Fixtures that helpers name, not tests.
_FIXTURE_FOLDERS = ("keys", "crypto", "wpt")
_WORD = re.compile(r"""['"`/](?:\.\./fixtures/)?(\w[\w.-]*)""")
_NAMED = re.compile(r"fixtures\.(?:path|fileURL|readSync)\('([\w./-]+)'")
_MISSING = re.compile(r"/app/test/(fixtures/[^'\s]+)|module '\.\./(fixtures/[^']+)'")
_NODE_TEST = re.compile(rb"""(['"])node:test\1""")
# Helpers of which functions need their own: name in test/common -> name in PIECES.
_OWN_HELPERS = {
    "index.js": "common.js",
    "index.mjs": "common.mjs",
    "crypto.js": "crypto.js",
    "tmpdir.js": "tmpdir.js",
    "wpt.js": "wpt.js",
}
_PACKAGE = b'{"name": "node-tests"}'


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
    """An engine, and a corpus: the folder `test` of a checkout."""

    def __init__(self, engine: Engine, services: FunctionServices, compiler: Compiler, corpus: Path) -> None:
        self._engine = engine
        self._services = services
        self._compiler = compiler
        self._corpus = corpus
        folder = corpus / "fixtures"
        self._there = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
        self._helpers = _files(corpus, corpus / "common")

    async def run(self, test: Test) -> Ran:
        """Run one test."""
        bundle = await trio.to_thread.run_sync(self._bundle, test)
        exchange = CollectingExchange()
        try:
            problem = await self._invoke(bundle, exchange)
        except EdgeError as error:
            problem = str(error)
        found = [Subtest("", problem)] if problem else []
        found = found or [msgspec.json.decode(line, type=Subtest) for line in exchange.body.splitlines()]
        problems = [subtest.error for subtest in found if subtest.error is not None]
        lacking = next(filter(None, (self._lacks(problem) for problem in problems)), "")
        if problems and not lacking:
            lacking = await trio.to_thread.run_sync(self._names_nothing, test)
        return Ran(test, [Subtest("", None, f"this corpus has no {lacking}")] if lacking else found)

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
        place = f"test/{FOLDER}/{test.name}"
        source = (self._corpus / FOLDER / test.name).read_bytes()
        own = {path.name: path.read_bytes() for path in PIECES.iterdir()}
        files = {
            "package.json": _PACKAGE,
            "index.js": own["index.js"].replace(b"TEST", place.encode()),
            "node_test.js": own["node_test.js"],
            **{f"test/common/{theirs}": own[ours] for theirs, ours in _OWN_HELPERS.items()},
            place: _NODE_TEST.sub(rb"'../../node_test.js'", source),
        }
        fixtures = self._fixtures_of(source.decode("utf-8", "replace")) if b"fixtures" in source else {}
        return Bundle.build({**self._helpers, **fixtures, **files})

    def _fixtures_of(self, source: str) -> dict[str, bytes]:
        """Files and folders of `fixtures` whose names are in a test."""
        names = self._there & set(_WORD.findall(source))
        found: dict[str, bytes] = {}
        for name in sorted(names | set(_FIXTURE_FOLDERS)):
            found |= _files(self._corpus, self._corpus / "fixtures" / name)
        return found

    def _names_nothing(self, test: Test) -> str:
        """A fixture that the text of a test names, and the corpus has not."""
        source = (self._corpus / FOLDER / test.name).read_text("utf-8", "replace")
        lacking = (f"fixtures/{name}" for name in _NAMED.findall(source) if name.split("/")[0] not in self._there)
        return next(lacking, "")

    def _lacks(self, problem: str) -> str:
        """A fixture that is missing in the corpus and made a test fail; "" when that is not why."""
        named = _MISSING.search(problem)
        path = "" if named is None else next(filter(None, named.groups()))
        there = any((self._corpus / f"{path}{end}").exists() for end in ("", ".js", ".json", "/index.js"))
        return path if path and not there else ""


def _files(root: Path, place: Path) -> dict[str, bytes]:
    """A file, or all files below a folder, that are not too large."""
    paths = sorted(place.rglob("*")) if place.is_dir() else [place]
    found = {}
    for path in paths[:MAX_FIXTURES]:
        name = "test/" + path.relative_to(root).as_posix()
        if path.is_file() and not path.is_symlink() and path.stat().st_size <= MAX_FIXTURE and _fits(name):
            found[name] = path.read_bytes()
    return found


def _fits(name: str) -> bool:
    """Whether a package can have a file of this name: some fixtures are there for their odd names."""
    try:
        check_path(name)
    except EdgeError:
        return False
    return True


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
