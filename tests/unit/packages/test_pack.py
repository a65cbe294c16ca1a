"""Bundles as archives."""

from __future__ import annotations

import io
import os

import pytest

from edge.packages.archive import read_archive
from edge.packages.bundle import Bundle
from edge.packages.folder import read_folder
from edge.packages.pack import write_archive


def packed(bundle):
    file = io.BytesIO()
    write_archive(bundle, file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("files", "links"),
    [
        ({"index.js": b"x"}, {}),
        ({"index.js": b"", "lib/ä/日本.js": b"y", "with space/a b.txt": b"z"}, {}),
        ({f"{'long-name/' * 20}file-{'x' * 90}.js": b"deep"}, {}),
        ({"only/index.js": b"all is in one folder"}, {}),
        ({"data.bin": os.urandom(300_000), "zeros": bytes(100_000)}, {}),
        (
            {"node_modules/.store/a@1/index.js": b"a", "node_modules/.store/a@1/lib/b.js": b"b", "index.js": b"i"},
            {"node_modules/a": ".store/a@1", "main.js": "index.js", "deep/er/link.js": "../../index.js"},
        ),
    ],
)
def test_an_archive_of_a_bundle_is_the_bundle(files, links):
    """Read again it has the same hash: what a gateway stores is what was sent."""
    bundle = Bundle.build(files, links)
    again = read_archive(packed(bundle))
    assert again.hash == bundle.hash
    assert again.links == bundle.links


def test_the_same_bundle_makes_the_same_bytes():
    """Whenever, and in whatever order its files were found."""
    first = Bundle.build({"a.js": b"1", "b.js": b"2"})
    assert packed(first) == packed(Bundle.build({"b.js": b"2", "a.js": b"1"}))
    assert b"a.js" not in packed(first)[:10]


def test_a_folder_with_links_survives(tmp_path):
    """As pnpm makes them, programs included."""
    (tmp_path / "node_modules/.pnpm/tool/bin").mkdir(parents=True)
    (tmp_path / "node_modules/.pnpm/tool/bin/tool.js").write_text("#!/usr/bin/env node")
    (tmp_path / "node_modules/.bin").mkdir()
    (tmp_path / "node_modules/.bin/tool").symlink_to("../.pnpm/tool/bin/tool.js")
    (tmp_path / "node_modules/tool").symlink_to(".pnpm/tool")
    (tmp_path / "index.js").write_text("require('tool')")
    bundle = read_folder(tmp_path).bundle
    assert read_archive(packed(bundle)).hash == bundle.hash
