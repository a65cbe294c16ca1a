r"""The language of `frames` for HTTP/2: phrases as people write them, made frames.

A phrase holds clauses, separated by `,`, `+`, `;` or `then`.  A clause is one of

- a frame by its type, with what is special about it: `HEADERS on stream 2`, `DATA len 0 no END_STREAM x 9`,
  `SETTINGS INITIAL_WINDOW_SIZE=0`, `WINDOW_UPDATE 2^31-1 twice`, `HEADERS without END_HEADERS + CONTINUATION x 9`;
- a request: `GET /big x 100`;
- a field of a request: `x: a\0b`, `:path twice`, `no :path`, `:foo`, `regular header before :path`, `trailers with :a`;
- something of HPACK: `index 9999`, `dynamic table size update 5000`, `bomb`;
- `preface`, `send junk`, `hex 00 01`, `sleep 20`, `never read`.

What a clause does not say is as a good client would have it: streams are new and odd, blocks are complete.  A frame
that needs an open stream opens one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from edge.corpus.http import frame as h2
from edge.corpus.http.frame import END_HEADERS, END_STREAM, PADDED, PREFACE, TYPES, Field, frame
from edge.corpus.http.ops import Await, Deaf, Flow, Op, Paced, Send, Sleep

if TYPE_CHECKING:
    from collections.abc import Iterator

MANY: Final = 20_000
_POLITE: Final = 50
_GET: Final = ((b":method", b"GET"), (b":scheme", b"https"), (b":authority", b"a.test"), (b":path", b"/ok"))
_POST: Final = ((b":method", b"POST"), *_GET[1:3], (b":path", b"/echo"))
_CHEAP: Final = (*_GET[:3], (b":path", b"/_edge/live"))
_QUOTED = r'"[^"]*"'
_SEPARATOR: Final = re.compile(rf"({_QUOTED})|(\s*[,;]\s*|\s+\+\s+|\s+then\s+)")
_KINDS: Final = "|".join(sorted([*TYPES, "RST"], key=len, reverse=True))
_FRAME: Final = re.compile(rf"\b({_KINDS})\b|\b(unknown)\b(?:\s+frame)?", re.IGNORECASE)
_NUMBER: Final = r"(?:2\^(?:24|31|32|14)(?:\s*[-+]\s*\d+)?|0x[0-9a-fA-F]+|\d+)"
_TIMES: Final = re.compile(r"\b(?:x|\*)\s*(\d+|N)\b|\b(twice)\b|\b(\d+) times\b", re.IGNORECASE)
_LENGTH: Final = re.compile(rf"\b(?:len|length|of|size)\s+({_NUMBER})\b|\bpayload of ({_NUMBER})", re.IGNORECASE)
_STREAM: Final = re.compile(r"\bstream(?:\s+id)?\s+(\d+)\b", re.IGNORECASE)
_PADDING: Final = re.compile(r"\b(\d+)\s+(?:bytes of )?padding|\bpadding (?:of )?(\d+)", re.IGNORECASE)
_PARENTS: Final = re.compile(r"\b(\d+) distinct unknown parents", re.IGNORECASE)
_SETTING: Final = re.compile(rf"\b({'|'.join(h2.SETTINGS)}|0x[0-9a-fA-F]+)\s*[= ]\s*({_NUMBER})")
_REQUEST: Final = re.compile(r"(GET|HEAD|POST|PUT|DELETE|OPTIONS)\s+(/\S*)(?:\s+(.*))?")
_HEADER: Final = re.compile(r'(:?[^\s:=]+)\s*(?::\s|:\Z|=)\s*(".*"|.*)')
_PSEUDO: Final = re.compile(r'(:[A-Za-z-]+)(?:\s+(?!twice\b|:)(".*?"|[^\s:]\S*))?')
_JUNK: Final = bytes(range(1, 256)) * 4


class StreamScript:
    """Reads the phrases of one case; `begun` says that the connection's preface has gone out."""

    def __init__(self) -> None:
        self.begun = False
        self._next = 1
        self._open = 0  # the stream that frames without one are for
        self._block = 0  # the stream whose header block is not complete

    def raw(self, text: str) -> list[Op]:
        """Bytes of frames, in hex.  Raises ValueError."""
        return [*self._begin(), Send((bytes.fromhex(text),))]

    def read(self, phrase: str) -> Iterator[Op]:
        """Raises ValueError for what is not understood."""
        whole = phrase.strip()
        if found := re.fullmatch(r"(?:sleep|wait)\s+(\d+(?:\.\d+)?)\s*s?", whole, re.IGNORECASE):
            yield Sleep(float(found[1]))
        elif re.fullmatch(r"(?:client )?preface(?: only)?", whole, re.IGNORECASE):
            self.begun = True
            yield Send((PREFACE,))
        elif re.fullmatch(r"(?:send )?(?:junk|garbage)", whole, re.IGNORECASE):
            yield Send((_JUNK,))
        elif whole.lower().startswith("hex "):
            yield from self.raw(whole[4:])
        else:
            yield from self._begin()
            yield from self._phrase(whole)

    def _begin(self) -> list[Op]:
        if self.begun:
            return []
        self.begun = True
        return [Send((PREFACE + frame(TYPES["SETTINGS"]),))]

    def _phrase(self, phrase: str) -> Iterator[Op]:
        clauses = _clauses(phrase)
        if any(_is_deaf(clause) for clause in clauses):
            yield Deaf()
        clauses = [clause for clause in clauses if not _is_deaf(clause)]
        pair = _rapid(clauses)
        if pair:
            yield Send((b"".join(self._headers(_GET) + self._reset(self._open) for _ in range(pair)),))
            return
        fields = [clause for clause in clauses if _is_field(clause)]
        others = [clause for clause in clauses if not _is_field(clause)]
        if fields:
            yield from self._request(fields, _with_body=any("DATA" in clause for clause in others))
        for clause in others:
            yield from self._clause(clause)

    # requests that are described by their fields

    def _request(self, clauses: list[str], *, _with_body: bool) -> Iterator[Op]:
        if any(clause.lower().startswith("trailers") for clause in clauses):
            yield from self._trailers(clauses)
            return
        fields = list(_POST if _with_body else _GET)
        for clause in clauses:
            fields = _changed(fields, clause)
        yield Send((self._headers(fields, end=not _with_body),))

    def _trailers(self, clauses: list[str]) -> Iterator[Op]:
        described = " ".join(clause.split("with", 1)[-1] if "with" in clause else clause for clause in clauses).strip()
        fields = [_field(described)] if described.lower() != "trailers" else [(b"x-trailer", b"1")]
        opened = self._headers(_POST, end=False)
        stream = self._open
        yield Send((opened + frame(TYPES["DATA"], b"abc", 0, stream),))
        yield Send((frame(TYPES["HEADERS"], h2.block(fields), END_HEADERS | END_STREAM, stream),))

    def _headers(
        self, fields: tuple[Field, ...] | list[Field], *, end: bool = True, stream: int = 0, flags: int = END_HEADERS
    ) -> bytes:
        return self._block_frame(h2.block(fields), end=end, stream=stream, flags=flags)

    def _block_frame(
        self, payload: bytes, *, end: bool = True, stream: int = 0, flags: int = END_HEADERS, extra: int = 0
    ) -> bytes:
        stream = stream or self._new_stream()
        self._open = stream
        if not flags & END_HEADERS:
            self._block = stream
        return frame(TYPES["HEADERS"], payload, flags | extra | (END_STREAM if end else 0), stream)

    def _new_stream(self) -> int:
        stream, self._next = self._next, self._next + 2
        return stream

    def _reset(self, stream: int, code: int = 8) -> bytes:
        return frame(TYPES["RST_STREAM"], code.to_bytes(4, "big"), 0, stream)

    # clauses

    def _clause(self, clause: str) -> Iterator[Op]:
        if found := re.fullmatch(r"(?:header )?index\s+(\d+)(?:.*)", clause, re.IGNORECASE):
            yield Send((self._block_frame(h2.indexed(int(found[1]))),))
        elif found := re.search(rf"table size(?: update)?(?: of| to)?\s+({_NUMBER})", clause, re.IGNORECASE):
            yield from self._table_size(clause, _number(found[1]))
        elif re.search(r"\bbomb\b", clause, re.IGNORECASE):
            yield from self._bomb()
        elif found := _REQUEST.fullmatch(clause):
            yield from self._requests(found[1], found[2], found[3] or "")
        elif found := _FRAME.search(clause):
            yield from self._frames((found[1] or "unknown").upper().replace("RST_STREAM", "RST"), clause)
        else:
            raise ValueError(f"{clause[:80]!r} is not understood (a frame, a request, a field, sleep N, ...)")

    def _table_size(self, clause: str, size: int) -> Iterator[Op]:
        update, fields = h2.table_size(size), h2.block(_GET)
        payload = fields + update if re.search(r"\bend\b|after", clause) else update + fields
        yield Send((self._block_frame(payload),))

    def _bomb(self) -> Iterator[Op]:
        """A field of 4,000 bytes in the dynamic table, and a block that names it 16,000 times."""
        first = h2.block(_GET) + h2.remembered(b"x", b"y" * 4000)
        yield Send((self._block_frame(first + h2.indexed(62) * 12_000),))
        stream = self._new_stream()
        yield Send((self._block_frame(h2.block(_GET) + h2.indexed(62) * 12_000, stream=stream),))

    def _requests(self, method: str, path: str, more: str) -> Iterator[Op]:
        fields = [(b":method", method.encode()), *_GET[1:3], (b":path", path.encode("latin-1"))]
        yield Send(tuple(self._headers(fields) for _ in range(_times(more))))

    def _frames(self, kind: str, clause: str) -> Iterator[Op]:
        times = _times(clause)
        if kind == "HEADERS":
            yield from self._headers_frames(clause, times)
        elif kind == "DATA":
            yield from self._data(clause, times)
        elif kind == "CONTINUATION":
            yield from self._continuation(clause, times)
        elif kind == "PRIORITY":
            yield Send(tuple(self._priority(clause, number) for number in range(times)))
        else:
            yield from self._stream_first(kind, clause)
            yield Send((self._plain(kind, clause),), times)

    def _headers_frames(self, clause: str, times: int) -> Iterator[Op]:
        if found := _PARENTS.search(clause):
            parents = range(100_001, 100_001 + 2 * int(found[1]), 2)
            frames = (self._block_frame(_parent(parent) + h2.block(_CHEAP), extra=h2.PRIORITY) for parent in parents)
            yield Paced(tuple(frames), _POLITE)
            return
        stream = _stream(clause)
        if stream < 0:  # a closed one
            yield Send((self._headers(_GET),))
            stream = self._open
            yield Await(200)
        fields: tuple[Field, ...] = _POST if _leaves_open(clause) else _GET
        size = _LENGTH.search(clause)
        if size:
            fields = (*fields, (b"x", b"y" * max(0, _number(size[1] or size[2]) - len(h2.block(fields)) - 8)))
        flags = 0 if re.search(r"(?:without|no) END_HEADERS", clause) else END_HEADERS
        end = not _leaves_open(clause)
        if re.search(r"depend\w* on itself", clause):
            number = stream or self._new_stream()
            yield Send((self._block_frame(_parent(number) + h2.block(fields), stream=number, extra=h2.PRIORITY),))
            return
        if _is_zero(clause):
            yield Send((frame(TYPES["HEADERS"], h2.block(fields), flags | END_STREAM, 0),))
            return
        yield Send(tuple(self._headers(fields, end=end, stream=stream, flags=flags) for _ in range(times)))

    def _data(self, clause: str, times: int) -> Iterator[Op]:
        stream = _stream(clause)
        if stream < 0:
            yield Send((self._headers(_GET),))
            stream = self._open
            yield Await(200)
        elif not stream and not _is_zero(clause) and "idle" not in clause:
            if not self._open:
                yield Send((self._headers(_POST, end=False),))
            stream = self._open
        elif "idle" in clause:
            stream = stream or self._next + 100
        found = _LENGTH.search(clause) or re.search(rf"DATA\s+({_NUMBER})", clause)
        padding = _PADDING.search(clause)
        size = _number(next(filter(None, found.groups()))) if found else 0 if padding else 1
        flags = END_STREAM if re.search(r"(?<!no )(?<!without )END_STREAM", clause) or (found and times == 1) else 0
        if re.search(r"(?:no|without) END_STREAM", clause):
            flags = 0
        payload = b"d" * size
        if padding:
            count = int(padding[1] or padding[2])
            payload, flags = bytes([min(count, 255)]) + payload + bytes(min(count, 255)), flags | PADDED
        one = frame(TYPES["DATA"], payload, flags, stream)
        if not payload or not stream or size > 16_384:
            yield Send((one,), times)
        else:
            yield Flow(stream, one, len(payload), times)

    def _continuation(self, clause: str, times: int) -> Iterator[Op]:
        stream = _stream(clause) or self._block
        if not stream and not re.search(r"without HEADERS|no HEADERS|alone", clause, re.IGNORECASE):
            yield Send((self._headers(_GET, flags=0),))
            stream = self._block
        found = _LENGTH.search(clause)
        size = _number(next(filter(None, found.groups()))) if found else -1
        payload = h2.block([(b"x", b"y")]) if size < 0 else b"\0" * size
        flags = END_HEADERS if re.search(r"with END_HEADERS", clause) else 0
        yield Send((frame(TYPES["CONTINUATION"], payload, flags, max(stream, 1)),), times)

    def _priority(self, clause: str, number: int) -> bytes:
        stream = _stream(clause) or (0 if _is_zero(clause) else 1 + 2 * number)
        parent = stream if "itself" in clause else 0
        found = _LENGTH.search(clause)
        payload = _parent(parent) if not found else b"\0" * _number(found[1] or found[2])
        return frame(TYPES["PRIORITY"], payload, 0, stream)

    def _stream_first(self, kind: str, clause: str) -> Iterator[Op]:
        """Frames about a stream that is not there are another attack, and say so."""
        about_stream = kind == "RST" or (kind == "WINDOW_UPDATE" and re.search(r"\bstream\b", clause))
        if about_stream and not self._open and not _stream(clause) and "idle" not in clause and not _is_zero(clause):
            yield Send((self._headers(_POST, end=False),))

    def _plain(self, kind: str, clause: str) -> bytes:
        stream = _stream(clause)
        found = _LENGTH.search(clause)
        size = _number(next(filter(None, found.groups()))) if found else None
        flags = h2.ACK if re.search(r"\bACK\b", clause) else 0
        if kind == "RST":
            code = re.search(r"\bcode\s+(\d+)", clause)
            stream = stream or (0 if _is_zero(clause) else self._next + 100 if "idle" in clause else self._open)
            payload = int(code[1] if code else 8).to_bytes(4, "big")
        elif kind == "SETTINGS":
            payload = b"".join(_setting(name, value) for name, value in _SETTING.findall(clause))
            if flags and "payload" in clause:
                payload = _setting("ENABLE_PUSH", "0")
        elif kind == "WINDOW_UPDATE":
            value = re.search(rf"WINDOW_UPDATE\s+(?:of\s+|increment\s+)?({_NUMBER})", clause)
            payload = (_number(value[1]) if value else 1).to_bytes(4, "big")
            if not stream and re.search(r"\bstream\b", clause) and not _is_zero(clause):
                stream = self._next + 100 if "idle" in clause else self._open
        elif kind == "PUSH_PROMISE":
            payload, stream, flags = b"\0\0\0\2" + h2.block(_GET), stream or 1, END_HEADERS
        elif kind == "PING":
            payload = b"12345678"
        elif kind == "GOAWAY":
            payload = bytes(8)
        else:
            return frame(0xEE, b"x" * (4 if size is None else size), 0, stream)
        if size is not None:
            payload = (payload + bytes(size))[:size]
        return frame(TYPES["RST_STREAM" if kind == "RST" else kind], payload, flags, stream)


