"""Responses of another maker than the runtime: what a package returns that brings its own."""

from __future__ import annotations

import pytest

from edge.errors import FunctionError
from tests.runtime.contract_rig import call

HEADERS = """{
    all: { 'x-a': 'b', 'set-cookie': 'c=1, d=2' },
    forEach(call) { for (const [name, value] of Object.entries(this.all)) call(value, name, this) },
    %s
}"""
COOKIES = "getSetCookie() { return ['c=1', 'd=2'] }"
BODIES = {
    "a text": ("'plain'", b"plain"),
    "nothing": ("null", b""),
    "a stream of ours": ("new Response('ours').body", b"ours"),
    "a stream of another maker": ("{ getReader: () => reader(['a', 'b']) }", b"ab"),
    "a stream of Node": ("require('stream').Readable.from([Buffer.from('no'), Buffer.from('de')])", b"node"),
}


READER = """
const reader = (left) => ({ async read() {
  const value = left.shift();
  return { done: value === undefined, value: value && new TextEncoder().encode(value) };
} });
"""


def answered(body: str, cookies: str = COOKIES, status: str = "201"):
    headers = HEADERS % cookies
    made = f"{{ status: {status}, statusText: 'ok', headers: {headers}, body: {body}, arrayBuffer() {{}} }}"
    return call(
        f"{READER} exports.__esModule = true; exports.default = {{ fetch: async () => ({made}) }}", contract="web"
    )


@pytest.mark.parametrize(("body", "sent"), BODIES.values(), ids=BODIES.keys())
def test_it_is_sent_as_it_says(body: str, sent: bytes) -> None:
    """Status, headers with each cookie of its own, and the body, whatever stream it is."""
    answer = answered(body)
    assert (answer.status, answer.body) == (201, sent)
    assert {("x-a", "b"), ("set-cookie", "c=1"), ("set-cookie", "d=2")} <= set(answer.headers)


def test_without_a_list_of_cookies_they_stay_as_they_are() -> None:
    """Older ones have only `forEach`."""
    assert ("set-cookie", "c=1, d=2") in answered("null", "none: 1").headers


@pytest.mark.parametrize("made", ["{}", "{ status: 200 }", "{ status: 200, headers: {}, arrayBuffer() {} }", "[]", "7"])
def test_what_is_no_response_is_refused_as_before(made: str) -> None:
    """The message says what came."""
    with pytest.raises(FunctionError, match="expected a Response"):
        call(f"exports.__esModule = true; exports.default = {{ fetch: async () => ({made}) }}", contract="web")


def test_a_status_that_no_response_has_is_the_functions_error() -> None:
    """As when it makes one of ours with it."""
    with pytest.raises(FunctionError, match="status"):
        answered("null", status="42")
