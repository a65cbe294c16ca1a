"""Steps of a case as operations of a client.  Values in, values out."""

from __future__ import annotations

import base64
import re
import zlib
from typing import TYPE_CHECKING, Any

from edge.corpus.http.ops import Await, Op, Parallel, Renegotiate, Send, Shake, Shut, Sleep, Tune
from edge.corpus.http.socket_frames import socket_frames
from edge.corpus.http.stream_frames import StreamScript

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_BYTES = 256 << 20  # that one step may stand for


class Phrases:
    """What `frames` and `frames_hex` mean in a protocol."""

    def __init__(self, proto: str) -> None:
        self.proto = proto
        self.script = StreamScript()

    def frames(self, phrase: str) -> Iterable[Op]:
        """Raises ValueError."""
        if self.proto != "h2":
            raise ValueError("frames are for h2 (frames_hex for ws)")
        return self.script.read(phrase)

    def frames_hex(self, text: str) -> Iterable[Op]:
        """Raises ValueError."""
        if self.proto == "ws":
            return [Send((data,), repeat) for data, repeat in socket_frames(text)]
        return self.script.raw(text)


def program(steps: Iterable[dict[str, object]], phrases: Phrases) -> list[Op]:
    """Raises ValueError for a step that is none of this format."""
    return [op for step in steps for op in _ops(step, phrases)]


def _ops(step: dict[str, object], phrases: Phrases) -> Iterable[Op]:
    verb = next((key for key in step if key in _VERBS), None)
    if verb is None:
        raise ValueError(f"{'/'.join(step) or 'an empty object'} is no step ({', '.join(_VERBS)})")
    stray = step.keys() - {verb} - _ALONGSIDE.get(verb, frozenset())
    if stray:
        raise ValueError(f"{min(stray)} does not belong to the step {verb}")
    return _VERBS[verb](step, phrases)


def _send(step: dict[str, object], _: Phrases) -> Iterable[Op]:
    yield _sized((_latin(step["send"]),), _count(step.get("repeat", 1)))


def _send_hex(step: dict[str, object], _: Phrases) -> Iterable[Op]:
    yield _sized((bytes.fromhex(str(step["send_hex"])),), _count(step.get("repeat", 1)))


def _send_z(step: dict[str, object], _: Phrases) -> Iterable[Op]:
    inflate = zlib.decompressobj()
    data = inflate.decompress(base64.b64decode(str(step["send_z"]), validate=True), MAX_BYTES)
    if not inflate.eof:
        raise ValueError("send_z is not whole, or too large")
    if step.get("len", len(data)) != len(data):
        raise ValueError(f"send_z has {len(data)} bytes and not {step['len']}")
    yield _sized((data,), _count(step.get("repeat", 1)))


def _drip(step: dict[str, object], _: Phrases) -> Iterable[Op]:
    data, split = _latin(step["drip"]), step.get("split")
    size = _count(split) if split is not None else max(1, len(data))
    parts = tuple(data[at : at + size] for at in range(0, len(data), size))
    yield Send(parts, _count(step.get("n", 1)), every=max(_seconds(step.get("every", 0)), 1e-9))


def _parallel(step: dict[str, object], phrases: Phrases) -> Iterable[Op]:
    inner: Any = step.get("of")
    if not inner or not isinstance(inner, list):
        raise ValueError("parallel needs its steps under `of`")
    yield Parallel(_count(step["parallel"]), tuple(program(inner, phrases)))


def _frames(step: dict[str, object], phrases: Phrases) -> Iterable[Op]:
    frames = step["frames"]
    for phrase in frames if isinstance(frames, list) else [frames]:
        yield from phrases.frames(str(phrase))


def _frames_hex(step: dict[str, object], phrases: Phrases) -> Iterable[Op]:
    frames = step["frames_hex"]
    for text in frames if isinstance(frames, list) else [frames]:
        yield from phrases.frames_hex(str(text))


def _close(step: dict[str, object], _: Phrases) -> Iterable[Op]:
    yield Shut("rst" if step["close"] == "rst" else "fin")


def _sni(step: dict[str, object], _: Phrases) -> Iterable[Op]:
    alpn = step.get("alpn", ["http/1.1"])
    name = str(step.get("sni")).encode("latin-1", "replace") if step.get("sni") is not None else None
    yield Shake(name, str(step.get("tls", "")), tuple(map(str, alpn if isinstance(alpn, list) else [alpn])))


_RENEGOTIATION = re.compile(r"renegotiat\w*(?:.*?\bx\s*(\d+))?", re.IGNORECASE)
_VERSION = re.compile(r"\bTLS ?v?(1\.[0-3])\b|\b(SSL ?v?3)", re.IGNORECASE)


def _note(step: dict[str, object], _: Phrases) -> Iterable[Op]:
    """What this client does because a note says so."""
    text = str(step["note"])
    if found := _RENEGOTIATION.search(text):
        yield Renegotiate(int(found[1] or 1))
    elif found := _VERSION.search(text):
        yield Shake(b"a.test", found[1] or "1.0")
    else:
        raise ValueError(f"the note {text[:60]!r} is not understood (renegotiation x N, or a version of TLS)")


def _tune(step: dict[str, object], _: Phrases) -> Iterable[Op]:
    yield Tune(_count(step["rcvbuf"]))


_VERBS = {
    "send": _send,
    "send_hex": _send_hex,
    "send_z": _send_z,
    "drip": _drip,
    "parallel": _parallel,
    "sleep": lambda step, _: [Sleep(_seconds(step["sleep"]))],
    "rcvbuf": _tune,
    "recv_status": lambda step, _: [Await(_count(step["recv_status"]))],
    "half_close": lambda _step, _: [Shut("half")],
    "close": _close,
    "frames": _frames,
    "frames_hex": _frames_hex,
    "sni": _sni,
    "tls": _sni,
    "alpn": _sni,
    "note": _note,
}
_ALONGSIDE = {
    "send": frozenset({"repeat"}),
    "send_hex": frozenset({"repeat", "len"}),
    "send_z": frozenset({"repeat", "len"}),
    "drip": frozenset({"every", "n", "split"}),
    "parallel": frozenset({"of"}),
    "sni": frozenset({"tls", "alpn"}),
    "tls": frozenset({"sni", "alpn"}),
    "alpn": frozenset({"sni", "tls"}),
}


def _latin(text: object) -> bytes:
    try:
        return str(text).encode("latin-1")
    except UnicodeEncodeError as error:
        raise ValueError("send holds a character that latin-1 does not have") from error


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float | str) or int(value) < 1:
        raise ValueError(f"{value!r} is not a count")
    return int(value)


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 600:
        raise ValueError(f"{value!r} is not a number of seconds")
    return float(value)


def _sized(parts: tuple[bytes, ...], repeat: int) -> Send:
    if sum(map(len, parts)) * repeat > MAX_BYTES:
        raise ValueError(f"a step sends over {MAX_BYTES} bytes")
    return Send(parts, repeat)
