"""What a cell may say and when, as a table of values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.engine.mailbox import MAX_REQUEST
from edge.errors import InternalError
from edge.supervisor.lockstep import Lockstep, ViolationError
from edge.wire.cell import Ask, Assigned, Broken, Measured, Ready, Result

NAN, INFINITY = float("nan"), float("inf")


@pytest.fixture
def table():
    """A cell with its function, isolate 1 running."""
    table = Lockstep()
    table.take(Ready([]))
    table.assign()
    table.take(Assigned())
    table.run(1)
    return table


def test_a_run_entitles_to_one_result(table):
    """After it the isolate is at rest and can be run again."""
    assert table.running(1)
    assert table.busy == 1
    table.take(Result(1, []))
    assert not table.running(1)
    assert table.busy == 0
    table.run(1)
    table.take(Result(1, []))


def test_a_second_result_of_one_run_is_a_violation(table):
    """Otherwise a cell could fill the gateway with texts."""
    table.take(Result(1, []))
    with pytest.raises(ViolationError, match="does not run"):
        table.take(Result(1, []))
    assert table.busy == 0


@pytest.mark.parametrize("report", [Result(2, []), Measured(2, 0.0), Ask(2, b"", b""), Result(-1, []), Result(0, [])])
def test_only_isolates_of_the_gateways_table_have_a_voice(table, report):
    """Numbers are the gateway's to give."""
    with pytest.raises(ViolationError, match="does not have"):
        table.take(report)


def test_a_cell_becomes_ready_once(table):
    """Neither a second birth nor a second function."""
    with pytest.raises(ViolationError, match="Ready while belonging"):
        table.take(Ready([]))
    with pytest.raises(ViolationError, match="Assigned while belonging"):
        table.take(Assigned())


def test_a_blank_cell_has_nothing_to_say():
    """Not even that it has a function, before it is given one."""
    table = Lockstep()
    with pytest.raises(ViolationError, match="while starting"):
        table.take(Assigned())
    table.take(Ready([]))
    for report in (Ready([]), Assigned(), Result(1, []), Ask(1, b"", b""), Measured(1, 0.0)):
        with pytest.raises(ViolationError):
            table.take(report)


def test_an_isolate_asks_one_thing_at_a_time(table):
    """Each further Ask needs the Answer before it."""
    table.take(Ask(1, b"{}", b""))
    with pytest.raises(ViolationError, match="may not ask"):
        table.take(Ask(1, b"{}", b""))
    assert table.answer(1)
    table.take(Ask(1, b"{}", b""))
    assert table.asked(1) == 2


def test_what_is_excused_does_not_count(table):
    """Host calls in the middle of a turn are no operations of the package."""
    for _ in range(3):
        table.take(Ask(1, b"{}", b""))
        table.excuse(1)
        table.answer(1)
    assert table.asked(1) == 0


def test_an_isolate_at_rest_asks_nothing(table):
    """There is no code running that could."""
    table.take(Result(1, []))
    with pytest.raises(ViolationError, match="may not ask"):
        table.take(Ask(1, b"{}", b""))


def test_a_result_does_not_come_before_the_answer_it_waits_for(table):
    """The isolate's thread is in the call."""
    table.take(Ask(1, b"{}", b""))
    with pytest.raises(ViolationError, match="waits for an answer"):
        table.take(Result(1, []))


def test_a_terminated_isolate_does_not_wait_for_its_answer(table):
    """The answer is not sent any more then."""
    table.take(Ask(1, b"{}", b""))
    table.terminate(1)
    table.take(Result(1, []))
    assert not table.answer(1)


def test_an_ask_has_the_size_of_a_mailbox_at_most(table):
    """Head and bytes together."""
    table.take(Ask(1, b"12", bytes(MAX_REQUEST - 2)))
    table.answer(1)
    with pytest.raises(ViolationError, match=f"{MAX_REQUEST + 1} bytes, at most {MAX_REQUEST}"):
        table.take(Ask(1, b"12", bytes(MAX_REQUEST - 1)))


