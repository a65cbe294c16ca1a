"""What an invocation did, as its client, its log and its host saw it: told from the turns of its isolate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeGuard

import msgspec

from edge.recording.recording import Asked
from edge.wire.messages import Call, Chunk, Done, Effect, End, Fail, Head, Header, Log, Turn, Upgrade

if TYPE_CHECKING:
    from collections.abc import Iterable

_decoder = msgspec.json.Decoder(Turn)
_BROKEN = Turn([], busy=True, torn=True)


def turn_of(text: bytes) -> Turn:
    """Of a text; what is none (the function broke the runtime) is a turn that is torn."""
    try:
        return _decoder.decode(text) if text else Turn([], busy=True)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _BROKEN


def event_of(text: bytes | msgspec.Raw, default: Any = {}) -> Any:  # noqa: B006 - nobody changes it
    """What JSON says, `default` where it is none."""
    try:
        return msgspec.json.decode(text) if text else default
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return default


def asked_of(text: bytes) -> Asked | None:
    """A call in the middle of a turn; None for what is none."""
    try:
        return msgspec.json.decode(text, type=Asked)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


class Called(msgspec.Struct, frozen=True):
    """A host call."""

    number: int
    op: str
    args: bytes
    data: bytes | None = None


class Story(msgspec.Struct):
    """`failure` is what the function threw, "" when it did not; `ended`: the response was complete."""

    status: int = 0
    headers: list[Header] = []
    body: bytes = b""
    ended: bool = False
    upgraded: bool = False
    done: bool = False
    logs: list[tuple[str, str]] = []
    calls: list[Called] = []
    failure: str = ""
    stack: str = ""


def tell(turns: Iterable[Turn], invocation: int, asked: Iterable[bytes] = ()) -> Story:
    """Of one of the isolate's invocations; what it `asked` in the middle of turns comes first among its calls."""
    story = Story()
    for one in map(asked_of, asked):
        if _is_told(one, invocation):
            story.calls.append(Called(0, one.op, bytes(one.args)))
    body: list[bytes] = []
    for turn in turns:
        for effect in turn.effects:
            if effect.id == invocation:
                _take(story, effect, body)
    story.body = b"".join(body)
    return story


def _is_told(asked: Asked | None, invocation: int) -> TypeGuard[Asked]:
    """It was answered: what had to wait is among the turns' calls."""
    return asked is not None and asked.id == invocation and not waited(asked)


def waited(asked: Asked) -> bool:
    """It was not answered in the middle of the turn, but asked again at its end."""
    return asked.value is None and asked.error is None


def _take(story: Story, effect: Effect, body: list[bytes]) -> None:
    match effect:
        case Head():
            story.status, story.headers, story.ended = effect.status, effect.headers, effect.end
            body.append(_content(effect))
        case Chunk():
            body.append(_content(effect))
        case End():
            story.ended = True
        case Upgrade():
            story.upgraded = True
        case Log():
            story.logs.append((effect.level, effect.text))
        case Call():
            story.calls.append(Called(effect.call, effect.op, bytes(effect.args), effect.data))
        case Fail():
            story.failure = ": ".join(part for part in (effect.name, effect.message) if part)
            story.stack = effect.stack
            story.done = not effect.pending
        case Done():
            story.done = True


def _content(part: Head | Chunk) -> bytes:
    return part.text.encode("utf-8", "surrogatepass") if part.text is not None else part.data or b""
