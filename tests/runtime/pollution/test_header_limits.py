"""Headers that nobody could send are refused when they are made, before time is spent on them."""

from __future__ import annotations

import time

import pytest

from edge.errors import BadResponseError, FunctionError
from tests.runtime.contract_rig import call, handle, value

WEB = "exports.__esModule = true; exports.default = {{ async fetch() {{ {0} return Response.json(answer); }} }};"


def web(code: str) -> object:
    """The value of `answer` after `code` in a web handler."""
    return value(call(WEB.format(code), contract="web"))


CAUGHT = (
    "let answer; const h = new Headers(); "
    "try {{ {0} }} catch (error) {{ answer = [error.name, error.message, [...h].length]; }}"
)


def caught(code: str) -> object:
    """`[name, message, number of headers in h]` of what `code` throws."""
    return web(CAUGHT.format(code))


@pytest.mark.parametrize("size", [262145, 2**24])
@pytest.mark.parametrize(
    "code",
    [
        "h.set('x-a', text)",
        "h.append('x-a', text)",
        "h.set(text, 'v')",
        "new Headers({ 'x-a': text })",
        "new Headers([[text, 'v']])",
    ],
)
def test_one_text_too_long(code: str, size: int) -> None:
    """A name or value over 256 KiB is a RangeError with limit and length, at once."""
    begun = time.process_time()
    assert caught(f"const text = 'v'.repeat({size}); {code};") == [
        "RangeError",
        f"Headers: a header's name or value has {size} characters, over the limit of 262144",
        0,
    ]
    assert time.process_time() - begun < 1


def test_text_of_the_limit() -> None:
    """256 KiB fit."""
    assert web("const answer = new Headers({ a: 'v'.repeat(262144) }).get('a').length;") == 262144


@pytest.mark.parametrize("method", ["append", "set"])
def test_too_many(method: str) -> None:
    """The 2,001st header is refused; those before are there."""
    assert caught(f"for (let i = 0; i < 1e6; i++) h.{method}('x-' + i, 'v');") == [
        "RangeError",
        "Headers: there are 2001 headers, over the limit of 2000",
        2000,
    ]


def test_too_many_at_once() -> None:
    """An initialiser is not read further than to the limit."""
    endless = "let answer = 0; function* pairs() { for (;;) { answer++; yield ['a' + answer, 'v']; } }"
    assert web(f"{endless} try {{ new Headers(pairs()); }} catch {{}}") == 2001


def test_too_much_in_all() -> None:
    """All names and values have room for 1 MiB together."""
    result = caught("for (let i = 0; i < 1e5; i++) h.append('x-' + i, 'v'.repeat(1000));")
    assert isinstance(result, list)
    assert result[0] == "RangeError"
    assert result[1].endswith("characters in all, over the limit of 1048576")


def test_replacing_needs_no_room() -> None:
    """At the limit a header can still be replaced, deleted and added again."""
    code = (
        "const h = new Headers(); for (let i = 0; i < 2000; i++) h.append('x-' + i, 'v');"
        "h.set('x-5', 'new'); h.delete('x-6'); h.append('x-5', 'more'); const answer = [h.get('x-5'), [...h].length];"
    )
    assert web(code) == ["new, more", 1999]


@pytest.mark.parametrize(
    "code",
    [
        "res.set('x-a', 'v'.repeat(2 ** 24))",
        "for (let i = 0; i < 1e6; i++) res.set('x-' + i, 'v')",
        "for (let i = 0; i < 1e6; i++) res.append('x-a', 'v')",
        "for (let i = 0; i < 1e6; i++) res.appendHeader('set-cookie', 'a=b')",
        "res.set('x-a', new Array(1e6).fill('v'))",
        "for (let i = 0; i < 1e5; i++) res.set('x-' + i, 'v'.repeat(1000))",
        "res.cookie('name', 'v'.repeat(300000))",
    ],
)
def test_express(code: str) -> None:
    """The response refuses them with an answer of 502, in no time."""
    begun = time.process_time()
    with pytest.raises(BadResponseError, match="over the limit of"):
        handle(f"{code}; res.end()")
    assert time.process_time() - begun < 2


def test_express_counts_what_is_there() -> None:
    """Room that is given back can be used again."""
    answer = handle(
        "for (let round = 0; round < 5; round++) { for (let i = 0; i < 1900; i++) res.append('x-a', 'v');"
        "res.set('x-a', ['v']); res.removeHeader('x-a'); } res.end('fine')"
    )
    assert answer.body == b"fine"


def test_express_append_keeps_its_values() -> None:
    """What is appended stands beside what was there, as text; Content-Type takes no second value."""
    assert value(handle("res.append('X-A', 1).append('x-a', [2, 3]); res.json(res.get('X-A'))")) == ["1", "2", "3"]
    with pytest.raises(FunctionError, match="Content-Type cannot be set to an Array"):
        handle("res.type('json').append('Content-Type', 'text/html')")


@pytest.mark.parametrize(
    "field",
    [
        "headers: { 'x-a': 'v'.repeat(2 ** 24) }",
        "headers: Object.fromEntries(Array.from({ length: 3000 }, (_, i) => ['x-' + i, 'v']))",
        "multiValueHeaders: { 'x-a': new Array(1e6).fill('v') }",
        "cookies: new Array(1e6).fill('a=b')",
    ],
)
def test_event(field: str) -> None:
    """The event contract refuses them, and says which field it was."""
    name = field.partition(":")[0]
    with pytest.raises(BadResponseError, match=rf"{name}: .* over the limit of"):
        call(f"exports.handler = async () => ({{ statusCode: 200, {field} }})", contract="event")