def test_one_measurement_for_each_that_was_asked_for(table):
    """Also after the result that overtook it."""
    table.measure(1)
    table.take(Result(1, []))
    table.take(Measured(1, 0.5))
    with pytest.raises(ViolationError, match="unasked"):
        table.take(Measured(1, 0.5))


@pytest.mark.parametrize("cpu", [NAN, INFINITY, -INFINITY, -0.001])
def test_times_are_numbers_from_zero_up(table, cpu):
    """NaN would make every later comparison false, and a limit unlimited."""
    table.measure(1)
    with pytest.raises(ViolationError, match="CPU time"):
        table.take(Measured(1, cpu))
    with pytest.raises(ViolationError, match="CPU time"):
        table.take(Result(1, [], "", cpu))


def test_a_heap_is_not_negative(table):
    """It would never be full."""
    with pytest.raises(ViolationError, match="heap"):
        table.take(Result(1, [], "", 0.0, -1))


def test_a_dropped_isolate_is_forgotten(table):
    """Nothing may be said of it, and the cell is told only of what it knows."""
    table.take(Result(1, []))
    assert table.drop(1)
    with pytest.raises(ViolationError, match="does not have"):
        table.take(Result(1, []))
    assert not table.drop(2)


def test_a_measurement_may_cross_the_drop_of_its_isolate(table):
    """It was on its way; afterwards the number is dead."""
    table.measure(1)
    table.take(Result(1, []))
    table.drop(1)
    table.take(Measured(1, 0.1))
    with pytest.raises(ViolationError, match="does not have"):
        table.take(Measured(1, 0.1))


def test_nothing_counts_after_broken(table):
    """The cell said itself that it cannot go on."""
    table.take(Broken("no memory"))
    with pytest.raises(ViolationError):
        table.take(Result(1, []))


def test_our_own_mistakes_are_not_the_cells(table):
    """Commands out of order raise InternalError before anything is sent."""
    with pytest.raises(InternalError):
        table.run(1)
    with pytest.raises(InternalError):
        table.drop(1)
    with pytest.raises(InternalError):
        table.assign()
    with pytest.raises(InternalError):
        Lockstep().run(1)


numbers = st.integers(1, 3)
reports = st.one_of(
    st.builds(Result, numbers, st.just([])),
    st.builds(Ask, numbers, st.just(b""), st.just(b"")),
    st.builds(Measured, numbers, st.just(0.0)),
)
commands = st.tuples(st.sampled_from(["run", "measure", "answer", "drop"]), numbers)


@given(st.lists(st.one_of(reports, commands), max_size=60))
def test_reports_never_outnumber_what_entitles_to_them(steps):
    """Whatever the order: results <= runs, measurements <= measures, asks <= runs + answers, for each isolate."""
    table = Lockstep()
    table.take(Ready([]))
    table.assign()
    table.take(Assigned())
    credit = {(kind, number): 0 for kind in ("run", "measure", "ask") for number in (1, 2, 3)}
    for step in steps:
        play(table, step, credit)
        assert all(count >= 0 for count in credit.values())
        assert table.busy == sum(table.running(number) for number in (1, 2, 3))


def play(table, step, credit):
    try:
        match step:
            case ("answer", number):
                if table.answer(number):
                    credit["ask", number] = 1
            case (verb, number):
                if verb != "measure" or table.running(number):
                    getattr(table, verb)(number)
                    credit[verb, number] = credit.get((verb, number), 0) + 1
                if verb == "run":
                    credit["ask", number] = 1
            case Result():
                table.take(step)
                credit["run", step.isolate] -= 1
            case Measured():
                table.take(step)
                credit["measure", step.isolate] -= 1
            case Ask():
                table.take(step)
                credit["ask", step.isolate] -= 1
    except (ViolationError, InternalError):
        pass


def test_only_an_isolate_of_one_invocation_goes_without_being_told():
    """Of any other the cell cannot know that nothing more comes."""
    table = Lockstep()
    table.take(Ready([]))
    table.assign()
    table.take(Assigned())
    table.run(1, single=True)
    table.take(Result(1, [], dropped=True))
    assert not table.drop(1)
    table.run(2)
    with pytest.raises(ViolationError, match="may have more to do"):
        table.take(Result(2, [], dropped=True))
