"""The runs of a recording, and those of its replay, without what must not be kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from edge.recording.recording import Run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edge.recording.redaction import Redaction

_DRAWN = 4
"""Operation, arguments, head of the answer, its bytes: see wire.messages.Turn."""


def redacted(runs: list[Run], redaction: Redaction) -> list[Run]:
    """The same runs; first all is learned, so that a value is taken out of what came before it was in a header."""
    read = [[[_read(text) for text in part] for part in _parts(run)] for run in runs]
    for messages in (part for parts in read for part in parts):
        redaction.learn_from(messages)
    return [_replaced(run, parts, redaction) for run, parts in zip(runs, read, strict=True)]


def _parts(run: Run) -> tuple[list[bytes], ...]:
    return run.events, run.texts, run.asked


def _replaced(run: Run, read: list[list[Any]], redaction: Redaction) -> Run:
    events, texts, asked = (
        [_write(redaction, *both) for both in zip(messages, part, strict=True)]
        for messages, part in zip(read, _parts(run), strict=True)
    )
    return msgspec.structs.replace(run, events=events, texts=texts, asked=asked)


def again(before: bytes, text: bytes, redaction: Redaction) -> bytes:
    """A text of a replay as it would have been recorded; `before` is the one in its place."""
    message = _read(text)
    if message is not None:
        redaction.learn_alike(_read(before), message)
    return _write(redaction, message, text)


def with_secrets(runs: list[Run], secrets: Mapping[str, str]) -> list[Run]:
    """The runs with the values of these secrets in the place of their names."""
    places = [(f"[redacted:{name}]".encode(), _inside(value)) for name, value in secrets.items()]
    return [
        msgspec.structs.replace(
            run,
            events=[_filled(event, places) for event in run.events],
            asked=[_filled(text, places) for text in run.asked],
        )
        for run in runs
    ]


def _inside(value: str) -> bytes:
    """As it is written inside a text of JSON."""
    return msgspec.json.encode(value)[1:-1]


def _filled(event: bytes, places: list[tuple[bytes, bytes]]) -> bytes:
    for placeholder, value in places:
        event = event.replace(placeholder, value)
    return event


def _read(text: bytes) -> Any:
    """None for what is no JSON: a turn that said nothing, or that of a broken runtime."""
    try:
        return msgspec.json.decode(text) if text else None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _write(redaction: Redaction, message: Any, text: bytes) -> bytes:
    if message is None:
        return redaction.in_raw(text)
    tape = {key: message.pop(key) for key in ("drawn", "clock") if isinstance(message, dict) and key in message}
    if isinstance(tape.get("drawn"), list):
        tape["drawn"] = [_without_values(drawn, redaction) for drawn in tape["drawn"]]
    return msgspec.json.encode({**redaction.apply(message), **tape})


def _without_values(drawn: Any, redaction: Redaction) -> Any:
    """Of an operation that drew something: a key that is exported may be a secret."""
    if not isinstance(drawn, list) or len(drawn) != _DRAWN or drawn[0] == "crypto.random":
        return drawn
    *said, data = drawn
    return [*map(redaction.apply, said), redaction.apply(data, "data")]
