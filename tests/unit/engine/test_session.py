"""An isolate and the invocations in it: who gets which effect, who pays for which run, what happens when it is lost."""

from __future__ import annotations

import json

import msgspec
import pytest

from edge.engine.machine import Machine, Note, Perform, Respond
from edge.engine.runner import Result
from edge.engine.session import Session
from edge.errors import EngineCrashError, FunctionError, HostCallError, MemoryLimitError, TimeoutLimitError
from edge.function import Function, Limits
from edge.services.api import Answer
from edge.units import MIB

FUNCTION = Function("id", "f", "sha256:0", limits=Limits(memory=64 * MIB))


class ScriptedRunner:
    """Keeps what it is given; the test says what comes back."""

    def __init__(self):
        self.uses = 0
        self.created = self.charged = 0.0
        self.on_result = self.on_call = None
        self.runs = []
        self.terminated = 0
        self.cpu = 0.0

    def run(self, events):
        self.runs.append(list(events))

    def terminate(self):
        self.terminated += 1

    async def cpu_time(self):
        return self.cpu

    def answer(self, *effects, busy=False, timer=None, cpu=None):
        """One run comes back."""
        self.cpu = self.cpu if cpu is None else cpu
        turn = {"effects": list(effects), "busy": busy, **({} if timer is None else {"timer": timer})}
        self.on_result(Result([json.dumps(turn).encode()], cpu=self.cpu))


class FakeMember:
    """An invocation that keeps what is delivered."""

    def __init__(self, number):
        self.machine = Machine(number)
        self.takes_more = True
        self.actions = []
        self.wakes = 0
        self.lost = None

    def deliver(self, actions):
        self.actions += actions
        self.wakes += 1

    def call_now(self, op, args):
        return {"at.hand": Answer(None, b"data"), "later": None}[op]

    def lose(self, error):
        self.lost = error


class Clock:
    """Time that the test sets."""

    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def runner():
    return ScriptedRunner()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def session(runner, clock):
    return Session(runner, FUNCTION, clock)


def joined(session, *numbers):
    members = [FakeMember(number) for number in numbers]
    for member in members:
        session.join(member, b'{"start":%d}' % member.machine.id)
    return members


def head(number, **fields):
    return {"t": "head", "id": number, "status": 200, "headers": [], "text": "hi", "end": True, **fields}


def call(number, of):
    return {"t": "call", "id": of, "call": number, "op": "kv.get"}


def test_a_run_is_given_at_once_and_the_next_when_it_came_back(session, runner):
    """Events that arrive meanwhile go together."""
    one, two, _ = joined(session, 1, 2, 3)
    assert runner.runs == [[b'{"start":1}']]
    runner.answer(call(7, 1))
    assert runner.runs[1:] == [[b'{"start":2}', b'{"start":3}']]
    assert [type(action) for action in one.actions] == [Perform]
    assert two.actions == []


def test_effects_reach_the_invocation_they_belong_to(session, runner):
    """However they are mixed; those of nobody are dropped."""
    one, two = joined(session, 1, 2)
    runner.answer()
    log = {"t": "log", "level": "info", "text": "x"}
    runner.answer(head(2), {**log, "id": 1}, head(9), {"t": "done", "id": 2}, busy=True)
    assert [type(action) for action in one.actions] == [Note]
    assert two.actions == [Respond(200, [], b"hi", end=True)]
    assert two.machine.done
    assert not one.machine.over


def test_a_call_in_the_middle_of_a_turn_is_answered_by_its_invocation(session, runner):
    """In a list, so that null is an answer; or false: it is to be asked at the end of the turn."""
    joined(session, 1, 2)
    assert runner.on_call(b'{"id":2,"op":"at.hand","args":{}}', b"") == Answer([msgspec.Raw(b"null")], b"data")
    assert runner.on_call(b'{"id":2,"op":"later","args":{}}', b"") == Answer(False)


@pytest.mark.parametrize("args", [b'{"id":3,"op":"at.hand","args":{}}', b'{"id":1,"op":"at.hand"}', b"1", b"{"])
def test_calls_of_nobody_are_refused(session, runner, args):
    """And what is no call."""
    joined(session, 1)
    with pytest.raises(HostCallError):
        runner.on_call(args, b"")


def test_a_busy_isolate_gets_another_turn(session, runner):
    """Without events."""
    joined(session, 1)
    runner.answer(busy=True)
    assert runner.runs == [[b'{"start":1}'], []]


def test_a_single_invocation_is_held_back_by_its_client(session, runner):
    """What it wrote has to leave first."""
    (one,) = joined(session, 1)
    one.takes_more = False
    runner.answer(busy=True)
    assert len(runner.runs) == 1
    one.takes_more = True
    session.pump()
    assert len(runner.runs) == 2


def test_one_slow_client_does_not_hold_back_another_invocation(session, runner):
    """They share the isolate, not their clients."""
    one, _ = joined(session, 1, 2)
    one.takes_more = False
    runner.answer()
    assert runner.runs[-1] == [b'{"start":2}']


