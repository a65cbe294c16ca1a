"""`edge serve --functions DIR`: a folder is all there is, and it changes while the gateway runs."""

from __future__ import annotations

import shutil

import pytest

from tests.support.gateway_process import serving, until, write_files

pytestmark = [pytest.mark.integration, pytest.mark.slow]

SAYS = "module.exports = (req, res) => res.send('%s ' + req.path + ' ' + req.baseUrl);"
SOON = 2.5  # "within a second", on a machine that is busy with other tests


@pytest.fixture(scope="module")
def edge(tmp_path_factory, engine_mode):
    functions = {"first": SAYS % "first", "broken": "module.exports = (req, res => 1;", ".hidden": SAYS % "hidden"}
    with serving(tmp_path_factory.mktemp("zero"), functions) as running:
        yield running
        assert running.alive()


def becomes(edge, path, expected):
    until(lambda: answer(edge, path) == expected, SOON, f"{expected} at {path}")


def answer(edge, path):
    found = edge.get(path)
    return found.text if found.status_code == 200 else (found.status_code, found.json()["error"]["code"])


def put(edge, name, **files):
    write_files(edge.folder / "functions" / name, files)


def test_each_folder_is_served_at_its_name_and_below(edge):
    """The function sees the path behind it; what is no folder, or hidden, is not there."""
    assert edge.get("/first").text == "first / /first"
    assert edge.get("/first/a/b").text == "first /a/b /first"
    for path in ("/", "/firstly", "/hidden", "/.hidden", "/nothing"):
        assert edge.code(path) == (404, "no_route", ""), path


def test_a_broken_folder_answers_500_and_holds_nobody_back(edge):
    """It was there from the start; when it is repaired it is served."""
    assert edge.code("/broken") == (500, "function_error", "exception")
    assert edge.get("/first").status_code == 200
    put(edge, "broken", **{"index.js": SAYS % "repaired"})
    becomes(edge, "/broken", "repaired / /broken")


def test_a_folder_that_appears_is_served_and_one_that_vanishes_is_not(edge):
    """Also when its files come one after the other."""
    put(edge, "late", **{"lib.js": "exports.text = 'late';"})
    put(edge, "late", **{"index.js": "module.exports = (req, res) => res.send(require('./lib').text);"})
    becomes(edge, "/late", "late")
    assert edge.get("/first").status_code == 200
    shutil.rmtree(edge.folder / "functions/late")
    becomes(edge, "/late", (404, "no_route"))


def test_a_changed_file_deep_in_a_package_is_picked_up(edge):
    """In `node_modules` too, and for web functions in TypeScript."""
    files = {
        "index.ts": "import { text } from 'dep'; export default () => new Response(text);",
        "node_modules/dep/package.json": '{"name": "dep", "main": "lib/main.js"}',
        "node_modules/dep/lib/main.js": "exports.text = 'before';",
    }
    put(edge, "deep", **files)
    becomes(edge, "/deep", "before")
    put(edge, "deep", **{"node_modules/dep/lib/main.js": "exports.text = 'after';"})
    becomes(edge, "/deep", "after")


def test_breaking_one_function_leaves_the_others_and_says_so(edge):
    """The log names it; the other functions keep answering and keep being picked up."""
    put(edge, "fragile", **{"index.js": SAYS % "whole"})
    becomes(edge, "/fragile", "whole / /fragile")
    (edge.folder / "functions/fragile/function.toml").write_text("memry = 1\n")
    becomes(edge, "/fragile", (500, "function_error"))
    broken = edge.operate("GET", "/health/detailed").json()["broken"]
    assert "memry" in broken["fragile"]
    put(edge, "other", **{"index.js": SAYS % "other"})
    becomes(edge, "/other", "other / /other")
    (edge.folder / "functions/fragile/function.toml").unlink()
    becomes(edge, "/fragile", "whole / /fragile")


def test_an_empty_folder_becomes_a_function_when_it_gets_a_file(edge):
    """Until then it is a broken function, not a missing one."""
    (edge.folder / "functions/empty").mkdir()
    until(lambda: answer(edge, "/empty") != (404, "no_route"), SOON)
    assert answer(edge, "/empty") == (500, "function_error")
    put(edge, "empty", **{"index.js": SAYS % "filled"})
    becomes(edge, "/empty", "filled / /empty")


def test_a_folder_whose_name_is_no_function_name_is_named_in_a_warning(edge):
    """It does not keep the others from being picked up."""
    put(edge, "not a name", **{"index.js": SAYS % "never"})
    put(edge, "named", **{"index.js": SAYS % "named"})
    becomes(edge, "/named", "named / /named")
    assert any("not a name" in entry["warning"] for entry in edge.log(event="config"))
    shutil.rmtree(edge.folder / "functions/not a name")
