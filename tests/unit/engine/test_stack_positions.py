"""Positions in stacks are those of what the author wrote, whatever was made of it."""

from __future__ import annotations

import json

import pytest

from tests.support.embedded_rig import FakeExchange, open_rig
from tests.support.zygote_rig import open_builder

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def vlq(*numbers: int) -> str:
    """Numbers as a source map writes them."""
    text = ""
    for number in numbers:
        rest = (-number << 1) | 1 if number < 0 else number << 1
        while True:
            rest, digit = rest >> 5, rest & 31
            text += ALPHABET[digit | 32 if rest else digit]
            if not rest:
                break
    return text


@pytest.fixture(params=["source", "snapshot"])
async def stack_of(request, tmp_path):
    """The stack that a function answers with, by its files."""

    async def stack(rig, files):
        exchange = FakeExchange()
        async with rig.deployed(files) as function:
            receipt = await rig.invoke(function, exchange)
        assert receipt.error is None, receipt.error.message
        return exchange.body.decode()

    if request.param == "source":
        async with open_rig(tmp_path) as rig:
            yield lambda files: stack(rig, files)
    else:
        async with open_builder() as builder, open_rig(tmp_path, builder=builder) as rig:
            yield lambda files: stack(rig, files)


TYPESCRIPT = """\
import { inspect } from 'node:util';
import { fail as failing, type Options } from './lib/fail';
interface Unused { a: number }
const options: Options = { text: 'boom' }; export default { fetch(request: Request): Response { void inspect;
  try { return failing(options as Options) as Response; } catch (error: unknown) {
    return new Response((error as Error).stack);
  }
} };
"""
FAIL = """\
export type Options = { text: string };
export function fail<T extends Options>(options: T): unknown { const it: string = options.text; throw new Error(it); }
"""


async def test_typescript(stack_of):
    """Types and imports are gone, which moves columns."""
    stack = await stack_of({"index.ts": TYPESCRIPT, "lib/fail.ts": FAIL})
    first, second, third = stack.split("\n")[:3]
    column = FAIL.split("\n")[1].index("new Error") + 1
    assert (first, second) == ("Error: boom", f"    at fail (/app/lib/fail.ts:2:{column})")
    line = TYPESCRIPT.split("\n")[4]
    assert f"(/app/index.ts:5:{line.index('failing') + 1})" in third


async def test_an_es_module(stack_of):
    """All on the first line, where wrapper and helpers of the transform are, too."""
    source = (
        "import { sep } from 'node:path'; export default () => "
        "{ try { throw new Error(sep) } catch (error) { return new Response(error.stack) } }"
    )
    stack = await stack_of({"index.mjs": source})
    assert f"/app/index.mjs:1:{source.index('new Error') + 1}" in stack


async def test_commonjs_on_the_first_line(stack_of):
    """Nothing but the wrapper moves it."""
    source = "module.exports = (req, res) => res.send(new Error('x').stack)"
    assert f"/app/index.js:1:{source.index('new Error') + 1}" in await stack_of({"index.js": source})


BUILT = 'module.exports=(q,s)=>{s.send(function n(){return new Error("x")}().stack)};'


def built_map(**more: object) -> str:
    """`new` comes from src/handler.ts:7:12, the call from :20:3."""
    new, call = BUILT.index("new Error"), BUILT.index("().stack")
    mappings = f"{vlq(0, 0, 0, 0)},{vlq(new, 0, 6, 11)},{vlq(call - new, 0, 13, -9)}"
    return json.dumps({"version": 3, "sources": ["../src/handler.ts"], "names": [], "mappings": mappings, **more})


async def test_a_bundle_with_a_map(stack_of):
    """The map's places instead of those of the file that runs."""
    files = {
        "package.json": '{"main": "dist/index.js"}',
        "dist/index.js": f"{BUILT}\n//# sourceMappingURL=index.js.map\n",
        "dist/index.js.map": built_map(),
    }
    stack = await stack_of(files)
    assert stack.split("\n")[1] == "    at n (/app/src/handler.ts:7:12)"


async def test_an_es_bundle_with_a_map(stack_of):
    """Back through the transform first, then through the map."""
    built = 'import{sep as e}from"path";export default()=>new Response(new Error(e).stack);'
    at = built.index("new Error")
    source_map = {"version": 3, "sources": ["src/a.ts"], "mappings": f"{vlq(0, 0, 0, 0)},{vlq(at, 0, 41, 4)}"}
    stack = await stack_of({"index.mjs": built, "index.mjs.map": json.dumps(source_map)})
    assert "/app/src/a.ts:42:5" in stack


@pytest.mark.parametrize(
    "bad",
    [
        {"mappings": "!!!!"},
        {"mappings": "A" * 1000},
        {"mappings": "ggggggggggggggggggggggggggggB"},
        {"mappings": vlq(0, 900, 0, 0)},
        {"mappings": vlq(0, -1, -5, -5)},
        {"sources": [None]},
        {"sources": []},
        {"mappings": ";" * 100_000},
    ],
)
async def test_a_bad_map_is_no_harm(stack_of, bad):
    """The place is in the built file, or what the map says, but there is a stack."""
    files = {"index.js": BUILT, "index.js.map": built_map(**bad)}
    stack = await stack_of(files)
    assert stack.startswith("Error: x\n    at n (/")


async def test_what_is_logged_and_what_fails_has_the_same_places(tmp_path):
    """The log, and the error of the invocation."""
    source = "export default (): Response => { const n: number = 1; throw new RangeError(String(n)); };\n"
    async with open_rig(tmp_path) as rig, rig.deployed({"index.ts": source}) as function:
        receipt = await rig.invoke(function, FakeExchange())
    assert f"/app/index.ts:1:{source.index('new Range') + 1}" in receipt.error.stack


async def test_a_top_level_may_put_a_formatter_in_place_for_a_moment(stack_of):
    """What it puts back is none where a snapshot is built; ours comes all the same."""
    source = (
        "const own = Error.prepareStackTrace; Error.prepareStackTrace = (_, s) => s; Error.prepareStackTrace = own;"
        "module.exports = (req, res) => res.send(new Error('x').stack)"
    )
    assert f"/app/index.js:1:{source.index('new Error') + 1}" in await stack_of({"index.js": source})


async def test_a_formatter_of_the_package_stays(stack_of):
    """Also in a snapshot."""
    source = (
        "Error.prepareStackTrace = (e) => `mine ${e.message}`; module.exports = (q, s) => s.send(new Error('x').stack)"
    )
    assert await stack_of({"index.js": source}) == "mine x"
