"""A report of a replay as lines for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge.recording.compare import Difference
    from edge.recording.report import Report, Told

_NAMES = {"kv": "KV write", "call": "host call", "log": "log line", "body": "body line", "end": "end"}
_BODY_LINES = 20


def lines_of(report: Report, *, brief: bool = False) -> Iterator[str]:
    """All of it, or with `brief` one line when everything was the same."""
    recording = report.recording
    yield f"{recording.id}  {recording.function}  {recording.method} {recording.url}  {_verdict(report)}"
    if brief and report.same:
        return
    if not brief:
        yield from _told(report.before if report.same else report.after, report)
    if report.parted:
        yield f"  parted from the recording at {report.parted}"
    for difference in report.differences:
        yield from _difference(difference)
    for call in report.changed:
        yield f"  answered as a recorded call that was a little different: {call}"
    for call in report.missing:
        yield f"  not recorded, and so not answered: {call}"
    for note in report.notes:
        yield f"  note: {note}"


def _verdict(report: Report) -> str:
    if report.identical:
        return f"identical ({report.before.outcome}, {report.before.status or 'no answer'})"
    return "the same to client, log and host, not in every step" if report.same else "otherwise"


def _told(told: Told, report: Report) -> Iterator[str]:
    yield (
        f"  outcome {told.outcome}, status {told.status or '-'}, {told.size} bytes, {len(told.logs)} log lines, "
        f"{len(told.calls)} host calls"
    )
    if told.failure:
        yield f"  {told.failure}"
        yield from (f"    {line}" for line in told.stack.splitlines()[:10])
    for level, text in told.logs[:_BODY_LINES]:
        yield f"  log {level}: {text}"
    for call in told.calls[:_BODY_LINES]:
        yield f"  call {call[:200]}"
    if report.same and told.body:
        yield from (f"  | {line[:200]}" for line in told.body.splitlines()[:_BODY_LINES])


def _difference(difference: Difference) -> Iterator[str]:
    name = " ".join(part for part in (_NAMES.get(difference.what, difference.what), difference.name) if part)
    yield f"  {name}:"
    if difference.before:
        yield f"    - {difference.before}"
    if difference.after:
        yield f"    + {difference.after}"
