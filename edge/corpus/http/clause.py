"""One clause of a phrase about HTTP/2: a frame by its type, and what is special about it.  Pure."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Final

from edge.corpus.http.frame import SETTINGS, TYPES

MANY: Final = 20_000
EXTENSIONS: Final = {"ALTSVC": 10, "ORIGIN": 12, "PRIORITY_UPDATE": 16, "UNKNOWN": 0xEE}

KINDS: Final = "|".join(sorted([*TYPES, *EXTENSIONS, "RST"], key=len, reverse=True))
NUMBER: Final = r"(?:2\^(?:14|24|31|32)(?:\s*[-+]\s*\d+)?|0x[0-9a-fA-F]+|\d+)"
COUNT: Final = r"(?:\d[\d_]*k?|N)"
_QUOTED: Final = r'"[^"]*"'
_SEPARATOR: Final = re.compile(rf"({_QUOTED})|(\s*[,;]\s*|\s+\+\s+|(?<=[A-Z])\+(?=[A-Z])|\s+(?:and )?then\s+)")
_KIND: Final = re.compile(rf"\b({KINDS})\b", re.IGNORECASE)
_TIMES: Final = re.compile(rf"(?:\bx|\*)\s*({COUNT})\b|\b(twice)\b|\b({COUNT}) times\b", re.IGNORECASE)
_ONLY_TIMES: Final = re.compile(rf"(?:(?:x|\*)\s*{COUNT}|twice|{COUNT} times)\b(?!.*\b(?:{KINDS})\b).*", re.IGNORECASE)
_UNIT: Final = r"(bytes|KB|KiB|MB|MiB)"
_LENGTH: Final = re.compile(
    rf"\b(?:len|length|(?<!increment )of|size)[ =]+({NUMBER})\b(?: ?{_UNIT}\b)?|\b({NUMBER}) ?{_UNIT}\b", re.IGNORECASE
)
_STREAM: Final = re.compile(r"\bstream(?:\s+id)?\s+(\d+)\b", re.IGNORECASE)
_PADDING: Final = re.compile(r"\b(\d+)\s+(?:bytes of )?padding|\bpadding (?:of )?(\d+)|\b(PADDED)\b", re.IGNORECASE)
_SETTING: Final = re.compile(rf"\b({'|'.join(SETTINGS)}|0x[0-9a-fA-F]+)\s*[= ]\s*({NUMBER})")
_MANY_PARTS: Final = re.compile(rf"\bwith ({COUNT}) (?:\w+ )?(?:headers|fields|cookies|entries|settings)\b")
_UNITS: Final = {"kb": 1 << 10, "kib": 1 << 10, "mb": 1 << 20, "mib": 1 << 20}


class Clause:
    """What the words say; a number that they do not name is None, and -1 where they want one that is wrong."""

    def __init__(self, text: str) -> None:
        self.text = text

    def says(self, pattern: str) -> bool:
        """Whether something like it is in the words, in capitals or not."""
        return re.search(pattern, self.text, re.IGNORECASE) is not None

    @cached_property
    def kind(self) -> str:
        """The type of frame, `RST` for RST_STREAM; "" for none."""
        found = _KIND.search(self.text)
        return found[1].upper().replace("RST_STREAM", "RST") if found else ""

    @cached_property
    def times(self) -> int:
        """How often."""
        found = _TIMES.search(self.text)
        return 1 if found is None else 2 if found[2] else count(found[1] or found[3])

    @property
    def is_only_times(self) -> bool:
        """Whether it says nothing else: then it is for all clauses before it."""
        return _ONLY_TIMES.fullmatch(self.text) is not None

    @cached_property
    def size(self) -> int | None:
        """Bytes of payload."""
        found = _LENGTH.search(self.text) or re.search(rf"\bDATA\s+({NUMBER})\b()()()", self.text)
        if found is None:
            return None
        return number(found[1] or found[3]) * _UNITS.get((found[2] or found[4] or "").lower(), 1)

    @cached_property
    def stream(self) -> int | None:
        """Its stream by number."""
        if self.says(r"\beven stream"):
            return 2
        found = _STREAM.search(self.text)
        return int(found[1]) if found else None

    @property
    def is_closed(self) -> bool:
        """Of a stream whose answer is complete."""
        return self.says(r"\bclosed (?:stream|connection)|after the (?:response|answer)")

    @property
    def is_half_closed(self) -> bool:
        """Of a stream that the client itself has ended."""
        return self.says(r"\bhalf.closed|after END_STREAM")

    @property
    def is_idle(self) -> bool:
        """Of a stream that never was."""
        return self.says(r"\bidle|\bunopened|never opened|unknown stream")

    @cached_property
    def padding(self) -> int | None:
        """Bytes of padding; -1 for more than the frame has."""
        if self.says(r"pad\w*(?: length)?\s*(?:>|over|longer|exceed|larger|more than)|\bbad pad|\binvalid pad"):
            return -1
        found = _PADDING.search(self.text)
        return None if found is None else int(found[1] or found[2] or 255)

    @property
    def ends_stream(self) -> bool | None:
        """None when nothing is said."""
        if self.says(r"(?:\bno|without) END_STREAM|\bopen\b"):
            return False
        return True if self.says(r"(?<!after )END_STREAM") else None

    @property
    def ends_headers(self) -> bool | None:
        """The same of END_HEADERS."""
        if self.says(r"(?:\bno|without) END_HEADERS"):
            return False
        return True if self.says("END_HEADERS") else None

    @property
    def settings(self) -> list[tuple[int, int]]:
        """Pairs of identifier and value."""
        parts = _MANY_PARTS.search(self.text)
        more = [(0xF000 + at % 256, 1) for at in range(count(parts[1]))] if parts else []
        found = _SETTING.findall(self.text)
        return [(SETTINGS[name] if name in SETTINGS else int(name, 16), number(value)) for name, value in found] + more

    @property
    def parts(self) -> int:
        """`with 5000 headers`."""
        found = _MANY_PARTS.search(self.text)
        return count(found[1]) if found else 0

    def value(self, name: str) -> int | None:
        """The number behind a word."""
        found = re.search(
            rf"\b{name}\s+(?:(?:with )?(?:an )?increment\s+)?(?:of\s+|=\s*)?((?>{NUMBER}))(?!\s*(?:times\b|x\b))",
            self.text,
        )
        return number(found[1]) if found else None


def clauses(phrase: str) -> list[Clause]:
    """The parts between separators that are not in quotes."""
    parts, current, at = [], "", 0
    for found in _SEPARATOR.finditer(phrase):
        current += phrase[at : found.start()]
        at = found.end()
        if found[1]:
            current += found[1]
        else:
            parts.append(current)
            current = ""
    parts.append(current + phrase[at:])
    return [Clause(part.strip()) for part in parts if part.strip()]


def number(text: str) -> int:
    """`16384`, `0x10`, `2^31-1`."""
    found = re.fullmatch(r"2\^(\d+)\s*([-+]?)\s*(\d*)", text)
    if found is None:
        return int(text, 0)
    value: int = 2 ** int(found[1])
    offset = int(found[3] or 0)
    return value - offset if found[2] == "-" else value + offset


def count(text: str) -> int:
    """`500`, `10_000`, `10k`; `N` is many."""
    if text.upper() == "N":
        return MANY
    return int(text.rstrip("kK").replace("_", "")) * (1000 if text[-1] in "kK" else 1)
