"""One isolate: turns, termination, limits, disposal; each test has a real one."""

from __future__ import annotations

import queue
import threading
import time

import pytest

from edge.engine import isolate as isolate_module
from edge.engine.dll import Kind
from edge.engine.isolate import Isolate, Result
from edge.errors import EngineCrashError
from edge.units import MIB
from tests.support.scripted_isolate import SCRIPT, ScriptedIsolate


@pytest.fixture
def isolate():
    with ScriptedIsolate() as isolate:
        yield isolate


def test_a_turn_answers_text(isolate):
    """Payloads and results are text of any length and content."""
    assert isolate.run("1 + 1") == Result(b"2")
    assert isolate.run("'\\u0000é😀'") == Result("\0é😀".encode())
    assert isolate.run("''") == Result(b"")
    assert isolate.run(f"'{'é' * 100_000}'.length") == Result(b"100000")


def test_turns_run_in_order_and_share_their_state(isolate):
    """Calls queue up on the isolate's thread; each gives one result."""
    for number in range(50):
        isolate.start(f"globalThis.seen = [...(globalThis.seen ?? []), {number}]; seen.length")
    assert [isolate.result().text for _ in range(50)] == [b"%d" % number for number in range(1, 51)]


def test_microtasks_run_before_the_next_turn(isolate):
    """A promise's reaction has run when the next turn begins."""
    isolate.run("globalThis.steps = []; Promise.resolve().then(() => steps.push('late')); steps.push('first')")
    assert isolate.run("steps.join()") == Result(b"first,late")


def test_what_a_turn_throws_is_a_failure_of_the_engine(isolate):
    """The runtime's entry never throws; when it does, the result says so and the isolate goes on."""
    assert isolate.run("throw new Error('no')").failed == Kind.EXECUTE_ERROR
    assert isolate.run("1") == Result(b"1")


def wait_until_busy(isolate):
    """Until the isolate's thread has worked for 10 ms."""
    end = time.monotonic() + 20
    until = isolate.isolate.cpu_time() + 0.01
    while isolate.isolate.cpu_time() < until:
        assert time.monotonic() < end, "the code does not run"
        time.sleep(0.001)


ENDLESS = {
    "a loop": "for (;;);",
    "a loop that catches": "for (;;) { try { for (;;); } catch {} }",
    "microtasks": "(function again() { Promise.resolve().then(again) })()",
    "await": "(async () => { for (;;) await null })()",
    "a slow regular expression": "/(a+)+$/.test('a'.repeat(40) + 'b')",
    "a getter": "const o = { get a() { for (;;); } }; JSON.stringify(o)",
}


@pytest.mark.parametrize("source", ENDLESS.values(), ids=ENDLESS.keys())
def test_endless_code_is_terminated(isolate, source):
    """Termination stops what would run for ever, whether the turn or its microtasks do."""
    isolate.start(source)
    wait_until_busy(isolate)
    isolate.isolate.terminate()
    isolate.start("'on'")
    assert Result(b"on") in {isolate.result(), isolate.result()}


def test_a_terminated_turn_has_failed(isolate):
    """The result of a terminated turn is not text."""
    isolate.start("for (;;);")
    wait_until_busy(isolate)
    assert isolate.results.empty()
    isolate.isolate.terminate()
    assert isolate.result().failed


def test_memory_over_the_limit_ends_the_turn_and_not_the_process():
    """The heap's limit terminates the code, which is told apart from other terminations."""
    with ScriptedIsolate(memory=24 * MIB) as isolate:
        assert not isolate.isolate.out_of_memory
        assert isolate.run("const kept = []; for (;;) kept.push(new Array(1000).fill(kept.length))").failed
        assert isolate.isolate.out_of_memory


def test_a_heap_limit_is_of_one_isolate():
    """Isolates made one after the other have each their own limit."""
    fill = "const kept = []; for (let i = 0; i < 9000; i++) kept.push(new Array(1000).fill(i)); kept.length"
    with ScriptedIsolate(memory=24 * MIB) as small, ScriptedIsolate(memory=256 * MIB) as large:
        assert large.run(fill) == Result(b"9000")
        assert small.run(fill).failed
        assert small.isolate.out_of_memory
        assert not large.isolate.out_of_memory


