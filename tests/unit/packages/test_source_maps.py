"""The source maps of packages: where they are found, and what is made of bad ones."""

from __future__ import annotations

import base64
import json

import pytest

from edge.packages import source_maps
from edge.packages.bundle import Bundle
from edge.packages.source_maps import Allowance, SourceMap, find_map
from edge.units import MIB

MAP = {"version": 3, "sources": ["../src/a.ts"], "names": [], "mappings": "AAAA", "sourcesContent": ["x" * 1000]}


def find(files: dict[str, str]) -> SourceMap | None:
    bundle = Bundle.build({path: text.encode() for path, text in files.items()})
    return find_map(bundle, "dist/a.js", Allowance(MIB))


def inline(value: object, head: str = "data:application/json;charset=utf-8;base64,") -> str:
    return f"//# sourceMappingURL={head}{base64.b64encode(json.dumps(value).encode()).decode()}"


@pytest.mark.parametrize(
    "files",
    [
        {"dist/a.js": f"1;\n{inline(MAP)}\n"},
        {"dist/a.js": f"1;\n{inline(MAP, 'data:application/json;base64,')}"},
        {"dist/a.js": "1;\n//# sourceMappingURL=data:application/json,%7B%22mappings%22:%22AAAA%22,"
                      "%22sources%22:%5B%22../src/a.ts%22%5D%7D"},
        {"dist/a.js": "1;\n//# sourceMappingURL=maps/a%20b.map", "dist/maps/a b.map": json.dumps(MAP)},
        {"dist/a.js": "1;\n//@ sourceMappingURL=a.js.map\n\n", "dist/a.js.map": json.dumps(MAP)},
        {"dist/a.js": "1;\n//# sourceMappingURL=../maps/a.map", "maps/a.map": ")]}'\n" + json.dumps(MAP)},
        {"dist/a.js": "1;", "dist/a.js.map": json.dumps(MAP)},
        {"dist/a.js": f"'//# sourceMappingURL=other.map';\n{inline(MAP)}"},
    ],
)  # fmt: skip
def test_found(files):
    """Inline, in the file that is named, or beside the module; sources are paths in the package."""
    found = find(files)
    assert found is not None
    assert found.mappings == b"AAAA"
    assert found.sources[0].endswith("src/a.ts")
    assert found.sources[0].startswith("/app/")


def test_sources_are_relative_to_the_map_and_its_root():
    """URLs stay what they are."""
    sources = ["a.ts", "../b.ts", "/abs/c.ts", "webpack://app/./d.ts", None]
    found = find({"dist/a.js": inline({"mappings": "", "sources": sources})})
    assert found.sources == ["/app/dist/a.ts", "/app/b.ts", "/abs/c.ts", "webpack://app/./d.ts", None]
    rooted = find({"dist/a.js": inline({"mappings": "", "sources": ["a.ts"], "sourceRoot": "../src/"})})
    assert rooted.sources == ["/app/src/a.ts"]


@pytest.mark.parametrize(
    "files",
    [
        {"dist/a.js": "1;"},
        {"dist/a.js": "1;\n//# sourceMappingURL=https://example.com/a.map"},
        {"dist/a.js": "1;\n//# sourceMappingURL=file:///etc/passwd"},
        {"dist/a.js": "1;\n//# sourceMappingURL=../../../etc/passwd"},
        {"dist/a.js": "1;\n//# sourceMappingURL=missing.map"},
        {"dist/a.js": "1;\n//# sourceMappingURL=data:application/json;base64,???"},
        {"dist/a.js": "1;\n//# sourceMappingURL=data:application/json;base64,e30="},
        {"dist/a.js": "1;\n//# sourceMappingURL="},
        {"dist/a.js": "1;", "dist/a.js.map": "[" * 100_000},
        {"dist/a.js": "1;", "dist/a.js.map": '{"mappings": 5, "sources": []}'},
        {"dist/a.js": "1;", "dist/a.js.map": '{"mappings": "é", "sources": []}'},
        {"dist/a.js": "1;", "dist/a.js.map": '{"sections": [], "mappings": null}'},
        {"dist/a.js": f"{inline(MAP)}\nmore();", "dist/other": ""},
    ],
)
def test_not_found(files):
    """What is outside of the package, missing or malformed is no map."""
    assert find(files) is None


def test_a_package_has_an_allowance():
    """What is looked at counts, also in vain; when it is used up there are no maps any more."""
    bundle = Bundle.build({"dist/a.js": b"1;" * 300, "dist/b.js": inline(MAP).encode()})
    allowance = Allowance(3000)
    assert find_map(bundle, "dist/b.js", allowance) is not None
    assert find_map(bundle, "dist/a.js", allowance) is None
    assert find_map(bundle, "dist/b.js", allowance) is None


def test_limits(monkeypatch):
    """Of a map too large nothing is read."""
    many = {"mappings": "", "sources": ["x" * 1000] * 2000}
    assert find({"dist/a.js": "1;", "dist/a.js.map": json.dumps(many)}) is None
    monkeypatch.setattr(source_maps, "MAX_MAPPINGS", 3)
    assert find({"dist/a.js": inline(MAP)}) is None
    monkeypatch.setattr(source_maps, "MAX_MAP", 100)
    assert find({"dist/a.js": inline(MAP)}) is None
    assert find({"dist/a.js": "1;", "dist/a.js.map": json.dumps(MAP)}) is None
