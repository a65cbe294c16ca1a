"""Which files of a package are its tests."""

from __future__ import annotations

import pytest

from edge.packages.bundle import Bundle
from edge.packages.tests_of import HARNESS, bundle_with_harness, find_tests


@pytest.mark.parametrize(
    "path",
    [
        "index.test.js",
        "a/b.spec.ts",
        "x.test.mjs",
        "x.spec.cjs",
        "x.test.tsx",
        "__tests__/any.js",
        "lib/__tests__/a/b.ts",
    ],
)
def test_these_are(path):
    """As Jest and Vitest have it."""
    assert find_tests([path]) == [path]


@pytest.mark.parametrize(
    "path",
    [
        *("index.js", "test.js", "latest.js", "a.test.json", "a.test.d.ts", "__tests__/data.json"),
        *("node_modules/x/index.test.js", ".cache/a.test.js", "x.tests.js"),
    ],
)
def test_these_are_not(path):
    """Not those of dependencies either."""
    assert find_tests([path]) == []


def test_a_part_of_a_path_chooses():
    """Any of several."""
    files = ["a.test.js", "lib/b.test.js", "lib/c.test.js"]
    assert find_tests(files, ["lib/"]) == files[1:]
    assert find_tests(files, ["./a.test.js", "c."]) == [files[0], files[2]]


def test_the_package_stays_as_it_is_beside_the_harness():
    """Its own files, odd names among them, and an entry that imports them."""
    bundle = Bundle.build({"index.js": b"x", 'od"d.test.js': b"y"})
    made = bundle_with_harness(bundle, ['od"d.test.js'], "harness", None)
    assert made.read("index.js") == b"x"
    assert made.read(HARNESS) == b"harness"
    assert 'import("../od\\"d.test.js")' in made.text(".edge-test/main.mjs")