def test_disposing_twice_is_once(isolate):
    """Whoever gives an isolate up need not know who else did."""
    isolate.isolate.dispose()
    isolate.isolate.dispose()
    isolate.isolate.terminate()
    assert isolate.isolate.cpu_time() == 0.0


def test_disposing_from_several_threads_at_once():
    """The first disposes, the others return."""
    with ScriptedIsolate() as isolate:
        threads = [threading.Thread(target=isolate.isolate.dispose) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        assert not any(thread.is_alive() for thread in threads)


def test_disposing_while_code_runs(isolate):
    """Terminated code does not hold the disposal up."""
    isolate.start("for (;;);")
    wait_until_busy(isolate)
    begun = time.monotonic()
    isolate.isolate.terminate()
    isolate.isolate.dispose()
    assert time.monotonic() - begun < 5


def test_a_disposed_isolate_is_forgotten():
    """The table of callbacks keeps nothing alive."""
    before = dict(isolate_module._isolates)
    with ScriptedIsolate() as isolate:
        assert isolate.isolate in isolate_module._isolates.values()
    assert isolate_module._isolates == before


def test_cpu_time_is_the_isolates_own(isolate):
    """Work counts, and waiting does not."""
    begun = isolate.isolate.cpu_time()
    isolate.run("const end = Date.now() + 50; while (Date.now() < end);")
    used = isolate.isolate.cpu_time() - begun
    assert 0.005 < used < 5
    idle = isolate.isolate.cpu_time()
    time.sleep(0.02)
    assert isolate.isolate.cpu_time() - idle < 0.01


def test_blocking_waits_are_refused(isolate):
    """`Atomics.wait` would hold a thread that termination cannot reach."""
    wait = "try { Atomics.wait(new Int32Array(new SharedArrayBuffer(8)), 0, 0, 1e6) } catch (e) { e.name }"
    assert isolate.run(wait) == Result(b"TypeError")


BROKEN = {
    "throws": "throw new Error('no runtime')",
    "does not compile": "function (",
    "leaves no entry": "1",
    "gives no box": "globalThis.__edge = () => 1",
}


@pytest.mark.parametrize("source", BROKEN.values(), ids=BROKEN.keys())
def test_a_runtime_that_does_not_come_up_is_an_error(source):
    """Making the isolate fails with an error of the engine, and leaves nothing behind."""
    before = dict(isolate_module._isolates)
    with pytest.raises(EngineCrashError, match="did not come up"):
        ScriptedIsolate(source)
    assert isolate_module._isolates == before


def test_the_entry_is_not_left_where_functions_can_see_it(isolate):
    """Only the host holds it."""
    assert isolate.run("typeof __edge") == Result(b"undefined")


def test_a_syntax_error_has_its_line(isolate):
    """What is wrong with a source is told without running it."""
    assert isolate.isolate.parse_error("let a = 1;") is None
    assert "SyntaxError" in (isolate.isolate.parse_error("\n\nlet b = ;") or "")
    assert ":3:" in (isolate.isolate.parse_error("\n\nlet b = ;") or "")


def test_results_go_to_whoever_asks_for_them_now(isolate):
    """A pooled isolate is handed from one invocation to the next."""
    others: queue.SimpleQueue[Result] = queue.SimpleQueue()
    isolate.run("1")
    isolate.isolate.on_result = others.put
    isolate.start("2")
    assert others.get(timeout=10) == Result(b"2")


def test_many_isolates_live_at_once():
    """Each has its own heap and thread."""
    results: queue.SimpleQueue[Result] = queue.SimpleQueue()
    isolates = [Isolate(None, {}, results.put, source=SCRIPT) for _ in range(10)]
    try:
        for number, isolate in enumerate(isolates):
            isolate.turn(b"globalThis.mine = (globalThis.mine ?? 0) + %d" % number)
        assert {results.get(timeout=10).text for _ in isolates} == {b"%d" % number for number in range(10)}
    finally:
        for isolate in isolates:
            isolate.dispose()
