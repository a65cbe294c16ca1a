"""Runs a recording again in a fresh isolate, which reaches nothing: its host calls are answered from the recording.

As long as the code does what it did, it gets the runs that were recorded: the same events in the same order.  From
where it does something else, calls are answered as edge.recording.answers finds, each after the time that it took, and
timers run as they are due; time passes in no time.
"""

from __future__ import annotations

import heapq
from collections import deque
from typing import TYPE_CHECKING

import msgspec
import trio

from edge.engine.asks import CallNow
from edge.errors import HostCallError
from edge.recording.answers import Answers, asked_like, refusal, reply_to
from edge.recording.redact_runs import again
from edge.recording.redaction import Redaction
from edge.recording.report import Again
from edge.recording.story import asked_of, event_of, tell, turn_of
from edge.services.api import Answer, arguments
from edge.wire.messages import Call, Chunk, Done, Fail, Reply, Turn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from edge.engine.runner import Result, Runner
    from edge.recording.recording import Recording, Run

MAX_RUNS = 20_000
"""Runs after the code has done something else: timers without end."""
MARGIN = 0.25
"""Seconds beyond the recorded ones for a run that had not come back."""


class Replayer:
    """One replay; `secrets` are the values that stand in the events of the recording, to be taken out again.

    `same`: it is of the code that was recorded.
    """

    def __init__(self, runner: Runner, recording: Recording, secrets: Mapping[str, str], *, same: bool) -> None:
        self._same = same
        self._runner = runner
        self._recording = recording
        self._redaction = Redaction(recording.headers)
        self._redaction.learn_secrets(secrets)
        self._answers = Answers(recording.runs, recording.invocation)
        self._texts: list[list[bytes]] = []  # of each run
        self._missing: list[str] = []
        self._changed: list[str] = []
        self._open: dict[int, Call | int] = {}  # what waits for a reply, as long as the code does what it did
        self._due: list[tuple[float, int, bytes]] = []  # replies on their way, in seconds since the begin
        self._now = 0.0
        self._order = 0
        self._came: Result | None = None
        self._asked: list[bytes] = []  # in the middle of turns
        self._expected: deque[bytes] | None = None  # such calls of the run that is out, while the code does what it did
        self._strayed = ""
        self._bell = trio.Event()
        runner.on_result = self._take
        runner.on_call = self._call_now

    async def run(self) -> Again:
        """To the end of the recording, or of the code."""
        parted, fault, cut = await self._follow()
        if parted and not cut and not fault:
            cut, fault = await self._go_on()
        texts = [
            self._as_recorded(number, texts) for number, texts in enumerate(self._texts)
        ]  # by all that was learned
        turns = [turn_of(text) for each in texts for text in each]
        identical = not parted and self._is_identical(texts)
        story = tell(turns, self._recording.invocation, self._asked)
        return Again(story, identical, parted, self._missing, self._changed, cut, fault)

    # -- the isolate

    async def _give(self, events: Sequence[bytes], patience: float) -> Result | None:
        """One run; None when it did not come back in time, and was stopped."""
        self._came, self._bell = None, trio.Event()
        self._runner.run(events)
        with trio.move_on_after(patience):
            await self._bell.wait()
        if self._came is None:
            self._runner.terminate()
        return self._came

    def _take(self, result: Result) -> None:
        self._came = result
        self._bell.set()

    def _patience(self, run: Run) -> float:
        limit = self._recording.made.limits.timeout
        if run.returned:
            return max(run.took * 10, limit)
        return min(max(self._recording.summary.wall - run.at, 0.0), limit) + MARGIN

    def _keep(self, result: Result) -> list[Turn]:
        texts = [] if result.fault else result.texts
        self._texts.append(texts)
        return [turn_of(text) for text in self._as_recorded(len(self._texts) - 1, texts)]

    def _as_recorded(self, number: int, texts: list[bytes]) -> list[bytes]:
        runs = self._recording.runs
        before = runs[number].texts if number < len(runs) else []
        padded = [*before, *([b""] * (len(texts) - len(before)))]
        return [again(was, text, self._redaction) for was, text in zip(padded, texts, strict=False)]

    def _is_identical(self, texts: list[list[bytes]]) -> bool:
        before = [run.texts for run in self._recording.runs]
        if len(self._texts) == len(before) - 1 and not self._recording.runs[-1].returned:
            before.pop()  # the run that did not come back
        return [[event_of(text) for text in each] for each in before] == [
            [event_of(text) for text in each] for each in texts
        ]

    # -- host calls in the middle of turns

    def _call_now(self, args: msgspec.Raw, _data: bytes) -> Answer:
        """See Runner.on_call."""
        asked = arguments(CallNow, args)
        call = Call(asked.id, 0, asked.op, asked.args)
        text = self._next_like(call) or self._answer_now(call)
        if not text:
            return Answer(False)
        self._asked.append(text)
        return _told(text)

    def _answer_now(self, call: Call) -> bytes:
        """Of code that does something else; b"" where nothing like it was recorded: it is asked again."""
        if self._expected is not None or call.id != self._recording.invocation:
            return b""
        known, how = self._answers.take(call)
        if known is None or known.reply is None:
            return b""
        if how == "changed":
            self._changed.append(_name(call))
        return asked_like(call, known.reply)

    def _next_like(self, call: Call) -> bytes:
        """The recorded call in this place, if this is it; b"" otherwise: then the code does something else."""
        if self._expected is None:
            return b""
        text = self._expected.popleft() if self._expected else b""
        asked = asked_of(text)
        if asked is not None and (asked.id, asked.op) == (call.id, call.op):
            mine = again(bytes(asked.args), bytes(call.args), self._redaction)
            if event_of(mine) == event_of(asked.args):
                self._answers.use_now(text)
                return text
        self._strayed = _name(call)
        self._expected = None
        return b""

    # -- as long as it does what it did

    async def _follow(self) -> tuple[str, str, bool]:
        """Where it parts from the recording, what ended the isolate, whether the last run did not come back."""
        for number, run in enumerate(self._recording.runs):
            events = _first(run, self._recording) if number == 0 else run.events
            self._expected = deque(run.asked)
            result = await self._give(events, self._patience(run))
            left, self._expected = self._expected, None
            if not run.returned and self._same:
                return "", "", True  # it was given up while it ran: nobody knows what it was about to say
            if result is None:
                return f"run {number + 1} did not come back" if run.returned else "", "", True
            turns = self._keep(result)
            self._now = run.at + run.took
            if result.fault or run.fault:
                same = result.fault == run.fault
                return "" if same else f"run {number + 1} ended with {result.fault or 'no fault'}", result.fault, False
            parted = await self._compare(number, run, turns)
            if not parted and (self._strayed or left):
                parted = f"run {number + 1}: {self._strayed or 'less'} is asked in the middle of a turn"
            if parted:
                return parted, "", False
        return "", "", False

    async def _compare(self, number: int, run: Run, turns: list[Turn]) -> str:
        """Where it parts from the recording, "" where it does not."""
        for event in run.events:
            self._open.pop(event_of(event).get("call", 0), None)
        before = [turn_of(text) for text in run.texts]
        old, new = _asked(before), _asked(turns)
        if not run.returned:
            await self._meet(new)
            return f"run {number + 1} came back, and did not when it was recorded"
        if len(old) != len(new) or not all(map(_is_same, old, new)):
            await self._meet(new)
            return _parting(number, old, new)
        for asked in new:
            if isinstance(asked, Call):
                self._answers.use(asked.call)
            self._open[_number(asked)] = asked
        if _state(before) != _state(turns):
            return f"run {number + 1}: the code waits for something else than it did"
        return ""

    # -- from where it does not

    async def _meet(self, asked: list[Call | int]) -> None:
        """Calls are on their way to their answers, each of which is looked for among all that were recorded."""
        for call in asked:
            await trio.lowlevel.checkpoint()
            if isinstance(call, int):
                self._at(self._now, msgspec.json.encode(Reply(call)))
            elif call.id == self._recording.invocation:
                self._answer(call)

    def _answer(self, call: Call) -> None:
        known, how = self._answers.take(call)
        if how == "changed":
            self._changed.append(_name(call))
        if known is None:
            self._missing.append(_name(call))
            self._at(self._now, refusal(call))
        elif known.reply is not None:
            self._at(self._now + known.took, reply_to(call, known))

    def _at(self, when: float, event: bytes) -> None:
        self._order += 1
        heapq.heappush(self._due, (when, self._order, event))

    async def _go_on(self) -> tuple[bool, str]:
        """Until nothing more can come: whether the last run did not come back, and what ended the isolate."""
        self._bring_what_waits()
        last = self._last()
        for _ in range(MAX_RUNS):
            events = None if self._is_over(last) else self._next_events(last)
            if events is None:
                break
            result = await self._give(events, self._recording.made.limits.timeout)
            if result is None:
                return True, ""
            last = self._keep(result)
            if result.fault:
                return False, result.fault
            await self._meet(_asked(last))
        return False, ""

    def _last(self) -> list[Turn]:
        return [turn_of(text) for text in self._texts[-1]]

    def _bring_what_waits(self) -> None:
        """Replies to calls from before this place, and a client that leaves after it."""
        known = {one.number: one for one in self._answers.known}
        for number, asked in self._open.items():
            if isinstance(asked, int):
                self._at(self._now, msgspec.json.encode(Reply(number)))
            elif (found := known.get(number)) is not None and found.reply is not None:
                self._at(max(found.at + found.took, self._now), msgspec.json.encode(found.reply))
        for run in self._recording.runs[len(self._texts) :]:
            for event in run.events:
                if event_of(event).get("t") == "cancel":
                    self._at(run.at, event)

    def _next_events(self, last: list[Turn]) -> list[bytes] | None:
        """Of the next run; None when nothing can happen any more."""
        final = last[-1]
        if final.busy:
            return []
        timer = None if final.timer is None else self._now + final.timer / 1000
        due = self._due[0][0] if self._due else None
        if timer is not None and (due is None or timer < due):
            ahead, self._now = timer - self._now, timer
            return [_ahead(ahead), b'{"t":"tick"}']
        if due is None:
            return None
        ahead, self._now = max(due - self._now, 0.0), max(due, self._now)
        events = [_ahead(ahead)]
        while self._due and self._due[0][0] <= self._now:
            events.append(heapq.heappop(self._due)[2])
        return events

    def _is_over(self, last: list[Turn]) -> bool:
        ours = self._recording.invocation
        return any(
            effect.id == ours and (isinstance(effect, Done) or (isinstance(effect, Fail) and not effect.pending))
            for turn in last
            for effect in turn.effects
        )


