"""Encodings of one to four bytes a character: Big5, EUC-JP, EUC-KR, gb18030, GBK and Shift_JIS.

Text is cut into tokens by the shape of its bytes: sequences, runs of ASCII, a sequence that breaks off at the
end, single bytes for what is left.  A sequence without a character is an error; when it ends with an ASCII
byte, that one is read again, as the standard asks.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from edge.runtime.ops.legacy.big5 import BIG5
from edge.runtime.ops.legacy.outcome import ERROR, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable


class Table(dict[bytes, str]):
    """Text by token, filled as tokens come up; longer ones than pairs are not kept, as there are too many of them."""

    def __init__(
        self, whole: str, partial: str, character: Callable[[bytes], str | None], rest: str = "(?s:.)"
    ) -> None:
        super().__init__()
        # `rest` is what is neither whole nor partial; `character` knows which of it means something.
        tokens = rf"{whole}|[\x00-\x7f]+|(?:{partial})\Z|{rest}"
        self.tokens = re.compile(tokens.encode("latin-1"))
        self.partial = re.compile(partial.encode("latin-1"))
        self._character = character

    def __missing__(self, token: bytes) -> str:
        if token.isascii():
            return token.decode("ascii")
        text = self._character(token)
        if text is None:
            text = ERROR + chr(token[-1]) if token[-1] < 0x80 else ERROR
        if len(token) <= 2:
            self[token] = text
        return text


def decode_tokens(name: str, data: bytes, *, last: bool) -> Outcome:
    """Decode with the table of an encoding; `last` when nothing follows `data`."""
    table = TABLES[name]
    tokens = table.tokens.findall(data)
    pending = 0
    if tokens and table.partial.fullmatch(tokens[-1]):
        broken = tokens.pop()
        if last:
            tokens.append(_BROKEN)
        else:
            pending = len(broken)
    return Outcome("".join(map(table.__getitem__, tokens)), pending)


_BROKEN = b"\xff"
"""A token that is an error in every encoding."""


def _by_codec(codec: str, token: bytes) -> str | None:
    try:
        return token.decode(codec)
    except UnicodeDecodeError:
        return None


def _big5(token: bytes) -> str | None:
    """https://encoding.spec.whatwg.org/#big5-decoder."""
    if len(token) == 1:
        return None
    return BIG5.get(token) or _by_codec("big5hkscs", token)


def _euc_kr(token: bytes) -> str | None:
    """https://encoding.spec.whatwg.org/#euc-kr-decoder."""
    return _by_codec("cp949", token) if len(token) == 2 else None


def jis0208(row: int, cell: int) -> str | None:
    """A character of index jis0208 by its row and cell, from 0x21 to 0x7E.

    cp932 has this index in the order of Shift_JIS, where two rows share a lead byte.
    """
    pair, second = divmod(row - 0x21, 2)
    lead = pair + (0x81 if pair < 0x1F else 0xC1)
    trail = cell + (0x7E if second else 0x1F)
    return _by_codec("cp932", bytes([lead, trail + (not second and trail >= 0x7F)]))


def _jis0212(token: bytes) -> str | None:
    # The one difference: the standard has a full-width tilde.
    return "\uff5e" if token == b"\x8f\xa2\xb7" else _by_codec("euc_jp", token)


def _euc_jp(token: bytes) -> str | None:
    """https://encoding.spec.whatwg.org/#euc-jp-decoder."""
    if len(token) == 1 or not 0xA1 <= token[-1] <= 0xFE:
        return None
    if len(token) == 3:
        return _jis0212(token)
    lead, trail = token
    if lead == 0x8E:
        return chr(0xFF61 - 0xA1 + trail) if trail <= 0xDF else None
    return jis0208(lead - 0x80, trail - 0x80)


def _shift_jis(token: bytes) -> str | None:
    """https://encoding.spec.whatwg.org/#shift_jis-decoder; cp932 has the private use area, too."""
    if len(token) == 2:
        return _by_codec("cp932", token)
    byte = token[0]
    if byte == 0x80:
        return "\x80"
    return chr(0xFF61 - 0xA1 + byte) if 0xA1 <= byte <= 0xDF else None


# GB 18030-2022 gave characters of their own to some that had private ones in 2000, which is Python's edition:
# https://encoding.spec.whatwg.org/#index-gb18030
_GB18030_2022 = {
    0xE5E5: 0x3000,
    0xE7C7: 0x1E3F,
    0x1E3F: 0xE7C7,
    **dict(zip(range(0xE78D, 0xE797), (0xFE10, 0xFE12, 0xFE11, *range(0xFE13, 0xFE1A)), strict=True)),
    **dict(zip((0xE81E, 0xE826, 0xE82B, 0xE82C, 0xE832, 0xE843, 0xE854, 0xE864), range(0x9FB4, 0x9FBC), strict=True)),
}


def _gb18030(token: bytes) -> str | None:
    """https://encoding.spec.whatwg.org/#gb18030-decoder."""
    if len(token) == 1:
        return "\u20ac" if token == b"\x80" else None
    text = _by_codec("gb18030", token)
    if text is not None:
        return text.translate(_GB18030_2022)
    return ERROR if len(token) == 4 else None


_LEAD = r"[\x81-\xfe]"
_PAIR = rf"{_LEAD}(?s:.)"
_GB = rf"{_LEAD}[\x40-\x7e\x80-\xff]|{_LEAD}[0-9]{_LEAD}[0-9]"
_GB_PARTIAL = rf"{_LEAD}(?:[0-9]{_LEAD}?)?"
_SHIFT_LEAD = r"[\x81-\x9f\xe0-\xfc]"
_EUC_JP = r"\x8f[\xa1-\xfe](?s:.)|[\x8e\xa1-\xfe](?s:.)"
_EUC_JP_PARTIAL = r"\x8f[\xa1-\xfe]?|[\x8e\xa1-\xfe]"

TABLES = {
    "big5": Table(_PAIR, _LEAD, _big5),
    "euc-jp": Table(_EUC_JP, _EUC_JP_PARTIAL, _euc_jp, rest=r"\x8f(?s:.)|(?s:.)"),
    "euc-kr": Table(_PAIR, _LEAD, _euc_kr),
    "gb18030": Table(_GB, _GB_PARTIAL, _gb18030),
    "gbk": Table(_GB, _GB_PARTIAL, _gb18030),
    "shift_jis": Table(rf"{_SHIFT_LEAD}(?s:.)", _SHIFT_LEAD, _shift_jis),
}
"""The tables, by the encoding's name in lower case."""
