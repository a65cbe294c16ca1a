"""How two runs of an invocation differ: in response, log, host calls and writes to the KV store."""

from __future__ import annotations

import difflib
import hashlib
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from edge.recording.story import Called, Story

MAX_DIFFERENCES = 200
_SHOWN = 300
_LINES = 2000
"""Lines of a body that are compared line by line, larger ones as a whole; of other lists, so many items are looked for
at other places, which takes time that grows with their square."""

KV_WRITES = frozenset({"kv.set", "kv.delete", "kv.clear", "kv.incr", "kv.atomic"})

What = Literal["outcome", "status", "header", "body", "log", "call", "kv", "failure", "end"]


class Difference(msgspec.Struct, frozen=True):
    """One thing that was so `before`, and is so `after`; "" where it is missing."""

    what: What
    name: str = ""
    before: str = ""
    after: str = ""


def differences(before: Story, after: Story) -> list[Difference]:
    """All of them, up to MAX_DIFFERENCES."""
    found = [
        *_of_response(before, after),
        *_of_lists("log", [f"{level}: {text}" for level, text in before.logs], [f"{a}: {b}" for a, b in after.logs]),
        *_of_lists("call", *(_calls(story, writes=False) for story in (before, after))),
        *_of_lists("kv", *(_calls(story, writes=True) for story in (before, after))),
    ]
    return found[:MAX_DIFFERENCES]


def _of_response(before: Story, after: Story) -> Iterator[Difference]:
    if before.failure != after.failure:
        yield Difference("failure", "", _cut(before.failure), _cut(after.failure))
    if before.status != after.status:
        yield Difference("status", "", _number(before.status), _number(after.status))
    if (before.ended or before.upgraded, before.done) != (after.ended or after.upgraded, after.done):
        yield Difference("end", "", _end(before), _end(after))
    yield from _of_headers(before, after)
    if before.body != after.body:
        yield from _of_bodies(before.body, after.body)


def _of_headers(before: Story, after: Story) -> Iterator[Difference]:
    names = dict.fromkeys(name.lower() for name, _ in [*before.headers, *after.headers])
    for name in names:
        old, new = (", ".join(value for key, value in each.headers if key.lower() == name) for each in (before, after))
        if old != new:
            yield Difference("header", name, _cut(old), _cut(new))


def _of_bodies(before: bytes, after: bytes) -> Iterator[Difference]:
    old, new = _lines(before), _lines(after)
    if old is None or new is None:
        yield Difference("body", "", _digest(before), _digest(after))
        return
    yield from _of_lists("body", old, new)


def _lines(body: bytes) -> list[str] | None:
    try:
        lines = body.decode().splitlines()
    except UnicodeDecodeError:
        return None
    return lines if len(lines) <= _LINES else None


def _digest(body: bytes) -> str:
    return f"{len(body)} bytes, sha256 {hashlib.sha256(body).hexdigest()[:16]}" if body else ""


def _of_lists(what: What, before: Sequence[str], after: Sequence[str]) -> Iterator[Difference]:
    begin, end = _alike(before, after)
    olds, news = before[begin : len(before) - end], after[begin : len(after) - end]
    for old, old_end, new, new_end in _changes(olds, news):
        for place in range(max(old_end - old, new_end - new)):
            was = olds[old + place] if old + place < old_end else ""
            now = news[new + place] if new + place < new_end else ""
            if was != now:
                yield Difference(what, str(begin + old + place + 1), _cut(was), _cut(now))


def _alike(before: Sequence[str], after: Sequence[str]) -> tuple[int, int]:
    """How many are the same at the beginning, and of the rest at the end."""
    least = min(len(before), len(after))
    begin = next((place for place in range(least) if before[place] != after[place]), least)
    rest = least - begin
    return begin, next((place for place in range(rest) if before[-1 - place] != after[-1 - place]), rest)


def _changes(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[int, int, int, int]]:
    """Where they are not the same: from and to in the one, and in the other."""
    if max(len(before), len(after)) > _LINES:
        yield 0, len(before), 0, len(after)
        return
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for tag, old, old_end, new, new_end in matcher.get_opcodes():
        if tag != "equal":
            yield old, old_end, new, new_end


def _calls(story: Story, *, writes: bool) -> list[str]:
    return [told(call) for call in story.calls if (call.op in KV_WRITES) is writes]


def told(call: Called) -> str:
    """A host call in one line."""
    args = "" if call.args in (b"null", b"{}") else " " + call.args.decode("utf-8", "replace")
    data = f" with {_digest(call.data)}" if call.data else ""
    return f"{call.op}{args}{data}"


def _number(status: int) -> str:
    return str(status) if status else "no answer"


def _end(story: Story) -> str:
    response = "complete" if story.ended or story.upgraded else "incomplete"
    return f"response {response}, invocation {'over' if story.done else 'not over'}"


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}... ({len(text)} characters)"