def _clauses(phrase: str) -> list[str]:
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
    return [part.strip() for part in parts if part.strip()]


def _is_deaf(clause: str) -> bool:
    return re.fullmatch(r"(?:never|without|not?) read\w*(?: \w+)*", clause, re.IGNORECASE) is not None


def _rapid(clauses: list[str]) -> int:
    """How many requests are taken back at once: the count behind the reset is the pair's."""
    names = [found[1].upper() for clause in clauses if (found := _FRAME.search(clause)) and found[1]]
    if names in (["HEADERS", "RST_STREAM"], ["HEADERS", "RST"]) and len(clauses) == len(names):
        return _times(clauses[1])
    return 0


def _is_field(clause: str) -> bool:
    lower = clause.lower()
    if lower.startswith(("trailers", "regular header", "pseudo", "uppercase", "no :", "without :")):
        return True
    if clause.startswith(":"):
        return True
    return _FRAME.match(clause) is None and re.match(r"[^\s:]+: ", clause + " ") is not None


def _changed(fields: list[Field], clause: str) -> list[Field]:
    """The fields of a request as a clause wants them."""
    lower = clause.lower()
    if lower.startswith(("regular header", "pseudo")):
        return [*fields[:-1], (b"x", b"y"), fields[-1]]
    if lower.startswith("uppercase"):
        return [*fields, (b"X-Upper", b"y")]
    if found := re.match(r"(?:no|without) (:[a-z-]+)", lower):
        return [field for field in fields if field[0] != found[1].encode()]
    if found := re.match(r"(:[a-z-]+) twice", lower):
        return _behind(fields, next((field for field in fields if field[0] == found[1].encode()), (b":x", b"y")))
    if clause.startswith(":"):
        for name, value in _pseudo(clause):
            known = any(field[0] == name for field in fields)
            fields = [(name, value) if field[0] == name else field for field in fields]
            fields = fields if known else _behind(fields, (name, value))
        return fields
    return [*fields, _field(clause)]


