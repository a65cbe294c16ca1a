"""What a replay says: whether everything was the same, and if not, what was otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from edge.recording.compare import Difference, differences, told
from edge.recording.recording import Summary
from edge.recording.story import Story, tell, turn_of
from edge.wire.messages import Header

if TYPE_CHECKING:
    from edge.recording.recording import Engine, Recording

MAX_BODY = 256 * 1024
"""Bytes of a body that a report shows."""


class Told(msgspec.Struct, frozen=True):
    """One of the two runs.  `body` is text, or `data` holds it where it is none; both are cut to MAX_BODY."""

    outcome: str
    status: int
    headers: list[Header]
    body: str
    data: bytes | None
    size: int
    logs: list[tuple[str, str]]
    calls: list[str]
    failure: str = ""
    stack: str = ""


class Report(msgspec.Struct, frozen=True):
    """A replay of `recording` with `package`.

    `identical`: each turn of the code said the same, byte for byte.  `same`: there are no `differences` in what its
    client, its log and its host saw.  `parted` says where the code began to do something else; `missing` are host calls
    that nothing was recorded for, `changed` those that were answered as a recorded one that was a little different.
    """

    recording: Summary
    package: str
    identical: bool
    same: bool
    differences: list[Difference]
    before: Told
    after: Told
    parted: str = ""
    missing: list[str] = []
    changed: list[str] = []
    notes: list[str] = []


class Again(msgspec.Struct, frozen=True):
    """What a replay came to.

    `parted` says where the code began to do something else, "" when it did not; `identical`: every turn said the same,
    byte for byte.  `missing` and `changed` as in Report.  `cut`: the last run did not come back; `fault` is what ended
    the isolate.
    """

    story: Story
    identical: bool
    parted: str = ""
    missing: list[str] = []
    changed: list[str] = []
    cut: bool = False
    fault: str = ""


def report_of(recording: Recording, again: Again, package: str, engine: Engine) -> Report:
    """The two runs side by side; `engine` is what the replay ran on."""
    before = story_of(recording)
    after = again.story
    outcome = recording.summary.outcome if again.identical else _outcome(again, recording)
    found = differences(before, after)
    if outcome != recording.summary.outcome:
        found = [Difference("outcome", "", recording.summary.outcome, outcome), *found]
    return Report(
        recording=recording.summary,
        package=package,
        identical=again.identical,
        same=not found,
        differences=found,
        before=_told(before, recording.summary.outcome),
        after=_told(after, outcome),
        parted=again.parted,
        missing=again.missing,
        changed=again.changed,
        notes=_notes(recording, again, engine),
    )


def told_of(recording: Recording) -> Told:
    """What was recorded."""
    return _told(story_of(recording), recording.summary.outcome)


def story_of(recording: Recording) -> Story:
    """What was recorded."""
    turns = (turn_of(text) for run in recording.runs for text in run.texts)
    return tell(turns, recording.invocation, [text for run in recording.runs for text in run.asked])


def _outcome(again: Again, recording: Recording) -> str:
    """How it ended this time, as far as code alone can tell."""
    story, was = again.story, recording.summary.outcome
    if again.fault:
        return "memory" if again.fault == "memory" else "crash"
    if again.cut:
        return was if was in ("cpu", "timeout") else "timeout"
    if story.failure:
        return was if was == "bad-response" else "exception"
    if story.ended or story.upgraded:
        return "ok" if was != "canceled" else was
    return was if was in ("timeout", "canceled", "bad-response") else "timeout"


def _told(story: Story, outcome: str) -> Told:
    try:
        text, data = story.body[:MAX_BODY].decode(), None
    except UnicodeDecodeError:
        text, data = "", story.body[:MAX_BODY]
    return Told(
        outcome=outcome,
        status=story.status,
        headers=story.headers,
        body=text,
        data=data,
        size=len(story.body),
        logs=story.logs,
        calls=[told(call) for call in story.calls],
        failure=story.failure,
        stack=story.stack,
    )


def _notes(recording: Recording, again: Again, engine: Engine) -> list[str]:
    notes = [
        f"{name}: recorded with {was}, replayed with {now}"
        for name, was, now in zip(
            ("edge", "V8", "runtime", "snapshot level"),
            msgspec.structs.astuple(recording.engine)[:4],
            msgspec.structs.astuple(engine)[:4],
            strict=True,
        )
        if was != now
    ]
    if again.parted and recording.redacted:
        notes.append(
            f"{', '.join(recording.redacted[:8])} stand for what was left out of the recording: code that computes "
            "with it cannot do what it did"
        )
    return notes
