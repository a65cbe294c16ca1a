"""edge/types declares what a function finds, no more and no less; the compiler accepts what functions write with it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys

import pytest

from edge.compose.scaffold import new_package, write_package
from edge.runtime.node_modules import PROVIDED
from hatch_build import Node
from tests.support import declarations
from tests.support.gateway_process import REPOSITORY, run_edge
from tests.support.npm_packages import installed

pytestmark = [pytest.mark.integration, pytest.mark.slow]

HERE = REPOSITORY / "tests" / "types"
APPS = REPOSITORY / "tests" / "apps"
INDEX = str(declarations.FOLDER / "index.d.ts")
OPTIONS = {
    "lib": ["ESNext"],
    "types": [],
    "strict": True,
    "noEmit": True,
    "target": "ESNext",
    "module": "ESNext",
    "moduleResolution": "bundler",
    "moduleDetection": "force",
    "allowJs": True,
    "checkJs": True,
    "allowImportingTsExtensions": True,
    # An example shows its subject, not JSDoc for each parameter; TypeScript has its types.
    "noImplicitAny": True,
}
# Of ECMAScript itself, but declared by "lib": ["DOM"].
OF_THE_LANGUAGE = {"WebAssembly"}
# CommonJS modules have these, and no other code.
OF_MODULES = {"module", "exports", "__filename", "__dirname"}
OBJECTS = {"console": "Console", "kv": "KVNamespace"}
# What Node has on its classes without telling anybody.
INTERNAL = {
    "Buffer": r"(ascii|base64|base64url|hex|latin1|ucs2|utf16le|utf8)(Slice|Write)"
    r"|inspect|nodejs\.util\.inspect\.custom|toLocaleString",
    "EventEmitter": r"_events|_eventsCount|_maxListeners",
    "URL": r"nodejs\.util\.inspect\.custom",
    "URLSearchParams": r"nodejs\.util\.inspect\.custom",
}
# An own property of each event.
OWN = {"Event": {"isTrusted"}}


@pytest.fixture(scope="module")
def tsc():
    """Runs the compiler; gives what it says."""
    program = installed("scripts/lib/typescript", "typescript") / "node_modules" / "typescript"

    def run(folder, config):
        (folder / "tsconfig.json").write_text(json.dumps(config), "utf-8")
        command = [Node().node, program / "bin" / "tsc", "--project", folder / "tsconfig.json"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        return done.stdout + done.stderr

    return run


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """What an isolate has beyond V8: name -> kind, members, statics."""
    package = tmp_path_factory.mktemp("probe") / "probe"
    package.mkdir()
    shutil.copyfile(HERE / "probe.mjs", package / "index.mjs")
    done = run_edge("invoke", str(package), "/", cwd=package)
    assert done.returncode == 0, done.stderr
    look = (
        "import py_mini_racer as p; print(p.MiniRacer().eval('JSON.stringify(Object.getOwnPropertyNames(globalThis))'))"
    )
    own = subprocess.run([sys.executable, "-c", look], capture_output=True, check=True, timeout=30)
    bare = {*json.loads(own.stdout)} - {"console", "setTimeout", "clearTimeout"}
    return {name: value for name, value in json.loads(done.stdout).items() if name not in bare}


def test_every_global_is_declared_and_is_there(found):
    """In both directions; a global that comes or goes has to come or go in edge/types."""
    declared = declarations.global_names() - OF_THE_LANGUAGE - OF_MODULES
    assert {"there, not declared": sorted({*found} - declared), "declared, not there": sorted(declared - {*found})} == {
        "there, not declared": [],
        "declared, not there": [],
    }


def test_every_member_is_declared_and_is_there(found):
    """Of every class, and of the objects whose members are their own."""
    table = declarations.interfaces()
    wrong = {}
    for name, value in found.items():
        interface = name if value["kind"] == "function" else OBJECTS.get(name)
        if interface not in table:
            continue
        there = {member for member in value["members"] if not re.fullmatch(INTERNAL.get(name, "-"), member)}
        missing = there - declarations.all_members(interface, table) - {"Symbol.toStringTag"}
        absent = table[interface][1] - {*value["members"]} - OWN.get(name, set())
        if missing or absent:
            wrong[name] = {"not declared": sorted(missing), "not there": sorted(absent)}
    assert wrong == {}


def test_every_static_member_is_declared_and_is_there(found):
    """Those of Node's own classes apart, which are for its modules."""
    declared = declarations.statics()
    wrong = {
        name: sorted({*value["statics"]} ^ declared[name])
        for name, value in found.items()
        if name in declared and name not in {"Buffer", "EventEmitter"} and {*value["statics"]} != declared[name]
    }
    assert wrong == {}


def test_every_module_of_node_is_declared():
    """By name, with and without the prefix."""
    assert set(re.findall(r'^declare module "([^"]+)";', declarations.text(), re.MULTILINE)) == PROVIDED | {"node:*"}


def test_what_functions_write_is_accepted(tsc, tmp_path):
    """And what they must not write is refused."""
    files = [HERE / "accepted.ts", REPOSITORY / "tests" / "workers" / "entrypoint.ts"]
    assert tsc(tmp_path, {"compilerOptions": OPTIONS, "files": [INDEX, *map(str, files)]}) == ""


@pytest.mark.parametrize("name", sorted(path.name for path in (REPOSITORY / "functions").iterdir()))
def test_an_example_is_accepted(tsc, tmp_path, name):
    """With strict rules, but for parameters of plain JavaScript, which need no type there."""
    options = {**OPTIONS, "noImplicitAny": False}
    files = [str(path) for path in (REPOSITORY / "functions" / name).iterdir() if path.suffix in {".ts", ".js", ".mjs"}]
    assert tsc(tmp_path, {"compilerOptions": options, "files": [INDEX, *files]}) == ""


@pytest.mark.parametrize("name", sorted(path.parent.name for path in APPS.glob("*/index.ts*")))
def test_a_program_of_a_framework_is_accepted(tsc, tmp_path, name):
    """The types that packages bring go with those of edge."""
    (tmp_path / "node_modules").symlink_to(installed("tests/apps", "npm-apps") / "node_modules")
    program = shutil.copytree(APPS / name, tmp_path / name)
    options = {**OPTIONS, "skipLibCheck": True, "jsx": "react-jsx", "jsxImportSource": "hono/jsx"}
    assert tsc(tmp_path, {"compilerOptions": options, "files": [INDEX, *map(str, program.glob("index.ts*"))]}) == ""


@pytest.mark.parametrize("language", ["typescript", "javascript"])
@pytest.mark.parametrize("template", ["express", "web", "event"])
def test_a_template_is_accepted_by_its_own_config(tsc, tmp_path, template, language):
    """As an editor sees it, with nothing but what `edge init` wrote."""
    files = new_package("hello", template, language)
    write_package(tmp_path, files)
    config = re.sub(r"^\s*//.*$", "", files["tsconfig.json"], flags=re.MULTILINE)
    assert tsc(tmp_path, json.loads(config)) == ""
