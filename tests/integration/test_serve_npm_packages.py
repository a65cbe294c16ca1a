"""Popular packages from npm give in a function what they give under Node.

The programs are in tests/packages: those that end in .mjs import what they use and are functions of the web contract,
those that end in .cjs require it and are of the Express contract.  All are in one gateway.  Their packages are
in tests/packages/package-lock.json.  docs/decisions/npm-packages.md has what else was tried.
"""

from __future__ import annotations

import json
import re
import shutil

import pytest

from tests.support.gateway_process import gateway
from tests.support.npm_packages import ROOT, Lock, imported, installed, told_by_node
from tests.support.vendor_origin import vendor_origin

pytestmark = [pytest.mark.integration, pytest.mark.slow]

PROGRAMS = ROOT / "tests" / "packages"
PATHS = {path.name.rpartition(".")[0]: path for path in sorted((PROGRAMS / "programs").glob("*.[cm]js"))}
INDEX = {
    ".mjs": """import { run } from './program.mjs';
import { shown } from './shown.mjs';
export default { fetch: async (request, env) => new Response(await shown(run, env)) };
""",
    ".cjs": """const { run } = require('./program.cjs');
const { shown } = require('./shown.mjs');
module.exports = async (req, res) => res.type('text').send(await shown(run, process.env));
""",
}
_REQUIRED = re.compile(r"""\brequire\('((?:@[\w.-]+/)?[\w-][\w.-]*)""")
NEEDS_EVAL = sorted(name for name, path in PATHS.items() if "needs eval." in path.read_text("utf-8"))
ENGINE_MODES = ("cells",)


@pytest.fixture(scope="session")
def packages():
    """The folder of npm packages."""
    return installed("tests/packages", "npm-packages")


@pytest.fixture(scope="session")
def variables():
    """Those of every program."""
    with vendor_origin() as url:
        yield {"ORIGIN": url, "NODE_ENV": "production"}


def write_function(folder, path, lock, variables):
    """A function that runs one program, with the packages that it uses."""
    folder.mkdir(parents=True)
    shutil.copy(path, folder / f"program{path.suffix}")
    shutil.copy(PROGRAMS / "shown.mjs", folder)
    (folder / f"index{path.suffix}").write_text(INDEX[path.suffix], "utf-8")
    settings = "".join(f"{key} = {json.dumps(value)}\n" for key, value in variables.items())
    (folder / "function.toml").write_text(f"[env]\n{settings}", "utf-8")
    source = path.read_text("utf-8")
    lock.copy(imported(source) | set(_REQUIRED.findall(source)), folder)


@pytest.fixture(scope="session")
def expected(packages, variables, tmp_path_factory):
    """What Node gives, by program."""
    folder = tmp_path_factory.mktemp("node")
    shutil.copytree(PROGRAMS, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("package*.json"))
    (folder / "node_modules").symlink_to(packages / "node_modules")
    programs = {name: str(folder / "programs" / path.name) for name, path in PATHS.items()}
    plan = {"env": variables, "out": str(folder / "out.json"), "programs": programs}
    return told_by_node(folder / "node.mjs", plan, folder, "out.json", **variables)


@pytest.fixture(scope="module")
def edge(packages, variables, tmp_path_factory):
    """One gateway with all programs as functions."""
    folder = tmp_path_factory.mktemp("packages")
    lock = Lock(packages)
    for name, path in PATHS.items():
        write_function(folder / "functions" / name, path, lock, variables)
    arguments = ["--functions", str(folder / "functions"), "--set", 'egress.allow=["127.0.0.1"]']
    with gateway(folder, *arguments) as running:
        running.client.timeout = 30
        yield running


@pytest.mark.parametrize("name", PATHS)
def test_a_package_gives_what_it_gives_under_node(edge, expected, name):
    """The output of its program, to the last character."""
    answer = edge.get(f"/{name}")
    problems = [entry.get("stack", "")[:600] for entry in edge.log(event="request", function=name) if "stack" in entry]
    assert answer.status_code == 200, (answer.text, problems)
    assert answer.text == expected[name]


def test_six_popular_packages_that_need_eval_are_among_them():
    """It is allowed unless a function forbids it."""
    assert len(NEEDS_EVAL) >= 6
    assert {"ajv", "ejs", "handlebars", "lodash", "nunjucks", "protobufjs", "pug"} <= set(NEEDS_EVAL)
