"""Which lines somebody wants to see."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from edge.errors import CallerError
from edge.invocation import Outcome
from edge.services.journal.entry import SEVERITY, instant, seconds
from edge.units import parse_duration

if TYPE_CHECKING:
    from edge.services.journal.entry import Head

_MAX_TEXT = 200
# As they stand in lines; within a text the quotation marks would be escaped.
_RECEIPT, _DEFERRED = b',"receipt":{', b',"trigger":"deferred",'


class Filter(msgspec.Struct, frozen=True):
    """Everything that is set must hold.

    `function` is a name, which stands for all of its versions, or a NAME@VERSION.  `outcomes` are any of; `level` is
    the least.  `since` and `until` are timestamps as they stand in lines, the first included.  `events` are any of.
    `request` is the id of a request or of an invocation.  `text` is to be in the line.  `invocations`: it has a
    receipt, and is none of an attempt of a deferred invocation.
    """

    function: str = ""
    outcomes: frozenset[str] = frozenset()
    level: str = ""
    since: str = ""
    until: str = ""
    request: str = ""
    events: frozenset[str] = frozenset()
    text: str = ""
    invocations: bool = False

    def matches(self, head: Head, line: bytes) -> bool:
        """Whether a line fits."""
        if self.since and head.timestamp < self.since:
            return False
        if self.until and head.timestamp >= self.until:
            return False
        if self.function and not is_of(self.function, head.function):
            return False
        if self.outcomes and head.outcome not in self.outcomes:
            return False
        if self.level and SEVERITY.get(head.level, 20) < SEVERITY[self.level]:
            return False
        if self.events and head.event not in self.events:
            return False
        if self.request and self.request not in (head.request_id, head.id):
            return False
        if self.invocations and (_RECEIPT not in line or _DEFERRED in line):
            return False
        return not self.text or self.text in line.decode("utf-8", "replace")

    @property
    def needles(self) -> tuple[tuple[bytes, ...], ...]:
        """Bytes of which every line that fits holds one of each group: files without them need no further look."""
        function, _, _ = self.function.partition("@")
        words = [(_quoted(word),) for word in (function, self.request) if word]
        groups = (("outcome", self.outcomes), ("event", self.events))
        choices = [tuple(_pair(name, value) for value in values) for name, values in groups if values]
        return (*words, *choices)


def _pair(name: str, value: str) -> bytes:
    return msgspec.json.encode({name: value})[1:-1]


def _quoted(word: str) -> bytes:
    """As it stands within a JSON text, without the quotation marks."""
    return msgspec.json.encode(word)[1:-1]


def is_of(wanted: str, name: str) -> bool:
    """Whether a function or one of its versions is meant: `hello` means `hello@v3`, too."""
    return name == wanted or ("@" not in wanted and name.partition("@")[0] == wanted)


def read_filter(given: dict[str, str], now: float) -> Filter:
    """From texts, as queries and options have them.  Raises CallerError that says what is allowed."""
    return Filter(
        function=given.get("function", ""),
        outcomes=_outcomes(given.get("outcome", "")),
        level=_level(given.get("level", "")),
        since=_time("since", given.get("since", ""), now),
        until=_time("until", given.get("until", ""), now),
        request=given.get("request", ""),
        events=frozenset(word for word in given.get("event", "").split(",") if word),
        text=given.get("text", "")[:_MAX_TEXT],
    )


def _outcomes(text: str) -> frozenset[str]:
    """Names between commas; `failed` is every outcome but ok."""
    words = {word for word in text.split(",") if word}
    if "failed" in words:
        words = (words - {"failed"}) | ({*Outcome} - {Outcome.OK})
    for word in sorted(words):
        if word not in {*Outcome}:
            raise CallerError(f"outcome is {word[:60]!r}; it may be failed, {', '.join(Outcome)}")
    return frozenset(str(word) for word in words)


def _level(text: str) -> str:
    level = "warning" if text == "warn" else text
    if level and level not in SEVERITY:
        raise CallerError(f"level is {text[:60]!r}; it may be debug, info, warn or error")
    return level


def _time(name: str, text: str, now: float) -> str:
    """A duration before now, such as `10m`, or an instant such as `2026-11-30T14:40:00Z`."""
    if not text:
        return ""
    try:
        return instant(now - parse_duration(text))
    except (ValueError, OverflowError, OSError):
        pass
    try:
        return instant(seconds(text))
    except (ValueError, OverflowError, OSError):
        raise CallerError(
            f"{name} is {text[:60]!r}; it may be a duration such as 10m or 2h, or a time such as 2026-11-30T14:40:00Z"
        ) from None
