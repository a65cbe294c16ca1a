"""A package of thousands of files costs what its top level touches: counted, not timed."""

from __future__ import annotations

import pytest

from edge.engine.build import Level
from edge.engine.package_modules import PackageModules
from edge.packages.bundle import Bundle
from edge.packages.folder import read_folder
from edge.units import KIB
from edge.wire.messages import Request
from tests.support.embedded_rig import FakeExchange, make_compiler, make_function, open_rig
from tests.support.zygote_rig import open_builder

pytestmark = pytest.mark.slow

ENTRY = "const one = require('dep0/lib0'); module.exports = (req, res) => res.end(one.text);"
LIBRARY = (
    "exports.text = 'from a library'; exports.more = (a, b) => { const x = a * 3 + b; return x > 3 ? x : -x; };\n" * 10
)


def library(dependencies, files):
    return {f"node_modules/dep{d}/lib{f}.js": LIBRARY for d in range(dependencies) for f in range(files)}


def bundle_of(files):
    return Bundle.build({path: text.encode() for path, text in files.items()})


class Counting:
    """A builder that counts what it is asked for; without one behind it, it must not be asked."""

    def __init__(self, builder=None):
        self._builder = builder
        self.requests = []

    async def build(self, request, **how):
        self.requests.append(request)
        assert self._builder is not None, "the package was compiled before"
        return await self._builder.build(request, **how)


@pytest.fixture
async def builder():
    async with open_builder() as builder:
        yield Counting(builder)


async def test_of_five_thousand_files_only_those_that_are_reached_are_built(tmp_path, builder):
    """Its snapshot is as large as if the others were not there; the same content again is no work at all."""
    large, small = bundle_of({"index.js": ENTRY, **library(100, 50)}), bundle_of({"index.js": ENTRY, **library(1, 1)})
    assert len(large.files) == 5001
    compiler = make_compiler(tmp_path / "cache", builder)
    async with compiler.template(make_function(large), large) as of_large:
        assert of_large.level is Level.INITIALISED
        assert of_large.report.files == 5001
    async with compiler.template(make_function(small), small) as of_small:
        assert abs(len(of_large.blob_bytes()) - len(of_small.blob_bytes())) < 4 * KIB
    assert [len(request.modules) for request in builder.requests] == [2, 2]
    for path in large.files:
        (tmp_path / "again" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "again" / path).write_bytes(large.read(path))
    again = read_folder(tmp_path / "again").bundle
    assert again.hash == large.hash
    async with compiler.template(make_function(again), again) as in_memory:
        assert in_memory is of_large
    async with make_compiler(tmp_path / "cache", Counting()).template(make_function(again), again) as on_disk:
        assert on_disk.blob_bytes() == of_large.blob_bytes()


LAZY = "const lazy = { %s }; module.exports = (req, res) => res.end(lazy[req.query.n]().text);"


@pytest.mark.parametrize(
    ("first", "level"), [("", Level.INITIALISED), ("const id = Math.random();", Level.COMPILED)], ids=["pure", "impure"]
)
async def test_what_is_required_in_functions_is_not_in_the_snapshot(tmp_path, builder, first, level):
    """Neither its text nor where its name leads; it is there when it is asked for."""
    names = [f"dep{d}/lib{f}" for d in range(10) for f in range(50)]
    entry = first + LAZY % ", ".join(f"'{name}': () => require('{name}')" for name in names)
    without = first + LAZY % ", ".join(f"'{name}': () => ({{ text: '{name}' }})" for name in names)
    large, small = bundle_of({"index.js": entry, **library(10, 50)}), bundle_of({"index.js": without})
    async with open_rig(tmp_path, builder) as rig:
        sizes = []
        for bundle in (large, small):
            async with rig.compiler.template(make_function(bundle), bundle) as template:
                assert template.level is level, template.reason
                sizes.append(len(template.blob_bytes()))
        assert sizes[0] - sizes[1] < 24 * KIB, sizes
        files = {path: large.text(path) for path in large.files}
        async with rig.deployed(files) as function:
            exchange = FakeExchange()
            receipt = await rig.invoke(function, exchange, Request("GET", "http://f/?n=dep7/lib7", "/", "n=dep7/lib7"))
            assert (receipt.error, exchange.body) == (None, b"from a library")


def test_names_of_late_modules_stay_out_of_the_static_graph():
    """What only a computed name can lead to is prepared, and nobody's snapshot holds it."""
    files = {
        "index.js": "module.exports = (req, res) => import('./pages/' + req.query.page);",
        "pages/a.mjs": "export const a = 1;",
        "pages/b.ts": "export const b: number = 2;",
        "pages/c.d.ts": "export declare const c: number;",
        "node_modules/dep/index.mjs": "export const d = 1;",
    }
    raws = {raw.path: raw for raw in PackageModules(bundle_of(files)).raws()}
    assert {path for path, raw in raws.items() if raw.late} == {"/app/pages/a.mjs", "/app/pages/b.ts"}
    assert "/app/node_modules/dep/index.mjs" not in raws
