"""Which tests a corpus holds."""

from __future__ import annotations

import pytest

from tests.wpt.discover import area_of, discover, parse, wanted


@pytest.mark.parametrize(
    ("path", "area"),
    [
        ("url/url-constructor.any.js", "url"),
        ("fetch/api/basic/accept-header.any.js", "fetch/basic"),
        ("fetch/api/idlharness.any.js", "idlharness"),
        ("fetch/data-urls/base64.any.js", "fetch/data-urls"),
        ("html/webappapis/microtask-queuing/queue-microtask.any.js", "html/microtask"),
        ("html/webappapis/timers/negative.any.js", "html/timers"),
        ("dom/abort/event.any.js", "dom/abort"),
        ("encoding/streams/decode-utf8.any.js", "encoding"),
    ],
)
def test_a_file_has_the_area_that_its_folder_names(path, area):
    """Areas are what reports and --area speak of."""
    assert area_of(path) == area


def test_an_area_is_asked_for_by_its_name_by_one_above_it_or_by_a_folder():
    """--area fetch means all of fetch."""
    path = "fetch/api/basic/accept-header.any.js"
    assert all(wanted(path, [name]) for name in ("fetch/basic", "fetch", "fetch/", "fetch/api/basic"))
    assert wanted(path, [])
    assert not wanted(path, ["fet", "fetch/bas", "url"])


def test_meta_comments_give_scripts_variants_and_time():
    """Scripts are found from the root or from the test's folder; each variant is a test."""
    source = (
        "// META: script=/common/x.js\n// META: script=../y.js\n// META: timeout=long\n"
        "// META: variant=?a\n// META: variant=?b\ntest();\n// META: variant=?late\n"
    )
    first, second = parse("url/sub/x.any.js", source)
    assert first.scripts == ("common/x.js", "url/y.js")
    assert first.long
    assert (first.name, second.name) == ("url/sub/x.any.js?a", "url/sub/x.any.js?b")


@pytest.mark.parametrize("scopes", ["window", "serviceworker", "shadowrealm"])
def test_a_test_for_other_global_scopes_is_no_test_here(scopes):
    """There is no window in a function."""
    assert parse("url/x.any.js", f"// META: global={scopes}\n") == []
    assert len(parse("url/x.any.js", f"// META: global={scopes},worker\n")) == 1


def test_unfinished_standards_and_other_protocols_are_left_out(tmp_path):
    """Tentative tests change under one's feet; h2 ones need a server that speaks it."""
    for name in ("a.any.js", "b.tentative.any.js", "c.h2.any.js", "d.html", "service-workers/e.any.js"):
        file = tmp_path / "url" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")
    assert [test.path for test in discover(tmp_path, [])] == ["url/a.any.js"]
    assert discover(tmp_path, [], "b.") == []
