"""Modules are what they are under Node: cycles, live bindings, both kinds together, resolution, `require`, `module`.

The cases are small packages in cases.json, each with what Node says of it; record.py asks Node again.
"""

from __future__ import annotations

import json

import pytest

from edge.packages.bundle import Bundle
from tests.modules.record import CASES, ENTRIES
from tests.support.embedded_rig import FakeExchange, make_function, open_rig
from tests.support.zygote_rig import open_builder

EVENT = "\n;exports.handler = async () => ({ statusCode: 200, body: JSON.stringify(exports.out) });"
WEB = "import {{ out }} from './{entry}'; export default {{ fetch: () => new Response(JSON.stringify(out)) }};"


def package(case):
    """The case as a function that answers its `out`: the bundle, and what the function's config says."""
    files = dict(case["files"])
    entry = next(name for name in ENTRIES if name in files)
    settings = {"handler": "index.handler"}
    if entry == "index.cjs":
        files[entry] = files[entry].replace("return;", f"{EVENT[2:]} return;") + EVENT
    else:
        manifest = {
            key: value for key, value in json.loads(files.get("package.json", "{}")).items() if key != "exports"
        }
        files["package.json"] = json.dumps({**manifest, "main": "answer.mjs"})
        files["answer.mjs"] = WEB.format(entry=entry)
        settings = {"contract": "web"}
    return Bundle.build({path: text.encode() for path, text in files.items()}, case.get("links", {})), settings


async def answer(rig, case):
    """What the function says."""
    bundle, settings = package(case)
    function = make_function(bundle, **settings)
    async with rig.compiler.template(function, bundle) as template:
        rig.host.prepare(function, template)
        exchange = FakeExchange()
        receipt = await rig.invoke(function, exchange)
        rig.host.retire(function)
        return receipt.error.stack or str(receipt.error) if receipt.error else json.loads(exchange.body)


@pytest.mark.parametrize("level", ["source", pytest.param("snapshot", marks=pytest.mark.slow)])
async def test_modules_are_what_they_are_under_node(tmp_path, level):
    """Also when the top level has run before the request came (a fifth of them: each is a build)."""
    cases = json.loads(CASES.read_text("utf-8"))
    wrong = {}
    async with open_builder() as builder, open_rig(tmp_path, builder if level == "snapshot" else None) as rig:
        for name, case in list(cases.items())[:: 1 if level == "source" else 5]:
            found = await answer(rig, case)
            if found != case["is"]:
                wrong[name] = {"is": found, "should be": case["is"]}
    assert not wrong, json.dumps(wrong, indent=1)


async def test_what_edge_adds(tmp_path):
    """Modules that Node does not have, and the decisions of docs/how-to/modules.md: beyond.json."""
    cases = json.loads(CASES.with_name("beyond.json").read_text("utf-8"))
    async with open_rig(tmp_path) as rig:
        found = {name: await answer(rig, case) for name, case in cases.items()}
    assert found == {name: case["is"] for name, case in cases.items()}
