"""Files of hostile functions: reading, choosing, and making packages of them."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from edge.corpus.faults.case import Case, load, select
from edge.corpus.faults.deployment import Origin, deploy
from edge.corpus.faults.package import files

FILE = Path(__file__).resolve().parents[2] / "data" / "faults.json"


def write(path, *cases):
    plain = {"name": "a", "group": "g", "kind": "script", "js": "1", "expect": ["return"]}
    path.write_text(json.dumps([{**plain, **case} for case in cases]))
    return path


def test_our_own_cases_can_be_read():
    """They have names of their own, and there are enough of each kind."""
    cases = load(FILE)
    assert len({case.name for case in cases}) == len(cases)
    assert sum(case.kind == "script" for case in cases) > 100
    assert sum(case.kind == "handler" for case in cases) > 50


def test_other_keys_of_a_case_are_ignored(tmp_path):
    """Whoever made a file may have noted what was seen."""
    [case] = load(write(tmp_path / "f.json", {"observed": {"outcome": "oom"}, "note": "n"}))
    assert case == Case("a", "g", "script", "1", ("return",), "n")


@pytest.mark.parametrize("wrong", [{"kind": "module"}, {"expect": []}, {"expect": ["survives"]}, {"js": None}])
def test_a_case_that_cannot_be_judged_is_an_error(tmp_path, wrong):
    """It would pass or fail for no reason."""
    with pytest.raises(ValueError, match=r"kind|expect|js|enum"):
        load(write(tmp_path / "f.json", wrong))


def test_a_file_without_cases_is_an_error(tmp_path):
    """A run of nothing would pass."""
    with pytest.raises(ValueError, match="no case"):
        load(write(tmp_path / "f.json"))


def test_cases_are_chosen_by_name_and_by_group(tmp_path):
    """What neither names is left out; a name that nothing has is an error."""
    cases = load(write(tmp_path / "f.json", {"name": "a"}, {"name": "b", "group": "h"}, {"name": "c", "group": "i"}))
    assert select(cases, [], []) == cases
    assert [case.name for case in select(cases, ["c"], ["h"])] == ["b", "c"]
    with pytest.raises(ValueError, match="'d'"):
        select(cases, ["d"], [])


def test_a_script_is_text_inside_of_its_package():
    """Quotes, line ends and lone surrogates come through; nothing of it is code of the wrapper."""
    source = "'\"`${1}\\\n\u2028\ud800"
    content = files(Case("a", "g", "script", source, ("return",)), "http://o")["index.mjs"].decode()
    [line] = [line for line in content.splitlines() if line.startswith("const source = ")]
    assert json.loads(line.removeprefix("const source = ").removesuffix(";")) == source


def test_a_handler_is_its_package():
    """Bytes that are no UTF-8 among them; only the origin is put in."""
    case = Case("a", "g", "handler", "fetch('http://example.com/big')\ud800", ("return",))
    assert files(case, "http://127.0.0.1:1")["index.mjs"] == b"fetch('http://127.0.0.1:1/big')\xed\xa0\x80"


def test_every_case_becomes_a_function_with_a_route(tmp_path):
    """Under names of our own: those of cases may be none that a function can have."""
    cases = [Case("../../a", "g", "handler", "1", ("return",)), Case("a b", "g", "script", "1", ("return",))]
    config = tomllib.loads(deploy(tmp_path, cases, Origin("127.0.0.1", 8000)).read_text())
    assert set(config["functions"]) == {"neighbour", "case-0", "case-1"}
    assert {route["path"] for route in config["routes"]} == {"/neighbour", "/case-0", "/case-1"}
    assert {path.name for path in (tmp_path / "functions").iterdir()} == set(config["functions"])
    assert config["engine"] == {"memory": 64 << 20, "timeout": "1.0s", "cpu": "1.0s"}
