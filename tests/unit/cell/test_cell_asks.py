"""Synchronous operations that a cell asks its gateway for."""

from __future__ import annotations

import hashlib
import json
import time

import msgspec
import pytest

from edge.wire import cell as wire
from tests.support.cell_driver import assignment, body

DIGEST = """
module.exports = async (req, res) => {
  const size = Number(req.path.slice(1));
  try {
    res.send(Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.alloc(size, 'ab'))).toString('hex'));
  } catch (error) {
    res.send(`${error.constructor.name} ${error.message} ${error.code}`);
  }
};
"""
OPS = ("crypto.digest",)


def answer(cell, ask, value=None, data=b""):
    cell.send(wire.Answer(ask.isolate, msgspec.json.encode({"value": value}), data))


def fail(cell, ask, name, message, code=""):
    error = {"name": name, "message": message, "code": code}
    cell.send(wire.Answer(ask.isolate, msgspec.json.encode({"error": error}), b""))


@pytest.mark.parametrize("size", [0, 5, 65520, 65536, 5_000_000])
def test_a_request_arrives_whole(cell, size):
    """Head and bytes of any size, and the isolate waits for the answer."""
    cell.assign(DIGEST, ops=OPS)
    number = cell.begin(f"/{size}")
    ask = cell.expect(wire.Ask)
    assert ask.isolate == number
    assert json.loads(ask.head) == {"op": "crypto.digest", "args": {"algorithm": "sha256"}}
    assert ask.data == (b"ab" * size)[:size]
    answer(cell, ask, data=hashlib.sha256(ask.data).digest())
    assert body(cell.expect(wire.Result)) == hashlib.sha256(ask.data).hexdigest().encode()


@pytest.mark.parametrize("size", [0, 1, 65520, 500_000])
def test_an_answer_arrives_whole(cell, size):
    """Bytes of any size come back."""
    cell.assign(DIGEST, ops=OPS)
    cell.begin("/1")
    answer(cell, cell.expect(wire.Ask), data=b"\xab" * size)
    assert body(cell.expect(wire.Result)) == b"ab" * size


def test_a_failure_is_thrown_as_what_it_names(cell):
    """Class, message and code are the gateway's."""
    cell.assign(DIGEST, ops=OPS)
    cell.begin("/1")
    fail(cell, cell.expect(wire.Ask), "RangeError", "too much é", "ERR_MUCH")
    assert body(cell.expect(wire.Result)) == "RangeError too much é ERR_MUCH".encode()


def test_only_named_operations_are_asked_for(cell):
    """What the gateway does not offer, and the runtime has, runs in the cell."""
    cell.assign(DIGEST)
    assert cell.invoke("/2") == hashlib.sha256(b"ab").hexdigest().encode()


def test_a_module_can_be_loaded_through_the_gateway(cell):
    """A computed name is resolved and loaded synchronously, and the module runs."""
    cell.assign(
        "module.exports = (req, res) => { res.send(require('./' + 'late').text) };",
        ops=("module.load", "module.resolve"),
    )
    cell.begin()
    replies = {
        "module.resolve": "/app/late.js",
        "module.load": {"path": "/app/late.js", "kind": "cjs", "source": "exports.text = 'late'", "resolutions": {}},
    }
    report = cell.receive()
    while isinstance(report, wire.Ask):
        answer(cell, report, replies[json.loads(report.head)["op"]])
        report = cell.receive()
    assert body(report) == b"late"


def test_others_run_while_one_waits(cell):
    """Only the asking isolate's thread is held, and answers find their isolate in any order."""
    cell.assign(DIGEST, ops=OPS, spare=2)
    asks = {}
    for size in (1, 2, 3):
        cell.begin(f"/{size}")
        ask = cell.expect(wire.Ask)
        asks[ask.isolate] = ask
    for number in reversed(asks):
        answer(cell, asks[number], data=bytes([number]))
        result = cell.expect(wire.Result)
        assert (result.isolate, body(result)) == (number, b"%02x" % number)


