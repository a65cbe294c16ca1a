"""Log lines: one call, one line, whatever is in it; functions within their limits; failures of the log stay there."""

from __future__ import annotations

import io
import json
import logging
import re
from typing import get_args

import pytest
import structlog

from edge.config.types import LogLevel
from edge.function import Function, mask
from edge.services.function_logs import FunctionLogs, LogLimits, LogStatistics
from edge.services.logs import configure, log_often
from edge.services.redaction import redact_headers, redact_url

FUNCTION = Function("id", "hello", "sha256:0", version="v3", secrets={"API_KEY": "s3cret-value", "PIN": "1234"})


class Invocation:
    """One that says something; see services.function_logs.Speaker."""

    def __init__(self, function, request_id, headers):
        self.function, self.request_id, self.id = function, request_id, request_id
        self.headers, self.masked = headers, None


def speaker(function=FUNCTION, request_id="r", headers=()):
    return Invocation(function, request_id, list(headers))


@pytest.fixture(autouse=True)
def restored():
    """Logging is global: put it back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:], root.level = handlers, level


@pytest.fixture
def stream():
    return io.StringIO()


def lines(stream):
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_json_line_has_timestamp_level_and_event_first(stream):
    """Then the fields, as they were given."""
    configure("json", "info", stream)
    structlog.get_logger().info("started", port=8080, names=["a"], path=b"x")
    (line,) = lines(stream)
    assert list(line) == ["timestamp", "level", "event", "port", "names", "path"]
    assert (line["level"], line["event"], line["port"], line["path"]) == ("info", "started", 8080, "b'x'")
    assert line["timestamp"].endswith("Z")


HOSTILE = "a\nforged\r\x1b[31mred\x00\x7f\x9b31m\u2028\u202e\ud800\ufeff\x85end"


@pytest.mark.parametrize("kind", ["json", "console"])
@pytest.mark.parametrize("field", ["event", "text", "other"])
def test_no_text_forges_a_line_or_drives_a_terminal(stream, kind, field):
    """Neither as event nor as a field."""
    configure(kind, "info", stream)
    fields = {"event": "e", "text": "t", "other": "o", field: HOSTILE}
    structlog.get_logger().info(**fields)
    written = stream.getvalue()
    head, *rest = written.rstrip("\n").split("\n")
    assert all(line.startswith("    | ") for line in rest)
    assert rest == [] if kind == "json" else len(rest) <= 2
    assert all(char.isprintable() for char in head + "".join(rest))
    written.encode()
    if kind == "json":
        assert json.loads(written)[field] == HOSTILE


def test_lines_for_people_keep_several_lines_readable(stream):
    """Indented, so that none can pass for another call's."""
    configure("console", "debug", stream)
    structlog.get_logger().debug("function_log", function="hello", note="two words", text="Error: x\n    at y")
    assert stream.getvalue()[8:] == (
        " debug   function_log function=hello note='two words'\n    | Error: x\n    |     at y\n"
    )


def test_levels_below_the_configured_one_are_silent_and_configure_changes_it(stream):
    """Also for loggers that were made before."""
    log = structlog.get_logger(component="kv")
    configure("json", "warn", stream)
    log.info("no")
    configure("json", "debug", stream)
    log.debug("yes")
    assert [(line["event"], line["component"]) for line in lines(stream)] == [("yes", "kv")]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, object(), {("a",): 1}])
def test_whatever_is_logged_a_line_comes_out(stream, value):
    """And it is JSON by RFC 8259, which has no NaN."""
    configure("json", "info", stream)
    structlog.get_logger().info("e", value=value)
    line = json.loads(stream.getvalue(), parse_constant=pytest.fail)
    assert line["event"].strip("'") == "e"


def test_a_circle_is_logged(stream):
    """As its repr."""
    configure("json", "info", stream)
    circle = []
    circle.append(circle)
    structlog.get_logger().info("e", value=circle)
    assert lines(stream)[0]["value"] == "[[...]]"


def test_exceptions_have_their_traceback_in_the_line(stream):
    """Escaped, in one line."""
    configure("json", "info", stream)
    try:
        raise ValueError("nope")
    except ValueError:
        structlog.get_logger().exception("failed")
    assert "ValueError: nope" in lines(stream)[0]["exception"]


def test_libraries_come_along_from_warnings_on(stream):
    """As lines of the same form."""
    configure("json", "debug", stream)
    logging.getLogger("httpx").info("GET http://internal/?token=x")
    logging.getLogger("hypercorn.error").warning("odd %s", "thing\n")
    (line,) = lines(stream)
    assert (line["level"], line["event"], line["logger"]) == ("warning", "odd thing\n", "hypercorn.error")