def _told(text: bytes) -> Answer:
    """What a text of Asked answers.  Raises HostCallError."""
    asked = asked_of(text)
    assert asked is not None  # it is one of ours
    if asked.error is not None:
        raise HostCallError(asked.error.message, js_class=asked.error.name, js_code=asked.error.code)
    return Answer(False) if asked.value is None else Answer(asked.value, asked.data)


def _first(run: Run, recording: Recording) -> list[bytes]:
    """The first run's events: its first one starts the tape, with all that was read and drawn."""
    opening, *rest = run.events
    turns = [turn_of(text) for each in recording.runs for text in each.texts]
    tape = {
        "clock": [number for turn in turns for number in turn.clock],
        "drawn": [drawn for turn in turns for drawn in turn.drawn],
        "runs": not recording.runs[-1].returned or recording.runs[-1].fault != "",
    }
    return [msgspec.json.encode({**event_of(opening), "replay": tape}), *rest]


def _ahead(seconds: float) -> bytes:
    return b'{"t":"time","ahead":%d}' % max(round(seconds * 1000), 0)


def _asked(turns: list[Turn]) -> list[Call | int]:
    """Host calls, and the numbers of chunks that want to be acknowledged."""
    found: list[Call | int] = []
    for turn in turns:
        for effect in turn.effects:
            if isinstance(effect, Call):
                found.append(effect)
            elif isinstance(effect, Chunk) and effect.ack is not None:
                found.append(effect.ack)
    return found


def _number(asked: Call | int) -> int:
    return asked.call if isinstance(asked, Call) else asked


def _is_same(old: Call | int, new: Call | int) -> bool:
    if isinstance(old, int) or isinstance(new, int):
        return old == new
    same = (old.id, old.call, old.op, old.data) == (new.id, new.call, new.op, new.data)
    return same and event_of(old.args, None) == event_of(new.args, None)


def _state(turns: list[Turn]) -> object:
    """What the isolate waits for at the end of a run."""
    return (len(turns), turns[-1].busy, turns[-1].timer is None) if turns else None


def _parting(number: int, old: list[Call | int], new: list[Call | int]) -> str:
    for was, now in zip(old, new, strict=False):
        if isinstance(was, Call) and isinstance(now, Call) and not _is_same(was, now):
            return f"run {number + 1}: {_name(now)} instead of {_name(was)}"
    return f"run {number + 1}: {_names(new)} instead of {_names(old)}"


def _names(asked: list[Call | int]) -> str:
    return ", ".join([_name(call) for call in asked if isinstance(call, Call)][:5]) or "no call"


def _name(call: Call) -> str:
    return f"{call.op} {bytes(call.args).decode('utf-8', 'replace')[:120]}"
