"""What `edge dev` makes of log events."""

from __future__ import annotations

import click
import pytest
import structlog

from edge.cli.dev_log import DevLog

SOURCES = {("shop", "index.js"): "first();\nthrow new Error('no');\n"}


def told(seconds=None, **fields):
    """The line of an event, without the time and colours."""
    log = DevLog(lambda *place: SOURCES.get(place), lambda _: seconds)
    line = click.unstyle(log.line(None, "", fields))
    return line.partition(" ")[2]


def test_a_request_is_a_short_line():
    """Method, path, status, time; what is not ok is named."""
    assert told(event="request", method="GET", path="/a", status=200, ms=12.3, outcome="ok") == "GET /a 200 12 ms"
    assert told(event="request", method="GET", path="/a", status=504, ms=1, outcome="timeout").endswith("1 ms timeout")
    assert told(event="request", method="GET", path="/a", status=404, ms=1, code="no_route").endswith("no_route")


def test_an_error_shows_its_code():
    """The first place of the function's own."""
    text = told(
        event="request",
        method="GET",
        path="/",
        status=500,
        ms=1,
        outcome="exception",
        function="shop",
        error="Error: no",
        stack="Error: no\n    at /app/index.js:2:7",
    )
    assert "> 2 | throw new Error('no');" in text
    assert "index.js:2:7" in text


def test_what_functions_say_drives_no_terminal():
    """Nor does what clients send."""
    assert "\x1b" not in told(event="function_log", function="shop", text="\x1b[2J", level="info")
    assert "\x1b" not in told(event="request", method="GET", path="/\x1b[2J", status=200, ms=1)


def test_a_reload_says_what_serves():
    """And how long it took; what could not be built has been told before."""
    text = told(0.123, event="reloaded", rebuilt=["shop", "bad"], broken=["bad"], removed=["old"])
    assert "shop is ready 123 ms after it was saved" in text
    assert "bad" not in text
    assert "old is gone" in text
    with pytest.raises(structlog.DropEvent):
        told(event="reloaded", rebuilt=[], broken=["bad"], removed=[])


def test_what_cannot_run_is_not_ready():
    """Its problem has been told; the next time it may be without one."""
    log = DevLog(lambda *place: SOURCES.get(place), lambda _: None)
    assert "Unexpected token" in log.line(
        None, "", {"event": "function_problem", "function": "shop", "problem": "/app/index.js:2:1: Unexpected token"}
    )
    with pytest.raises(structlog.DropEvent):
        log.line(None, "", {"event": "reloaded", "rebuilt": ["shop"]})
    assert "shop is ready" in log.line(None, "", {"event": "reloaded", "rebuilt": ["shop"]})


def test_what_is_not_known_is_a_line_of_the_log():
    """Nothing of importance is kept back."""
    assert "kv_unavailable" in told(event="kv_unavailable", level="warning", error="no")
    with pytest.raises(structlog.DropEvent):
        told(event="sandbox", level="info")
