"""The site of the documentation: it can be built, its links lead somewhere, and it asks nothing of other hosts."""

from __future__ import annotations

import json
import os
import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
# What the theme's program loads where a browser lacks something, or where a page has a diagram; neither is so.
CONDITIONAL = {"https://unpkg.com/resize-observer-polyfill", "https://unpkg.com/mermaid@11/dist/mermaid.min.js"}

pytestmark = [pytest.mark.integration, pytest.mark.slow]


class Read(HTMLParser):
    """A page: what it has anchors for, links to, and loads."""

    LOADS = frozenset({("script", "src"), ("img", "src"), ("iframe", "src"), ("source", "src"), ("link", "href")})

    def __init__(self, path):
        super().__init__()
        self.path = path
        self.anchors, self.links, self.loads = {""}, set(), set()
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.anchors.add(given.get("id") or "")
        if tag == "a":
            self.anchors.add(given.get("name") or "")
            if "href" in given:
                self.links.add(given["href"])
        for name in ("src", "href"):
            if (tag, name) in self.LOADS and given.get(name):
                self.loads.add(given[name])


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The built site, by relative path."""
    folder = tmp_path_factory.mktemp("site")
    command = [ROOT / "scripts" / "docs", "--site-dir", folder]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110, check=False)
    if done.returncode and "CI" not in os.environ and "pip" in done.stderr:
        pytest.skip("what builds the site cannot be installed here")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    return {path: Read(path) for path in sorted(folder.rglob("*.html"))}


def test_every_page_is_in_the_site_and_in_its_navigation(site):
    """Also those that nobody has told it of."""
    folder = min(site).parent
    places = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")}
    expected = {re.sub(r"(^|/)README$", r"\1index", place.removesuffix(".md")) + ".html" for place in places}
    built = {path.relative_to(folder).as_posix() for path in site}
    assert expected <= built
    start = next(page for path, page in site.items() if path == folder / "index.html")
    assert expected <= {unquote(link.partition("#")[0]) for link in start.links}


def test_every_link_leads_to_a_page_and_an_anchor_of_it(site):
    """Those to other sites are not followed."""
    broken = []
    for path, page in site.items():
        if path.name == "404.html":
            continue  # its links begin at the root, wherever it is shown
        for link in page.links | page.loads:
            if re.match(r"[a-z]+:", link):
                continue
            file, _, anchor = link.partition("#")
            target = (path.parent / unquote(file)).resolve() if file else path
            target = target / "index.html" if target.is_dir() else target
            if not target.is_file() or (target in site and unquote(anchor) not in site[target].anchors):
                broken.append(f"{path.name}: {link}")
    assert broken == []


def test_nothing_is_asked_of_other_hosts(site):
    """No font, no script, no picture."""
    folder = min(site).parent
    assert {load for page in site.values() for load in page.loads if re.match(r"(?:[a-z]+:)?//", load)} == set()
    for style in folder.rglob("*.css"):
        assert not re.search(r"(?:url\(|@import\s*)[\"']?(?:https?:)?//", style.read_text("utf-8")), style
    programs = "".join(path.read_text("utf-8") for path in folder.rglob("*.js") if "lunr" not in path.parts)
    assert set(re.findall(r"https://unpkg\.com/[^\"'`]+", programs)) <= CONDITIONAL
    assert 'class="mermaid"' not in "".join(path.read_text("utf-8") for path in site)


def test_the_search_knows_the_pages(site):
    """By what stands in them."""
    found = json.loads((min(site).parent / "search" / "search_index.json").read_text("utf-8"))["docs"]
    assert any("traceparent" in entry["text"] for entry in found)