class Broken(io.StringIO):
    def write(self, text):
        raise BrokenPipeError(text)

    def flush(self):
        raise OSError(28, "no space left on device")


def test_a_broken_stream_fails_no_caller():
    """A full disk loses lines, not requests; a closed stream too."""
    configure("json", "info", Broken())
    structlog.get_logger().info("lost")
    closed = io.StringIO()
    closed.close()
    configure("json", "info", closed)
    structlog.get_logger().info("lost")


# -- functions


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def test_a_line_of_a_function_says_whose_it_is(stream):
    """Function, version, request and level."""
    configure("json", "debug", stream)
    function_logs = FunctionLogs()
    for level in ("debug", "info", "warn", "error"):
        function_logs.write(speaker(FUNCTION, "r1"), level, "text")
    written = lines(stream)
    assert [line["level"] for line in written] == ["debug", "info", "warning", "error"]
    fields = {"event": "function_log", "function": "hello", "version": "v3", "request_id": "r1", "text": "text"}
    assert all(fields.items() <= line.items() for line in written)


def test_a_long_line_is_cut_with_a_mark(stream):
    """At 10,000 characters, whatever they are."""
    configure("json", "info", stream)
    FunctionLogs().write(speaker(), "info", "é" * 12_345)
    assert lines(stream)[0]["text"] == "é" * 10_000 + "... 2345 more characters"


def test_a_function_over_its_lines_loses_them_and_the_loss_is_told(stream, clock):
    """At once, then once a second; others are not concerned."""
    configure("json", "info", stream)
    function_logs = FunctionLogs(LogLimits(lines=10), clock=clock)
    for number in range(100):
        function_logs.write(speaker(), "info", str(number))
    other = Function("id2", "other", "sha256:0")
    function_logs.write(speaker(other), "info", "here")
    assert [line.get("text", line["event"]) for line in lines(stream)] == [
        *map(str, range(20)),
        "function_logs_dropped",
        "here",
    ]
    assert function_logs.statistics() == {"hello": LogStatistics(20, 80), "other": LogStatistics(1, 0)}
    clock.now += 1
    function_logs.write(speaker(), "info", "again")
    told, again = lines(stream)[-2:]
    assert (told["function"], told["dropped"], told["total"], again["text"]) == ("hello", 79, 80, "again")
    assert "10 lines" in told["limits"]


def test_under_a_steady_flood_the_reports_are_few(stream, clock):
    """A second of it makes one report, not one for each line that gets through."""
    configure("json", "info", stream)
    function_logs = FunctionLogs(LogLimits(lines=10), clock=clock)
    for _ in range(10_000):
        clock.now += 0.001
        function_logs.write(speaker(), "info", "x")
    events = [line["event"] for line in lines(stream)]
    assert events.count("function_log") == pytest.approx(120, abs=2)
    assert events.count("function_logs_dropped") <= 10


def test_bytes_are_limited_too(stream, clock):
    """In bytes of UTF-8, after the cut; they come back with time."""
    configure("json", "info", stream)
    function_logs = FunctionLogs(LogLimits(bytes=100), clock=clock)
    for text in ("é" * 100, "x", "\ud800"):
        function_logs.write(speaker(), "info", text)
    assert function_logs.statistics() == {"hello": LogStatistics(1, 2)}
    clock.now += 0.01
    function_logs.write(speaker(), "info", "x")
    assert function_logs.statistics() == {"hello": LogStatistics(2, 2)}


def test_what_was_dropped_at_the_end_is_told_by_report(stream, clock):
    """Once."""
    configure("json", "info", stream)
    function_logs = FunctionLogs(LogLimits(lines=1), clock=clock)
    for _ in range(5):
        function_logs.write(speaker(), "info", "x")
    function_logs.report()
    function_logs.report()
    told = [line["dropped"] for line in lines(stream) if line["event"] == "function_logs_dropped"]
    assert told == [1, 2]


def test_a_clock_that_goes_back_gives_no_credit(stream, clock):
    """And takes none."""
    configure("json", "info", stream)
    function_logs = FunctionLogs(LogLimits(lines=1), clock=clock)
    for now in (100, 0, 100, 100):
        clock.now = now
        function_logs.write(speaker(), "info", "x")
    assert function_logs.statistics()["hello"].written == 4


def test_secrets_of_the_function_are_masked_before_the_cut(stream):
    """So that no half of one is left; values too short to be told from words are not."""
    configure("json", "info", stream)
    FunctionLogs(LogLimits(line=20)).write(speaker(), "info", "1234 key s3cret-value and more")
    assert lines(stream)[0]["text"] == "1234 key [redacted] ... 8 more characters"