def _pseudo(clause: str) -> list[Field]:
    """`:path = ""`, `:scheme "x"`, `:method CONNECT :protocol websocket`, `:foo`."""
    if found := re.fullmatch(r'(:[A-Za-z-]+)\s*(?:=|:)\s*(".*"|.*)', clause):
        return [(found[1].encode(), _value(found[2]))]
    return [(name.encode(), _value(value or "x")) for name, value in _PSEUDO.findall(clause)]


def _field(clause: str) -> Field:
    found = _HEADER.fullmatch(clause)
    if found is None:
        return clause.split(maxsplit=1)[0].encode("latin-1"), b"x"
    return found[1].encode("latin-1"), _value(found[2])


def _value(text: str) -> bytes:
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1]
    for escaped, plain in (("\\0", "\0"), ("\\r", "\r"), ("\\n", "\n"), ("\\t", "\t")):
        text = text.replace(escaped, plain)
    return text.encode("latin-1", "replace")


def _behind(fields: list[Field], field: Field) -> list[Field]:
    """Behind the other pseudo fields, before the rest."""
    return [*(one for one in fields if one[0][:1] == b":"), field, *(one for one in fields if one[0][:1] != b":")]


def _leaves_open(clause: str) -> bool:
    return re.search(r"\bopen\b|(?:no|without) END_STREAM", clause) is not None


