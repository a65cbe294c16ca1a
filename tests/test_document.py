"""What follows the documentation (tests/support/document.py) notices when it is wrong."""

from __future__ import annotations

import pytest

from tests.support.document import blocks, matches, reader, steps

NOTICED = r"(?s)block at line 6: \$ .*expected: .*got: "
PAGE = """
```json title="folder/data.json"
{"a": 1}
```

```console
$ cat folder/data.json
{"a": 1}
$ cat > note <<'END'
> two
> lines
> END
$ cat note; echo done
two
lines
done
```
"""


def test_blocks_have_language_title_and_line():
    """Everything that a block says about itself."""
    first, second = blocks(PAGE)
    assert (first.language, first.title, first.text, first.line) == ("json", "folder/data.json", '{"a": 1}\n', 2)
    assert (second.language, second.title, second.line) == ("console", "", 6)


def test_steps_are_commands_with_their_output():
    """Lines after `> ` belong to the command, until there is output."""
    first, second, third = steps("$ a b\n> c\n> d\nout\n> out too\n$ e\n$ f\n\nlast\n")
    assert first == ("a b\nc\nd", "out\n> out too\n")
    assert second == ("e", "")
    assert third == ("f", "\nlast\n")


@pytest.mark.parametrize(
    ("expected", "actual", "same"),
    [
        ("a\n", "a", True),
        ("a", "b", False),
        ("a", "a b", False),
        ("...b", "a\nb", True),
        ("a...c", "a b c", True),
        ("a...c", "a b", False),
        ("", "", True),
        ("", "something", False),
        ("[1].*", "[1].*", True),
        ("[1].*", "1", False),
    ],
)
def test_output_is_compared_as_a_whole(expected, actual, same):
    """Three dots stand for any text, everything else for itself."""
    assert matches(expected, actual) is same


def test_a_true_page_can_be_followed(tmp_path):
    """Files first, then commands."""
    with reader(tmp_path) as someone:
        someone.follow(PAGE)


@pytest.mark.parametrize(
    ("true", "false"),
    [
        ('{"a": 1}\n$', '{"a": 2}\n$'),
        ("lines\ndone", "done"),
        ("echo done", "exit 1"),
        ("two\nlines\n", "two\nlines\nmore\n"),
    ],
)
def test_a_wrong_page_is_noticed_with_its_line(tmp_path, true, false):
    """The message has the line of the block, the command, and what it printed."""
    assert true in PAGE
    with (
        reader(tmp_path) as someone,
        pytest.raises(AssertionError, match=NOTICED),
    ):
        someone.follow(PAGE.replace(true, false))


def test_a_log_that_lacks_a_line_is_noticed(tmp_path):
    """A log block waits for its line, and not for ever."""
    (tmp_path / ".gateway.log").write_text("something else\n")
    with reader(tmp_path) as someone:
        someone.patience = 0.1
        someone.follow("```log\nsomething\n```")
        with pytest.raises(AssertionError, match="in the log: missing"):
            someone.follow("```log\nmissing\n```")


def test_ports_of_the_page_stand_for_real_ones(tmp_path):
    """In commands and files they are replaced, in outputs put back."""
    with reader(tmp_path) as someone:
        someone.ports["8080"] = "40123"
        someone.follow('```toml title="a"\nx = "127.0.0.1:8080"\n```')
        someone.follow('```console\n$ cat a; wc -c < a\nx = "127.0.0.1:8080"\n22\n```')
        assert (tmp_path / "a").read_text() == 'x = "127.0.0.1:40123"\n'