def test_a_timer_is_due_by_the_clock(session, runner, clock):
    """Whoever wakes first gives the tick."""
    (one,) = joined(session, 1)
    runner.answer(timer=50)
    assert session.timer_at == 0.05
    assert one.wakes == 1
    session.pump()
    assert len(runner.runs) == 1
    clock.now = 0.05
    session.pump()
    assert runner.runs[1:] == [[b'{"t":"tick"}']]


def test_cpu_is_charged_once_though_an_isolate_is_used_again(runner):
    """By who has it later, after a moment in which nobody had: not for what those before have used."""
    found = []
    for number, cpu in ((1, 2.0), (2, 2.5), (3, 2.75)):
        session = Session(runner, FUNCTION, Clock())
        joined(session, number)
        runner.answer({"t": "done", "id": number}, cpu=cpu)
        found.append(session.cpu_charged(number))
        session.leave(number)
    assert found == [2.0, 0.5, 0.25]


def test_cpu_is_charged_to_those_whose_events_ran(session, runner):
    """Two that share a run share its cost."""
    joined(session, 1, 2, 3)
    runner.answer(call(1, 1), cpu=1.0)
    runner.answer(call(2, 2), call(3, 3), cpu=3.0)
    assert [session.cpu_charged(number) for number in (1, 2, 3)] == [1.0, 1.0, 1.0]
    assert session.cpu_charged(4) == 0.0


async def test_cpu_of_a_run_that_is_out_counts(session, runner):
    """The limit holds while code spins."""
    joined(session, 1)
    runner.cpu = 2.5
    assert await session.cpu_used(1) == 2.5
    assert session.cpu_charged(1) == 0.0


def test_an_invocation_that_can_never_answer_is_told_so(session, runner):
    """Nothing runs, nothing is pending, no timer."""
    one, two = joined(session, 1, 2)
    runner.answer()
    assert not one.machine.over
    runner.answer()
    assert isinstance(one.machine.error, TimeoutLimitError)
    assert isinstance(two.machine.error, TimeoutLimitError)


def test_while_one_waits_for_a_host_call_the_other_may_yet_be_answered(session, runner):
    """Its reply may settle what the other awaits."""
    one, two = joined(session, 1, 2)
    runner.answer(call(1, 1))
    runner.answer()
    assert not one.machine.over
    assert not two.machine.over


@pytest.mark.parametrize(
    ("fault", "kind"), [("memory", MemoryLimitError), ("engine", EngineCrashError), ("crash", EngineCrashError)]
)
def test_a_lost_isolate_is_the_fault_of_those_who_ran(session, runner, fault, kind):
    """The others were there by chance."""
    one, two = joined(session, 1, 2)
    runner.answer(call(1, 1))
    runner.on_result(Result([], fault, detail="it said so"))
    assert session.lost
    assert isinstance(one.lost, EngineCrashError)
    assert "another invocation" in str(one.lost)
    assert isinstance(two.lost, kind)
    assert "it said so" in str(two.lost)


def test_who_joins_a_lost_isolate_learns_it_at_once(session, runner):
    """Its process may end before the first run."""
    runner.on_result(Result([], "crash"))
    (one,) = joined(session, 1)
    assert isinstance(one.lost, EngineCrashError)
    assert runner.runs == []


def test_a_runtime_that_speaks_no_protocol_is_the_functions_fault(session, runner):
    """It broke the realm that it runs in."""
    (one,) = joined(session, 1)
    runner.on_result(Result([b"[1,2"]))
    assert isinstance(one.lost, FunctionError)
    assert session.lost


def test_who_leaves_unfinished_is_forgotten_by_the_runtime(session, runner):
    """Its timers and calls end, the others' go on."""
    one, two = joined(session, 1, 2)
    runner.answer(call(1, 1))
    runner.answer(call(2, 2))
    session.leave(1)
    assert runner.runs[-1] == [b'{"t":"forget","id":1}']
    assert not session.stale
    runner.answer(head(1), head(2))
    assert one.actions == [Perform(one.actions[0].call)]
    assert isinstance(two.actions[-1], Respond)


def test_the_last_one_to_leave_unfinished_makes_the_isolate_stale(session, runner):
    """Nobody may use it again."""
    joined(session, 1)
    runner.answer(call(1, 1))
    session.leave(1)
    assert session.stale


def test_who_finished_leaves_nothing_behind(session, runner):
    """The isolate can be used again."""
    joined(session, 1)
    runner.answer(head(1), {"t": "done", "id": 1})
    session.leave(1)
    assert not session.stale
    assert not session.lost
    assert len(runner.runs) == 1


def test_nothing_is_given_to_an_isolate_that_was_stopped(session, runner):
    """It can only be disposed of."""
    joined(session, 1, 2)
    session.terminate()
    runner.answer(busy=True)
    assert runner.terminated == 1
    assert len(runner.runs) == 1
