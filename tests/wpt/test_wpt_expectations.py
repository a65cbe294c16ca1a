"""What is known not to pass."""

from __future__ import annotations

import pytest

from tests.wpt.expectations import Expectations


def write(folder, text):
    (folder / "url.json").write_text(text)
    return folder


def test_expectations_of_the_project_can_be_read():
    """Each has a reason."""
    Expectations.load()


def test_a_named_subtest_may_fail_and_must(tmp_path):
    """What passes although it is expected to fail is a fault of the expectations."""
    text = '{"exceptions": [{"reason": "it needs a window", "tests": {"url/x.any.js": ["one", "two"]}}]}'
    known = Expectations.load(write(tmp_path, text))
    assert known.may_fail("url/x.any.js", "one")
    assert not known.may_fail("url/x.any.js", "three")
    assert not known.may_fail("url/y.any.js", "one")
    assert known.unmet("url/x.any.js", {"one"}) == ["two"]


def test_all_means_that_something_of_a_file_fails(tmp_path):
    """For tests whose failures differ from run to run."""
    known = Expectations.load(
        write(tmp_path, '{"exceptions": [{"reason": "it needs a window", "tests": {"u.any.js": "all"}}]}')
    )
    assert known.may_fail("u.any.js", "anything")
    assert known.unmet("u.any.js", {"anything"}) == []
    assert known.unmet("u.any.js", set()) == ["(all)"]


def test_a_test_that_is_skipped_has_its_reason(tmp_path):
    """It is not run."""
    known = Expectations.load(
        write(tmp_path, '{"exceptions": [{"reason": "it needs a window", "tests": {"u.any.js": "skip"}}]}')
    )
    assert known.skip("u.any.js") == "it needs a window"
    assert known.skip("v.any.js") == ""


def test_folders_are_skipped_as_a_whole_or_but_for_folders_in_them(tmp_path):
    """For what is not there at all."""
    text = '{"exceptions": [{"reason": "there is no such thing", "tests": {"a/": "skip", "b/*": "skip"}}]}'
    known = Expectations.load(write(tmp_path, text))
    assert known.skip("a/x.any.js?v") == known.skip("a/deep/x.any.js") == known.skip("b/x.any.js") != ""
    assert known.skip("b/deep/x.any.js") == known.skip("ab/x.any.js") == ""


@pytest.mark.parametrize(
    "text",
    [
        '{"exceptions": [{"tests": {"u.any.js": "skip"}}]}',
        '{"exceptions": [{"reason": "", "tests": {"u.any.js": "skip"}}]}',
        '{"exceptions": [{"reason": "no", "tests": {"u.any.js": "skip"}}]}',
        '{"exceptions": [{"reason": "it needs a window", "tests": {"u.any.js": "ignore"}}]}',
        '{"exceptions": [{"reason": "it needs a window", "test": {}}]}',
    ],
)
def test_an_exception_without_a_reason_or_with_unknown_words_is_refused(tmp_path, text):
    """A list of exceptions is worth what its reasons are."""
    with pytest.raises(ValueError, match=r"url\.json|no reason"):
        Expectations.load(write(tmp_path, text))
