"""Single-byte encodings: https://encoding.spec.whatwg.org/#legacy-single-byte-encodings.

Where a `windows` codec has no character, the standard has the control character of that value; the rest of
the differences is in `_CORRECTIONS`.
"""

from __future__ import annotations

import codecs
import functools

from edge.runtime.ops.legacy.outcome import ERROR

_CODECS = {
    "ibm866": "cp866",
    "koi8-r": "koi8_r",
    "koi8-u": "koi8_u",
    "macintosh": "mac_roman",
    "x-mac-cyrillic": "mac_cyrillic",
    "iso-8859-8-i": "iso8859_8",
    "windows-874": "cp874",
    **{f"windows-{number}": f"cp{number}" for number in range(1250, 1259)},
    **{f"iso-8859-{part}": f"iso8859_{part}" for part in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)},
}
_CORRECTIONS = {
    "koi8-u": {0xAE: "\u045e", 0xBE: "\u040e"},
    "windows-1255": {0xCA: "\u05ba"},
}
_USER_DEFINED = "x-user-defined"

SINGLE_BYTE = frozenset([*_CODECS, _USER_DEFINED])
"""Names of the encodings that `decode_bytes` knows."""


def decode_bytes(name: str, data: bytes) -> str:
    """The text of `data`; ERROR for each byte that stands for nothing."""
    text, _ = codecs.charmap_decode(data, "strict", _table(name))
    return text


@functools.cache
def _table(name: str) -> str:
    """The character of each byte."""
    if name == _USER_DEFINED:  # https://encoding.spec.whatwg.org/#x-user-defined-decoder
        return "".join(chr(byte if byte < 0x80 else 0xF700 + byte) for byte in range(256))
    fixed = _CORRECTIONS.get(name, {})
    return "".join(fixed.get(byte) or _character(name, byte) for byte in range(256))


def _character(name: str, byte: int) -> str:
    try:
        return bytes([byte]).decode(_CODECS[name])
    except UnicodeDecodeError:
        return chr(byte) if byte < 0xA0 and name.startswith("windows-") else ERROR
