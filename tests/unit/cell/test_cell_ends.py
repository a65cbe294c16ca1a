"""How what runs in a cell ends, and how a cell does: terminations, limits, a gateway that goes."""

from __future__ import annotations

import resource
import signal
import struct
import time
from pathlib import Path

import msgspec
import pytest

from edge.engine import snapshot
from edge.units import MIB
from edge.wire import cell as wire
from edge.wire.frames import frame
from tests.support.cell_driver import assignment, body

ENDLESS = {
    "a loop": "for (;;);",
    "a loop that catches": "for (;;) { try { for (;;); } catch {} }",
    "microtasks": "(function again() { Promise.resolve().then(again) })()",
    "many microtasks": "(function again() { queueMicrotask(again); Promise.resolve().then(again) })()",
    "await": "(async () => { for (;;) await null })()",
    "a loop after a loop": "Promise.resolve().then(() => { for (;;); }); for (;;);",
    "a loop before tasks that loop": "const spin = () => { setTimeout(spin, 0); for (;;); }; spin()",
    "tasks": "(function again() { setTimeout(again, 0) })()",
    "a slow regular expression": "/(a+)+$/.test('a'.repeat(40) + 'b')",
}
SPIN = "module.exports = (req, res) => { if (req.path === '/spin') for (;;); res.send('done') };"


def wait_until_busy(cell, number):
    """Until the isolate has worked for 10 ms more."""
    until = cell.expect_measured(number) + 0.01
    end = time.monotonic() + 20
    while cell.expect_measured(number) < until:
        assert time.monotonic() < end, "the code does not run"


@pytest.mark.parametrize("source", [ENDLESS[name] for name in ENDLESS if name != "tasks"])
def test_terminated_code_ends_within_the_grace(cell, source):
    """Also when it has queued more to run: the one result comes, and the cell serves on."""
    cell.assign(f"module.exports = (req, res) => {{ if (req.path === '/') {{ {source} }} else res.send('fine') }};")
    number = cell.begin()
    wait_until_busy(cell, number)
    cell.send(wire.Terminate(number))
    begun = time.monotonic()
    assert cell.expect(wire.Result).isolate == number
    assert time.monotonic() - begun < 0.25
    cell.drop(number)
    assert cell.invoke("/fine") == b"fine"


def test_tasks_without_end_are_reported_in_between(cell):
    """A run stops after some turns, so that the gateway decides about more."""
    cell.assign(f"module.exports = () => {{ {ENDLESS['tasks']} }};")
    cell.begin()
    result = cell.expect(wire.Result)
    assert not result.fault
    assert result.texts[-1].endswith(b'"busy":true}') or b'"timer"' in result.texts[-1]


def test_dropping_what_runs_ends_it_with_one_result(cell):
    """The result says that the code has ended; nothing comes after it."""
    cell.assign(SPIN)
    number = cell.begin("/spin")
    wait_until_busy(cell, number)
    cell.drop(number)
    result = cell.expect(wire.Result)
    assert (result.isolate, result.fault) == (number, "engine")
    assert cell.invoke("/") == b"done"


def test_a_run_that_waits_for_its_isolate_can_be_given_up(cell):
    """It has its one result too, and the isolate that was made for it serves another."""
    cell.assign(SPIN, spare=1)
    spinning = cell.begin("/spin")
    cell.send(wire.Run(90, [b"never sent"]), wire.Drop(90), wire.Run(91, [b"never sent"]), wire.Terminate(91))
    assert {(cell.expect(wire.Result).isolate, "engine") for _ in range(2)} == {(90, "engine"), (91, "engine")}
    cell.send(wire.Terminate(spinning))
    assert cell.expect(wire.Result).isolate == spinning
    assert cell.invoke("/") == b"done"


def test_many_can_be_dropped_at_once(cell):
    """Disposals of running code do not wait for each other's turn."""
    cell.assign(SPIN)
    numbers = [cell.begin("/spin") for _ in range(6)]
    for number in numbers:
        wait_until_busy(cell, number)
    cell.send(*(wire.Drop(number) for number in numbers))
    begun = time.monotonic()
    assert {cell.expect(wire.Result).isolate for _ in numbers} == set(numbers)
    assert time.monotonic() - begun < 2
    assert cell.invoke("/") == b"done"


def test_code_that_ignores_termination_holds_up_no_other(cell):
    """Some builtins never look; their isolate's disposal hangs, and the others go on."""
    cell.assign(
        "module.exports = (req, res) => {"
        " if (req.path === '/') new Array(2 ** 29).fill(0).includes(1);"
        " res.end('ok') };"
    )
    number = cell.begin()
    wait_until_busy(cell, number)
    cell.drop(number)
    assert cell.invoke("/other") == b"ok"


def test_a_gateway_that_goes_takes_spinning_cells_along(cell):
    """The process ends at once and in order."""
    cell.assign(SPIN)
    wait_until_busy(cell, cell.begin("/spin"))
    begun = time.monotonic()
    assert cell.leave().status == 0
    assert time.monotonic() - begun < 0.2


def test_a_gateway_that_does_not_read_holds_the_cell_up(cell):
    """Sending blocks, the gateway's end of the socket still ends the process."""
    cell.assign("module.exports = (req, res) => { res.send('x'.repeat(8_000_000)) };")
    cell.begin()
    wait_until(lambda: "S" in state(cell.pid) and cell.cpu_seconds() > 0.01)
    assert cell.leave().status == 0


def state(pid):
    return Path(f"/proc/{pid}/stat").read_text("ascii").rsplit(") ", 1)[1][0]