def _times(text: str) -> int:
    found = _TIMES.search(text)
    if found is None:
        return 1
    return 2 if found[2] else MANY if (found[1] or "").upper() == "N" else int(found[1] or found[3])


def _stream(clause: str) -> int:
    """The stream that a clause names; -1 for one that is closed, 0 for none."""
    if re.search(r"\bclosed stream", clause):
        return -1
    if re.search(r"\beven stream", clause):
        return 2
    found = _STREAM.search(clause)
    return int(found[1]) if found else 0


def _is_zero(clause: str) -> bool:
    return re.search(r"\bstream(?: id)? 0\b", clause) is not None


def _number(text: str) -> int:
    """`16384`, `0x10`, `2^31-1`."""
    if not text.startswith("2^"):
        return int(text, 0)
    power, sign, offset = re.fullmatch(r"2\^(\d+)\s*([-+]?)\s*(\d*)", text).groups()  # type: ignore[union-attr]
    value: int = 2 ** int(power)
    return value - int(offset) if sign == "-" else value + int(offset or 0)


def _setting(name: str, value: str) -> bytes:
    number = h2.SETTINGS[name] if name in h2.SETTINGS else int(name, 16)
    return number.to_bytes(2, "big") + (_number(value) & 0xFFFFFFFF).to_bytes(4, "big")


def _parent(stream: int) -> bytes:
    return stream.to_bytes(4, "big") + b"\x10"
