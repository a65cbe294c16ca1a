"""What the config changes of a function's modules: some more, some replaced, and whether text becomes code."""

from __future__ import annotations

import json

import pytest

from tests.support.gateway_process import gateway, serving

pytestmark = [pytest.mark.integration, pytest.mark.slow]

EVALUATIONS = """
const kinds = {
  direct: () => eval('1'),
  indirect: () => (0, eval)('1'),
  'new Function': () => new Function('return 1')(),
  Function: () => Function('return 1')(),
  constructor: () => (() => {}).constructor('return 1')(),
  async: () => (async () => {}).constructor('return 1'),
  generator: () => (function* () {}).constructor('yield 1'),
  'async generator': () => (async function* () {}).constructor('yield 1'),
  reflected: () => Reflect.construct(Object.getPrototypeOf(async () => {}).constructor, ['return 1']),
  parent: () => Object.getPrototypeOf((async () => {}).constructor)('return 1')(),
  derived: () => new (class extends (() => {}).constructor {})('return 1')(),
  compiled: () => new module.constructor('x')._compile('module.exports = 1', '/app/x.js'),
};
const attempt = (make) => {
  try {
    make();
    return 'ran';
  } catch (error) {
    return `${error.name}${error instanceof EvalError}`;
  }
};
const results = () => Object.fromEntries(Object.entries(kinds).map(([kind, make]) => [kind, attempt(make)]));
const early = results();
module.exports = (req, res) => {
  const of_functions = [(() => {}) instanceof Function, typeof Function.prototype.call, Function.name, Function.length];
  const intact = [...of_functions, eval(5), eval.name];
  res.json({ early, late: results(), intact, late_module: require('./l' + 'ate').value });
};
"""
INTACT = [True, "function", "Function", 1, 5, "eval"]


@pytest.mark.parametrize("snapshots", [True, False], ids=["snapshots", "no snapshots"])
def test_text_becomes_code_unless_the_config_forbids_it(tmp_path, snapshots):
    """While the package is loaded and in requests, in every way that the language has; modules still load."""
    files = {"index.js": EVALUATIONS, "late.js": "exports.value = 'loaded late';"}
    functions = {"may": files, "must-not": {**files, "function.toml": "eval = false"}}
    with serving(tmp_path, functions, snapshots=snapshots) as edge:
        may, must_not = edge.get("/may").json(), edge.get("/must-not").json()
    assert set(may["early"].values()) | set(may["late"].values()) == {"ran"}
    assert set(must_not["early"].values()) | set(must_not["late"].values()) == {"EvalErrortrue"}
    assert may["intact"] == must_not["intact"] == INTACT
    assert may["late_module"] == must_not["late_module"] == "loaded late"


CONFIG = """
[functions.mocked]
mock_modules = { "aws-sdk" = "./mocks/aws.js", "fs" = "mocks/fs.js", "@scope/part/deep" = "mocks/deep.mjs" }
modules = { "company-lib" = "shared/company", "@company/single" = "shared/single.ts", archived = "shared/archived" }
[[routes]]
path = "/mocked"
function = "mocked"
[functions.plain]
package = "mocked"
[[routes]]
path = "/plain"
function = "plain"
[functions.itself]
[[routes]]
path = "/itself"
function = "itself"
"""
MOCKED = {
    "index.js": (
        "const attempt = (load) => { try { return load().is ?? 'real' } catch (error) { return error.code } };"
        "module.exports = (req, res) => res.json(["
        "() => require('aws-sdk'), () => require('fs'), () => require('node:fs'), () => require('fs/promises'),"
        "() => require('@scope/part/deep'), () => require('dep'), () => require('company-lib'),"
        "() => require('@company/single'), () => require('archived')].map(attempt));"
    ),
    "node_modules/dep/index.js": "exports.is = require('fs').is ?? 'real';",
    "node_modules/company-lib/index.js": "exports.is = 'its own';",
    "mocks/aws.js": "exports.is = 'mock of aws';",
    "mocks/fs.js": "exports.is = 'mock of fs over ' + typeof require('fs').readFileSync;",
    "mocks/deep.mjs": "export const is = 'deep mock';",
}
COMPANY = {
    "package.json": '{"name": "company-lib", "exports": {".": "./lib/main.js", "./package.json": "./package.json"}}',
    "lib/main.js": "exports.is = 'from ' + require('company-lib/package.json').name;",
}


def test_modules_are_added_and_replaced(tmp_path):
    """By the gateway's file for one function, by the package for itself; other functions of it are as they were."""
    files = {f"functions/mocked/{name}": text for name, text in MOCKED.items()}
    files |= {f"functions/shared/company/{name}": text for name, text in COMPANY.items()}
    files["functions/shared/single.ts"] = "export const is: string = 'single';"
    files["functions/shared/archived/index.js"] = "exports.is = 'another';"
    files["functions/itself/index.mjs"] = (
        "import { is } from 'node:os'; export default { fetch: () => Response.json(is) };"
    )
    files["functions/itself/mock.js"] = "exports.is = 'of its own';"
    files["functions/itself/function.toml"] = 'mock_modules = { os = "mock.js" }'
    with gateway(tmp_path, "--config", "edge.toml", files={**files, "edge.toml": CONFIG}) as edge:
        fs = "mock of fs over function"
        mocked = ["mock of aws", fs, fs, "real", "deep mock", fs, "from company-lib", "single", "another"]
        assert edge.get("/mocked").json() == mocked
        missing = "MODULE_NOT_FOUND"
        plain = [missing, "real", "real", "real", missing, "real", "its own", missing, missing]
        assert edge.get("/plain").json() == plain
        assert edge.get("/itself").json() == "of its own"
        functions = {entry["name"]: entry for entry in edge.operate("GET", "/functions").json()["functions"]}
        assert functions["mocked"]["package"] != functions["plain"]["package"]
        config = CONFIG.replace("./mocks/aws.js", "./mocks/none.js")
        (tmp_path / "edge.toml").write_text(config)
        [refused] = edge.logged(event="reload_failed")
        assert "mock_modules: aws-sdk: there is no file './mocks/none.js' in the package" in refused["error"]
        assert edge.get("/mocked").json() == mocked


def test_a_module_that_is_not_there_is_told(tmp_path):
    """With the key and the name."""
    config = json.dumps("shared/none")
    toml = f'[functions.f]\nmodules = {{ lib = {config} }}\n[[routes]]\npath = "/"\nfunction = "f"\n'
    files = {"functions/f/index.js": "module.exports = (req, res) => res.end();", "edge.toml": toml}
    with gateway(tmp_path, "--config", "edge.toml", files=files) as edge:
        [broken] = edge.log(event="function_broken")
        assert broken["error"].startswith("modules: lib: there is no package 'shared/none'")


NAMED = """
const shop = {};
shop.pay = () => { throw new Error('no'); };
exports.handler = (event) => { try { shop.pay(); } catch (error) { return error.stack; } };
"""


def test_stack_traces_are_the_same_in_every_invocation(tmp_path):
    """Those of functions without a name have the one of what they were assigned to, however they were compiled."""
    with serving(tmp_path, {"named": {"index.js": NAMED}}) as edge:
        stacks = [edge.get("/named").text for _ in range(4)]
    assert "at shop.pay (/app/index.js:3:" in stacks[0]
    assert "at exports.handler (/app/index.js:4:" in stacks[0]
    assert len(set(stacks)) == 1