def wait_until(holds):
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.005)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_of_terminals_and_managers_are_the_gateways_business(cell, number):
    """They go to the whole group; the gateway drains, and its cells with it."""
    cell.assign(SPIN)
    cell.signal(number)
    assert cell.invoke("/") == b"done"


# -- memory


def limit_data(cell, more):
    """Let the cell have so many bytes more than it has now."""
    lines = Path(f"/proc/{cell.pid}/status").read_text("ascii").splitlines()
    (now,) = (int(line.split()[1]) * 1024 for line in lines if line.startswith("VmData"))
    resource.prlimit(cell.pid, resource.RLIMIT_DATA, (now + more, now + more))


def test_a_heap_over_its_limit_is_a_fault(cell):
    """The isolate is lost; the cell is not, or says by its status that memory was the reason."""
    cell.assign("module.exports = () => { const kept = []; for (;;) kept.push(new Array(1000).fill(kept.length)) };")
    cell.begin()
    try:
        assert cell.expect(wire.Result).fault == "memory"
    except EOFError:
        assert cell.ended().status == 86


def test_a_buffer_over_the_process_limit_is_an_error_in_the_function(cell):
    """Memory outside the heap is the kernel's to refuse; the function can catch that, and the cell goes on."""
    cell.assign(
        "module.exports = (req, res) => {"
        " try { res.send(String(new ArrayBuffer(Number(req.path.slice(1)) * 2 ** 20).byteLength)) }"
        " catch (error) { res.send(error.name) } };"
    )
    limit_data(cell, 96 * MIB)
    assert cell.invoke("/64") == str(64 * MIB).encode()
    assert cell.invoke("/1000") == b"RangeError"
    assert cell.invoke("/64") == str(64 * MIB).encode()


@pytest.mark.slow
def test_invocations_that_use_all_they_may_follow_each_other(cell_nursery):
    """Isolates are made and runs begin only when there is room for them: no invocation pays for the one before."""
    source = (
        "module.exports = (req, res) => { const kept = [];"
        " if (req.path === '/heap') for (let i = 0; i < 50; i++) kept.push(new Array(131072).fill(i + 0.5));"
        " else for (let i = 0; i < 60; i++) kept.push(new Uint8Array(2 ** 20).fill(1));"
        " res.send(String(kept.length)) };"
    )
    with cell_nursery.cell(sandboxed=True) as cell:
        cell.assign(source)
        limit_data(cell, (64 + 16) * MIB)
        for _ in range(4):
            assert cell.invoke("/buffers") == b"60"
            assert cell.invoke("/heap") == b"50"
            assert cell.invoke("/buffers") == b"60"


HOGS = {
    "buffers": "const kept = []; for (;;) kept.push(new Uint8Array(2 ** 20).fill(1))",
    "caught buffers": "const a = []; for (;;) try { for (;;) a.push(new Uint8Array(2 ** 20).fill(1)) } catch {}",
    "strings": "let text = 'x'; for (;;) text = (text + text).split('').join('')",
    "objects": "const kept = []; for (;;) kept.push({ a: { b: kept.length } })",
    "code": "for (let i = 0;; i++) for (let f = new Function('x', `return x + ${i}`), k = 0; k < 999; k++) f(k)",
}


@pytest.mark.hostile
@pytest.mark.parametrize("source", HOGS.values(), ids=HOGS.keys())
def test_memory_without_end_ends_the_run_or_the_cell(cell, source):
    """Whatever it is that grows: a result comes, or the process ends; never more than allowed, never silence."""
    cell.assign(f"module.exports = () => {{ {source} }};", memory=48 * MIB)
    limit_data(cell, 64 * MIB)
    number = cell.begin()
    try:
        report = cell.receive(4)
    except TimeoutError:
        cell.send(wire.Terminate(number))
        report = receive_or_end(cell)
    except EOFError:
        report = None
    if report is None:
        assert cell.ended().status in (86, -signal.SIGTRAP, -signal.SIGSEGV, -signal.SIGILL, -signal.SIGABRT)
    else:
        assert isinstance(report, wire.Result)
    assert cell.leave().resident < 220 * 1024


def receive_or_end(cell):
    try:
        return cell.receive()
    except EOFError:
        return None


# -- a gateway that is wrong

WRONG = {
    "no message": frame(b"\xc1"),
    "no command": frame(msgspec.msgpack.encode(wire.Assigned())),
    "a frame that is too large": struct.pack("<I", 2**32 - 1),
    "a run before a function": frame(msgspec.msgpack.encode(wire.Run(1, []))),
}


@pytest.mark.parametrize("data", WRONG.values(), ids=WRONG.keys())
def test_a_mistake_of_ours_ends_the_cell(cell, data):
    """Nothing is guessed: the process ends with the status of an internal error."""
    cell.channel.sendall(data)
    assert cell.ended().status == 70


def test_a_cell_belongs_to_one_function_for_ever(cell):
    """It cannot be given a second one."""
    cell.assign(SPIN)
    cell.send(assignment(SPIN))
    assert cell.ended().status == 70


def test_a_function_that_cannot_start_is_broken(cell):
    """The gateway is told why no isolate could be made."""
    blob = snapshot.build("globalThis.nothing = 1")
    cell.send(wire.Assign(blob, b"", 64 * MIB, [], 1))
    assert "the runtime did not come up" in cell.expect(wire.Broken).reason


def test_results_are_of_the_runs_alone(cell):
    """After everything was dropped, silence: no report comes unasked."""
    cell.assign(SPIN)
    for _ in range(3):
        cell.invoke("/")
    with pytest.raises(TimeoutError):
        cell.receive(0.1)
    number = cell.begin("/")
    assert body(cell.expect(wire.Result)) == b"done"
    cell.drop(number)
