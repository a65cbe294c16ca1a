"""The files of the admin page: whole, kept by browsers, and under a policy that lets nothing else run."""

from __future__ import annotations

import gzip
import json
import re

import pytest

from edge.gateway.page import Page


@pytest.fixture(scope="module")
def page():
    return Page()


def headers(answer):
    return {name.decode(): value.decode() for name, value in answer.headers}


def named(page):
    """Paths of the files that the page names."""
    text = page.answer("/", {}).body.decode()
    return ["/" + name for name in re.findall(r'(?:href|src)="(app-[^"]+)"', text)]


def test_the_page_names_files_that_are_there(page):
    """Script and style, each with a digest in its name."""
    script, style = sorted(named(page), key=lambda path: path.endswith(".css"))
    assert headers(page.answer(script, {}))["content-type"] == "text/javascript; charset=utf-8"
    assert headers(page.answer(style, {}))["content-type"] == "text/css; charset=utf-8"


def test_nothing_else_of_the_folder_can_be_had(page):
    for path in ("/manifest.json", "/LICENSES.txt", "/index.html.gz", "/../page.py", "//", "/app.js"):
        assert not page.has("GET", path), path


def test_only_reading_is_for_the_page(page):
    """What changes something goes on to the API."""
    assert page.has("GET", "/")
    assert page.has("HEAD", "/")
    assert not page.has("POST", "/")


@pytest.mark.parametrize("at", [0, 1, 2])
def test_every_file_can_be_had_compressed(page, at):
    path = ["/", *named(page)][at]
    plain, packed = page.answer(path, {}), page.answer(path, {"accept-encoding": "br, gzip"})
    assert headers(packed)["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) < len(plain.body)
    assert headers(packed)["content-length"] == str(len(packed.body))
    assert headers(plain)["vary"] == "accept-encoding"


def test_browsers_ask_for_the_page_each_time_and_for_its_parts_never_again(page):
    """So a new version is there at once, and costs one small answer."""
    first = headers(page.answer("/", {}))
    assert first["cache-control"] == "no-cache"
    assert page.answer("/", {"if-none-match": first["etag"]}).status == 304
    for path in named(page):
        assert "immutable" in headers(page.answer(path, {}))["cache-control"]


@pytest.mark.parametrize("status", [200, 304, 503])
def test_every_answer_has_the_policy(page, tmp_path, status):
    """No inline script or style, no other origin, no frame around it, no text that becomes markup."""
    known = {"if-none-match": headers(page.answer("/", {}))["etag"]} if status == 304 else {}
    answer = (Page(tmp_path) if status == 503 else page).answer("/", known)
    assert answer.status == status
    policy = dict(part.strip().split(" ", 1) for part in headers(answer)["content-security-policy"].split(";"))
    assert policy["default-src"] == policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert "unsafe" not in headers(answer)["content-security-policy"]
    assert headers(answer)["x-frame-options"] == "DENY"
    assert headers(answer)["x-content-type-options"] == "nosniff"


def test_the_page_itself_has_nothing_that_the_policy_would_refuse(page):
    text = page.answer("/", {}).body.decode()
    assert not re.search(
        r"<script(?![^>]* src=)|<style|\son\w+=|\sstyle=|//[a-z]+\.", text.replace("http://www.w3.org", "")
    )


def test_a_page_that_was_not_built_says_how(tmp_path):
    answer = Page(tmp_path).answer("/", {})
    assert b"hatch_build.py" in answer.body


@pytest.mark.parametrize("manifest", ["", "[]", "{}", '{"bundles": {"index.html": "0"}}'])
def test_a_damaged_build_is_no_reason_to_fail(tmp_path, manifest):
    (tmp_path / "manifest.json").write_text(manifest)
    assert Page(tmp_path).answer("/", {}).status == 503


def test_the_build_says_what_it_made():
    """Each file as the manifest has it."""
    folder = Page()._folder
    digests = json.loads((folder / "manifest.json").read_text())["bundles"]
    assert {"index.html", "index.html.gz", "LICENSES.txt"} <= set(digests)
    assert "preact" in (folder / "LICENSES.txt").read_text()
    assert "uplot" in (folder / "LICENSES.txt").read_text()
