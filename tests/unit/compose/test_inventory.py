"""What a gateway says that it consists of."""

from __future__ import annotations

import json
import sys
from importlib import metadata
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from edge.compose.inventory import installed
from edge.compose.inventory.cyclonedx import component, document, is_expression
from edge.compose.inventory.part import Part

PARTS = installed.whole("14.4.258.23", "0.14.1")


def test_every_dependency_that_is_locked_and_installed_is_a_part_and_nothing_else():
    """Also those of dependencies; not those of tests."""
    lock = (Path(__file__).parents[3] / "requirements.lock").read_text("utf-8")
    locked = {line.partition("==")[0] for line in lock.splitlines() if "==" in line and not line.startswith(" ")}
    here = {installed.canonical(each.name) for each in metadata.distributions()}
    assert {part.name for part in PARTS if part.kind == "pypi"} - {"edge-gateway"} == locked & here


def test_every_part_has_a_version_and_a_licence_and_is_there_once():
    """An unknown licence is found here, before somebody's lawyer finds it."""
    assert [part.name for part in PARTS if not part.version or not part.licence] == []
    assert len({part.purl for part in PARTS}) == len(PARTS)
    assert {"edge-gateway", "v8", "mini-racer", "python", "openssl", "sqlite"} <= {part.name for part in PARTS}


def test_the_bill_of_materials_is_what_the_schema_asks_for():
    """CycloneDX's own strict schema; the same parts give the same document."""
    found = document(PARTS)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(found)) is None
    assert found == document(PARTS)
    names = {each["name"] for each in found["components"]}
    assert {"trio", "acorn", "v8"} <= names
    assert found["metadata"]["component"]["name"] == "edge-gateway"


@pytest.mark.parametrize(
    ("part", "purl"),
    [
        (Part("npm", "@jridgewell/gen-mapping", "0.3.13"), "pkg:npm/%40jridgewell/gen-mapping@0.3.13"),
        (Part("deb", "libssl3", "3.0.19-1~deb12u2", namespace="debian"), "pkg:deb/debian/libssl3@3.0.19-1~deb12u2"),
        (Part("deb", "zlib1g", "1:1.2.13.dfsg-1+b1", namespace="debian"), "pkg:deb/debian/zlib1g@1:1.2.13.dfsg-1%2Bb1"),
    ],
)
def test_package_urls_are_encoded(part, purl):
    """A scope keeps its slash, a plus sign does not stay."""
    assert part.purl == purl


@pytest.mark.parametrize(
    ("text", "whether"),
    [
        ("MIT", True),
        ("Apache-2.0 OR BSD-3-Clause", True),
        ("(MPL-2.0 AND MIT)", True),
        ("", False),
        ("Dual License", False),
        ("MIT OR", False),
        ("New BSD", False),
    ],
)
def test_only_what_looks_like_an_expression_is_called_one(text, whether):
    """What a package calls its licence in its own words is a name."""
    assert is_expression(text) is whether
    stated = component(Part("pypi", "name", "1", text)).get("licenses", [{}])[0]
    assert ("expression" in stated) is whether


def test_the_libraries_that_a_binary_brings_are_read_from_beside_it(tmp_path, monkeypatch):
    """Those of the system are not mentioned then."""
    (tmp_path / "licenses").mkdir()
    part = {"kind": "deb", "namespace": "debian", "name": "libssl3", "version": "3", "licence": "Apache-2.0"}
    (tmp_path / "licenses" / "libraries.json").write_text(json.dumps([part]))
    (tmp_path / "licenses" / "libssl3.txt").write_text("the terms")
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert installed.libraries() == [Part("deb", "libssl3", "3", "Apache-2.0", "debian")]
    assert ("libssl3", "the terms") in list(installed.licence_texts())


def test_the_texts_of_all_licences_are_at_hand():
    """Python packages that ship one, npm packages, V8."""
    texts = dict(installed.licence_texts())
    assert "the V8 project authors" in texts["v8"]
    assert "acorn" in texts["npm packages in the JavaScript of the runtime"]
    assert "preact" in texts["npm packages in the JavaScript of the page"]
    assert any(heading.startswith("trio ") for heading in texts)
    assert all(text.strip() for text in texts.values())
