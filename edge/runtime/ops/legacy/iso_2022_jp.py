"""ISO-2022-JP, whose escape sequences change what the bytes after them mean.

https://encoding.spec.whatwg.org/#iso-2022-jp-decoder
"""

from __future__ import annotations

import functools
import re

from edge.runtime.ops.legacy.double_byte import jis0208
from edge.runtime.ops.legacy.outcome import ERROR, Outcome

STATES = frozenset(["", "a", "a!", "r", "r!", "k", "k!", "j", "j!"])
"""ASCII, Roman, Katakana, JIS X 0208; with `!` right after an escape sequence.  Empty is the beginning: ASCII."""

_ESCAPES = {b"\x1b(B": "a", b"\x1b(J": "r", b"\x1b(I": "k", b"\x1b$@": "j", b"\x1b$B": "j"}
_PARTIAL = frozenset([b"\x1b", b"\x1b$", b"\x1b("])
# Runs of characters, or of bytes of which each is an error.
_TOKENS = {
    "a": re.compile(rb"[\x00-\x0d\x10-\x1a\x1c-\x7f]+|[\x0e\x0f\x80-\xff]+"),
    "r": re.compile(rb"[\x00-\x0d\x10-\x1a\x1c-\x7f]+|[\x0e\x0f\x80-\xff]+"),
    "k": re.compile(rb"[\x21-\x5f]+|[^\x1b\x21-\x5f]+"),
    # A lead byte before an escape sequence is an error of one byte, before anything else one of two.
    "j": re.compile(rb"(?:[\x21-\x7e]{2})+|[\x21-\x7e](?:[^\x1b]|\Z)?|[^\x1b\x21-\x7e]+"),
}
_ROMAN = {0x5C: 0xA5, 0x7E: 0x203E}
_KATAKANA = {byte: 0xFF61 - 0x21 + byte for byte in range(0x21, 0x60)}


def decode(data: bytes, state: str, *, last: bool) -> Outcome:
    """Decode from a state of `STATES`; `last` when nothing follows `data`."""
    mode, fresh = state[:1] or "a", state.endswith("!")
    parts: list[str] = []
    at = 0
    while at < len(data):
        if data[at] == 0x1B:
            sequence = data[at : at + 3]
            target = _ESCAPES.get(sequence)
            if target is None and sequence in _PARTIAL and not last:
                break
            if target is None or fresh:  # two escape sequences with nothing between them are an error, too
                parts.append(ERROR)
            mode, fresh = target or mode, target is not None
            at += 1 if target is None else 3
            continue
        match = _TOKENS[mode].match(data, at)
        assert match is not None, "an escape is not the only byte that no token begins with"
        token = match[0]
        if mode == "j" and not last and len(token) == 1 and at + 1 == len(data) and 0x21 <= token[0] <= 0x7E:
            fresh = False
            break
        parts.append(_text(mode, token))
        fresh = False
        at += len(token)
    return Outcome("".join(parts), len(data) - at, f"{mode}!" if fresh else mode)


def _text(mode: str, token: bytes) -> str:
    if mode == "j":
        return _pairs(token)
    if mode == "k":
        known = 0x21 <= token[0] <= 0x5F
        return token.decode("ascii").translate(_KATAKANA) if known else ERROR * len(token)
    if token[0] > 0x7F or token[0] in (0x0E, 0x0F):
        return ERROR * len(token)
    text = token.decode("ascii")
    return text.translate(_ROMAN) if mode == "r" else text


def _pairs(token: bytes) -> str:
    if not 0x21 <= token[0] <= 0x7E:
        return ERROR * len(token)
    if len(token) == 1 or not 0x21 <= token[1] <= 0x7E:
        return ERROR
    return "".join(_character(*pair) or ERROR for pair in zip(token[::2], token[1::2], strict=True))


_character = functools.cache(jis0208)