@pytest.mark.parametrize("end", [wire.Terminate, wire.Drop])
def test_an_isolate_that_waits_can_be_ended(cell, end):
    """Nobody has to answer any more, and a late answer does no harm."""
    cell.assign(DIGEST, ops=OPS)
    number = cell.begin("/1")
    ask = cell.expect(wire.Ask)
    begun = time.monotonic()
    cell.send(end(number))
    assert cell.expect(wire.Result).isolate == number
    assert time.monotonic() - begun < 0.25
    answer(cell, ask, data=b"late")
    cell.drop(number)
    other = cell.begin("/1")
    again = cell.expect(wire.Ask)
    answer(cell, again, data=b"\x01")
    result = cell.expect(wire.Result)
    assert (result.isolate, body(result)) == (other, b"01")


def test_answers_that_nobody_waits_for_are_ignored(cell):
    """Only one answer counts for each ask."""
    cell.assign(DIGEST, ops=OPS)
    number = cell.begin("/1")
    ask = cell.expect(wire.Ask)
    for byte in (b"\x01", b"\x02", b"\x03"):
        answer(cell, ask, data=byte)
    assert body(cell.expect(wire.Result)) == b"01"
    cell.send(wire.Answer(number, b"not even JSON", b""))
    cell.drop(number)
    cell.begin("/1")
    answer(cell, cell.expect(wire.Ask), data=b"\x04")
    assert body(cell.expect(wire.Result)) == b"04"


def test_an_answer_that_is_no_answer_fails_the_operation(cell):
    """The function gets an error; the cell goes on."""
    cell.assign(DIGEST, ops=OPS)
    cell.begin("/1")
    ask = cell.expect(wire.Ask)
    cell.send(wire.Answer(ask.isolate, b"[]", b""))
    assert body(cell.expect(wire.Result)).startswith(b"TypeError bad arguments")


LATE = """
module.exports = (req, res) => {
  for (const name of req.path === '/polluted' ? [0, 1, 2, 3, 4, 'toJSON', 'error'] : []) {
    const trap = { __proto__: null, get: () => 'theirs', set() { throw new Error('theirs') }, configurable: true };
    Object.defineProperty(Object.prototype, name, trap);
  }
  res.send(require(NAME).text);
};
"""


@pytest.mark.parametrize("rewind", [True, False], ids=["home", "hosted"])
@pytest.mark.parametrize(
    ("expression", "name"),
    [
        ("'./' + 'late'", "./late"),
        ("'./é\\u0001\\u{1f600}' + '\"'", './é\x01\U0001f600"'),
        ("'./' + 'x'.repeat(40_000)", "./" + "x" * 40_000),
        ("'./' + '\\u{1f600}'.repeat(10_000)", "./" + "\U0001f600" * 10_000),
    ],
    ids=["ascii", "any", "long", "wide"],
)
def test_questions_and_answers_of_any_text_arrive_whole(cell_nursery, expression, name, rewind):
    """Short ones go as strings, long ones as bytes; also when prototypes are full of traps; one after the other."""
    with cell_nursery.cell() as cell:
        cell.send(assignment(LATE.replace("NAME", expression), ops=("module.load", "module.resolve"), rewind=rewind))
        cell.expect(wire.Assigned)
        for path, size in (("/", 1), ("/polluted", 50_000), ("/", 100_000)):
            text = "\U0001f600é\x00" * size
            cell.begin(path)
            ask = cell.expect(wire.Ask)
            asked = json.loads(ask.head)
            assert asked["op"] == "module.resolve"
            assert asked["args"]["specifier"] == name
            assert not ask.data
            answer(cell, ask, "/app/late.js")
            ask = cell.expect(wire.Ask)
            assert json.loads(ask.head)["op"] == "module.load"
            source = f"exports.text = {json.dumps(text)}"
            answer(cell, ask, {"path": "/app/late.js", "kind": "cjs", "source": source, "resolutions": {}})
            result = cell.expect(wire.Result)
            assert body(result) == text.encode()
            cell.drop(result.isolate)