def test_credentials_of_the_request_are_masked_in_what_its_function_says(stream):
    """As headers print them, and their parts; in what other requests bring about they are words as any other."""
    configure("json", "info", stream)
    function_logs = FunctionLogs()
    function_logs.configure(LogLimits(), ["X-Internal-Key"])
    headers = [
        ("authorization", "Bearer token-of-alice"),
        ("cookie", "theme=dark; session=5e55104-1d"),
        ("x-internal-key", "key-of-ours"),
        ("proxy-authorization", "Basic YWxpY2U6aHVudGVyMTI="),  # alice:hunter12
        ("user-agent", "curl-of-alice"),
    ]
    said = speaker(headers=headers)
    function_logs.write(said, "info", "got Bearer token-of-alice, session=5e55104-1d; theme=dark")
    function_logs.write(said, "info", "key-of-ours hunter12 curl-of-alice token-of-alice")
    function_logs.write(speaker(), "info", "token-of-alice")
    assert [line["text"] for line in lines(stream)] == [
        "got [redacted], session=[redacted]; theme=dark",
        "[redacted] [redacted] curl-of-alice [redacted]",
        "token-of-alice",
    ]


def test_what_is_written_is_kept_for_a_journal(stream):
    """What was dropped is not; an invocation that another one has called has an id of its own."""
    configure("json", "info", stream)
    kept = []
    function_logs = FunctionLogs(LogLimits(lines=1), keep=lambda *entry: kept.append(entry))
    said = speaker()
    said.id = "r.1"
    results = [function_logs.write(said, "warn", str(number)) for number in range(3)]
    assert results == [True, True, False]
    fields = {"function": "hello", "version": "v3", "request_id": "r", "id": "r.1", "text": "0"}
    assert kept[0] == ("warning", "function_log", fields)
    assert len(kept) == 2


# -- redaction


def test_credentials_in_headers_are_redacted():
    """Whatever the case of the name; the rest stays in order."""
    headers = [
        ("Authorization", "Bearer x"),
        ("accept", "*/*"),
        ("COOKIE", "a=b"),
        ("set-cookie", "c"),
        ("X-Api-Key", "k"),
    ]
    assert redact_headers(headers) == [
        ("Authorization", "[redacted]"),
        ("accept", "*/*"),
        ("COOKIE", "[redacted]"),
        ("set-cookie", "[redacted]"),
        ("X-Api-Key", "[redacted]"),
    ]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("/a?b=c", "/a?b=c"),
        ("/a?api_key=1&b=2&TOKEN=3#f", "/a?api_key=[redacted]&b=2&TOKEN=[redacted]#f"),
        ("/a?%61pi_key=1", "/a?%61pi_key=[redacted]"),
        ("/a?access_token=a=b;password=p", "/a?access_token=[redacted];password=[redacted]"),
        ("https://user:pw@host/p?sig=x", "https://[redacted]@host/p?sig=[redacted]"),
        ("https://host/p@q?key=", "https://host/p@q?key=[redacted]"),
        ("/token=1", "/token=1"),
        ("https://user:p@ss@host/", "https://[redacted]@host/"),
    ],
)
def test_credentials_in_urls_are_redacted(url, expected):
    """User information and parameters that hold credentials, however they are written."""
    assert redact_url(url) == expected


def test_the_longest_secret_is_masked_first():
    """One that contains another is not left in part."""
    assert mask("abcdef-ghijkl abcdef abc", ["abcdef", "abcdef-ghijkl", "abc", ""]) == "[redacted] [redacted] abc"


@pytest.mark.parametrize("level", get_args(LogLevel))
def test_every_level_of_the_config_is_known(stream, level):
    """A gateway starts with each."""
    configure("json", level, stream)
    structlog.get_logger().error("seen")
    assert lines(stream)[0]["event"] == "seen"


@pytest.mark.parametrize("kind", ["json", "console"])
def test_what_each_request_logs_looks_like_all_other_lines(stream, kind):
    """It is written past structlog, because there is so much of it."""
    configure(kind, "info", stream)
    fields = {"path": HOSTILE, "status": 200, "ms": 1.25, "headers": {"a": "b"}, "nothing": None}
    with structlog.contextvars.bound_contextvars(worker=3):
        structlog.get_logger().warning("request", **fields)
        log_often("warning", "request", fields)
    one, other = (re.sub(r"\d\d:\d\d:\d\d(\.\d{6})?", "TIME", part) for part in halves(stream.getvalue()))
    assert one == other
    assert "TIME" in one


def halves(text):
    return text[: len(text) // 2], text[len(text) // 2 :]


def test_what_each_request_logs_has_the_level_of_the_log_too(stream):
    """And a stream that cannot be written to costs no request."""
    configure("json", "warn", stream)
    log_often("info", "request", {})
    assert stream.getvalue() == ""
    stream.close()
    log_often("warning", "request", {})
