"""A cell runs a function in fresh isolates, driven frame by frame over its socket."""

from __future__ import annotations

import time
from itertools import islice, pairwise
from pathlib import Path

import msgspec
import pytest

from edge.wire import cell as wire
from edge.wire.frames import frame
from tests.support.cell_driver import RESOLUTIONS, body, source_assignment, start

HELLO = "let served = 0; module.exports = (req, res) => { served += 1; res.send(`hello ${req.path} ${served}`) };"
DIGESTS = """
module.exports = (req, res) => {
  const { createHash, randomUUID } = require('node:crypto');
  const digest = createHash('sha256').update('abc').digest('hex').slice(0, 8);
  const { host } = new URL('http://b\\u00fccher.example/');
  res.send([digest, randomUUID().length, host, Temporal.Now.timeZoneId()].join());
};
"""


def test_a_blank_cell_tells_its_layers(cell_nursery):
    """The first report names what confines the cell."""
    with cell_nursery.cell() as bare, cell_nursery.cell(sandboxed=True) as sealed:
        assert bare.ready.layers == []
        assert {"seccomp", "no_new_privs", "rlimits", "pdeathsig"} <= set(sealed.ready.layers)


def test_every_invocation_has_a_fresh_isolate(cell):
    """What one leaves in its globals, no other sees."""
    cell.assign(HELLO)
    assert [cell.invoke("/a"), cell.invoke("/b"), cell.invoke("/a")] == [b"hello /a 1", b"hello /b 1", b"hello /a 1"]


def test_a_function_may_come_as_source(cell):
    """Without a snapshot of its own, the modules come with the first run of each isolate."""
    cell.send(source_assignment(HELLO))
    cell.expect(wire.Assigned)
    assert [cell.invoke("/a"), cell.invoke("/a")] == [b"hello /a 1", b"hello /a 1"]


def test_a_function_may_come_without_any_snapshot(cell):
    """Then the runtime itself is evaluated in each isolate."""
    cell.send(msgspec.structs.replace(source_assignment(HELLO), blob=b""))
    cell.expect(wire.Assigned)
    assert [cell.invoke("/a"), cell.invoke("/a")] == [b"hello /a 1", b"hello /a 1"]


@pytest.mark.slow
def test_hundreds_of_isolates_in_a_row_differ_and_leave_nothing(cell):
    """Each draws other random numbers; threads, descriptors and memory stay what they were."""
    cell.assign("module.exports = (req, res) => { res.send(String(Math.random())) };")
    seen = {cell.invoke() for _ in range(150)}
    before = cell.private_bytes()
    seen |= {cell.invoke() for _ in range(350)}
    assert len(seen) == 500
    assert cell.private_bytes() < before + (2 << 20)  # it is not at rest; garbage comes and goes
    threads = Path(f"/proc/{cell.pid}/task")  # main, maker, 4 disposers; spare and used isolates
    assert eventually(lambda: len(list(threads.iterdir())) <= 9)


def test_a_number_keeps_its_isolate(cell):
    """A second run with the same number goes on where the first stopped."""
    cell.assign("module.exports = (req, res) => { setTimeout(() => res.send('later'), 1) };")
    number = cell.begin()
    first = cell.expect(wire.Result)
    assert b'"timer":' in first.texts[-1]
    time.sleep(0.005)  # the function's own timer
    cell.send(wire.Run(number, [b'{"t":"tick"}']))
    assert body(cell.expect(wire.Result)) == b"later"


def test_a_run_without_events_is_another_turn(cell):
    """It answers with what is left, even when that is nothing."""
    cell.assign(HELLO)
    number = cell.begin()
    cell.expect(wire.Result)
    cell.send(wire.Run(number, []))
    assert cell.expect(wire.Result).isolate == number


def test_invocations_of_one_cell_run_at_once(cell):
    """Four isolates, of which one was spare, each answer for themselves; the quick one is not behind the slow ones."""
    cell.assign("module.exports = (req, res) => { if (req.path === '/slow') for (;;); res.send(req.path) };")
    slow = [cell.begin("/slow") for _ in range(3)]
    quick = cell.begin("/quick")
    result = cell.expect(wire.Result)
    assert (result.isolate, body(result)) == (quick, b"/quick")
    cell.send(*(wire.Terminate(number) for number in slow))
    assert {cell.expect(wire.Result).isolate for _ in slow} == set(slow)


