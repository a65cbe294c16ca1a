"""edge/runtime/node/support.json says the truth: compared with an isolate, and with Node."""

from __future__ import annotations

import json
import subprocess
from functools import partial

import pytest
import trio

from edge.compose.invoke import Invocation, invoke
from edge.gateway.source import ConfigSource
from edge.runtime.node_modules import SUPPORT
from hatch_build import Node

MEMBERS = """
const members = (module) => {
  const found = [];
  for (let one = module; one && one !== Object.prototype; one = Object.getPrototypeOf(one)) {
    found.push(...Object.getOwnPropertyNames(one));
    if (onlyOwn) break;
  }
  return found;
};
const ask = (names) => Object.fromEntries(names.map((name) => {
  try {
    return [name, members(require(name))];
  } catch (error) {
    return [name, { code: error.code, message: error.message }];
  }
}));
"""
OF_FUNCTIONS = {"length", "name", "prototype", "arguments", "caller", "constructor"}
PRIVATE = ("_", "node:internal", "internal")

pytestmark = [pytest.mark.integration, pytest.mark.slow]


@pytest.fixture(scope="module")
def of_node():
    """Module of Node -> its public members."""
    program = (
        "const onlyOwn = true;" + MEMBERS + "console.log(JSON.stringify(ask(require('node:module').builtinModules)))"
    )
    done = subprocess.run([Node().node, "--no-warnings", "-e", program], capture_output=True, check=True, timeout=30)
    found = json.loads(done.stdout)
    return {
        name: {member for member in members if not member.startswith("_")} - OF_FUNCTIONS
        for name, members in found.items()
        if not name.startswith(PRIVATE)
    }


@pytest.fixture(scope="module")
def of_edge(tmp_path_factory):
    """The same of a function; for what cannot be loaded, the error."""
    folder = tmp_path_factory.mktemp("support")
    (folder / "probe").mkdir()
    names = json.dumps(sorted(SUPPORT))
    (folder / "probe" / "index.js").write_text(
        f"const onlyOwn = false; {MEMBERS} module.exports = (req, res) => res.json(ask({names}));"
    )
    source = ConfigSource(folder=folder, sets=(f"storage.data_dir={folder}/data",), environ={})
    result = trio.run(partial(invoke, source, Invocation("probe", "/", "GET", [], None, {})))
    assert not result.problem, result.problem
    return json.loads(result.body)


def test_every_module_of_node_is_listed(of_node):
    """And nothing else is, but for what Node keeps to itself until it is asked for by `node:`, or has behind a flag."""
    assert set(of_node) <= set(SUPPORT)
    packages = {name for name, entry in SUPPORT.items() if entry.package}
    assert set(SUPPORT) - set(of_node) - packages <= {"node:quic", "node:sqlite"}


def test_every_member_is_there_or_has_a_reason(of_node, of_edge):
    """What is missing is in support.json with the reason, and what is listed there is really missing."""
    for name, entry in SUPPORT.items():
        if entry.support == "absent" or entry.package:
            continue
        missing = of_node[name] - set(of_edge[name])
        unexplained = sorted(member for member in missing if not entry.why_absent(member))
        assert not unexplained, f"{name}: neither there nor in edge/runtime/node/support.json: {unexplained}"
        stale = [member for members in entry.absent.values() for member in members if member in of_edge[name]]
        assert not stale, (
            f"{name}: edge/runtime/node/support.json says that these are absent, and they are there: {stale}"
        )
        limited = [member for members in entry.limited.values() for member in members if member not in of_edge[name]]
        assert not limited, (
            f"{name}: edge/runtime/node/support.json says that these are limited, and they are absent: {limited}"
        )
        assert (entry.support == "full") == (not entry.absent and not entry.limited), name


def test_what_is_absent_says_why(of_edge):
    """The message has the reason, the code says whether there is hope."""
    for name, entry in SUPPORT.items():
        if entry.support == "absent":
            code = "ERR_UNKNOWN_BUILTIN_MODULE" if entry.refused else "MODULE_NOT_FOUND"
            message = f"Cannot use module '{name.removeprefix('node:')}': {entry.reason}"
            assert of_edge[name] == {"code": code, "message": message}