def test_the_spare_isolates_are_as_many_as_asked_for(cell):
    """They stand before anything runs, and again when what ran has ended."""
    cell.assign(HELLO, spare=5, rewind=False)
    threads = Path(f"/proc/{cell.pid}/task")
    assert eventually(lambda: len(list(threads.iterdir())) == 4 + 5)  # main, its stand-in, maker, one disposer
    for _ in range(5):
        cell.invoke()
    assert eventually(lambda: 4 + 5 <= len(list(threads.iterdir())) <= 4 + 5 + 3)  # up to four disposers


def test_no_spare_isolates_still_serve(cell):
    """With none ready, each run has its isolate made."""
    cell.assign(HELLO, spare=0)
    assert [cell.invoke("/a") for _ in range(3)] == [b"hello /a 1"] * 3


def test_operations_of_the_runtime_run_in_the_cell(cell):
    """Digests, randomness and names of hosts need neither the gateway nor a file."""
    cell.assign(DIGESTS)
    assert cell.invoke() == b"ba7816bf,36,xn--bcher-kva.example,UTC"


def test_a_result_says_what_was_used(cell):
    """CPU time and heap are of the one isolate."""
    cell.assign("module.exports = (req, res) => { const end = Date.now() + 30; while (Date.now() < end); res.end() };")
    cell.begin()
    result = cell.expect(wire.Result)
    assert 0.005 < result.cpu < 5
    assert 100_000 < result.heap < 50_000_000


def test_cpu_time_can_be_asked_for_while_code_runs(cell):
    """The answer comes at once, and grows."""
    cell.assign("module.exports = () => { for (;;); };")
    number = cell.begin()
    cell.send(wire.Measure(number))
    first = cell.expect(wire.Measured)
    assert first.isolate == number
    assert any(used > first.cpu + 0.02 for used in islice(cpu_times(cell, number), 5000))


def cpu_times(cell, number):
    while True:
        cell.send(wire.Measure(number))
        yield cell.expect(wire.Measured).cpu


def test_unknown_numbers_are_of_isolates_that_are_gone(cell):
    """Commands for them are ignored."""
    cell.assign(HELLO)
    cell.send(wire.Terminate(7), wire.Drop(8), wire.Measure(9), wire.Answer(10, b"{}", b""))
    number = cell.begin("/x")
    assert cell.expect(wire.Result).isolate == number
    cell.send(wire.Drop(number), wire.Drop(number), wire.Terminate(number), wire.Measure(number))
    assert cell.invoke("/y") == b"hello /y 1"


def test_frames_come_in_any_pieces(cell):
    """Small and large ones, byte by byte or several at once."""
    cell.assign(HELLO, spare=3)
    small = [frame(msgspec.msgpack.encode(wire.Run(number, [start("/s")]))) for number in (1, 2)]
    large = frame(msgspec.msgpack.encode(wire.Run(3, [start("/" + "l" * 200_000)])))
    data = small[0] + large + small[1]
    middle = len(small[0] + large)
    cuts = sorted([*range(300), len(small[0]) + 4, 65536, 65540, 65541, middle - 1, middle + 3, len(data)])
    for begin, end in pairwise(cuts):
        cell.channel.sendall(data[begin:end])
    results = {result.isolate: body(result) for result in (cell.expect(wire.Result) for _ in range(3))}
    assert results[1] == results[2] == b"hello /s 1"
    assert results[3] == b"hello /" + b"l" * 200_000 + b" 1"


def test_a_gateway_that_goes_within_a_frame_takes_the_cell_along(cell):
    """Also in a large one, of which a part has come."""
    cell.assign(HELLO)
    cell.channel.sendall(frame(bytes(300_000))[:100_000])
    assert cell.leave().status == 0


def test_large_events_and_bodies_pass(cell):
    """Frames are bounded by the gateway, not by buffers."""
    cell.assign("module.exports = (req, res) => { res.write(req.path.repeat(2)); res.end() };")
    path = "/" + "x" * 3_000_000
    cell.send(wire.Run(1, [start(path)]))
    texts = cell.expect(wire.Result).texts
    assert sum(text.count(b"x") for text in texts) >= 6_000_000


def eventually(holds, seconds=10.0):
    """Whether something that nobody reports becomes true."""
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.005)
    return holds()


def test_a_code_cache_is_made_in_a_cell(cell, monkeypatch):
    """What it names is known without opening a file."""
    monkeypatch.setitem(RESOLUTIONS, "node:vm", "node:vm")
    cell.assign(
        "const { Script } = require('node:vm'); module.exports = (req, res) => {"
        " const cachedData = new Script('1 + 1').createCachedData();"
        " res.send(`${new Script('1 + 1', { cachedData }).cachedDataRejected}`) };"
    )
    assert [cell.invoke(), cell.invoke()] == [b"false", b"false"]
