r"""The language of `frames` for HTTP/2: phrases as people write them, made frames.

A phrase holds clauses, separated by `,`, `+`, `;` or `then`.  A clause is one of

- a frame by its type, with what is special about it: `HEADERS on stream 2`, `DATA len 0 no END_STREAM x 9`,
  `SETTINGS INITIAL_WINDOW_SIZE=0`, `WINDOW_UPDATE 2^31-1 twice`, `HEADERS without END_HEADERS + CONTINUATION x 9`;
- a request: `GET /big x 100`;
- a field of a request: `x: a\0b`, `:path twice`, `no :path`, `:foo`, `regular header before :path`, `trailers with :a`;
- something of HPACK: `index 9999`, `dynamic table size update 5000`, `bomb`;
- `preface`, `send junk`, `hex 00 01`, `sleep 20`, `never read`, `x 100` (all of it so often).

What a clause does not say is as a good client would have it: streams are new and odd, blocks are complete.  A frame
that needs an open stream opens one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from edge.corpus.http import frame as h2
from edge.corpus.http.clause import COUNT, EXTENSIONS, NUMBER, Clause, clauses, count, number
from edge.corpus.http.frame import END_HEADERS, END_STREAM, PADDED, PREFACE, TYPES, Field, frame
from edge.corpus.http.ops import Await, Deaf, Flow, Hoard, Op, Paced, Send, Sleep
from edge.corpus.http.request_fields import CHEAP, GET, POST, changed, field, is_field

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_POLITE: Final = 50
_FRAME: Final = 16_384  # bytes, at most, of what a frame carries
_JUNK: Final = bytes(range(1, 256)) * 4
_REQUEST: Final = re.compile(r"(GET|HEAD|POST|PUT|DELETE|OPTIONS)\s+(/\S*)(?:\s+(.*))?")
_PARENTS: Final = re.compile(rf"\b({COUNT}) distinct unknown parents", re.IGNORECASE)
_STREAMS: Final = re.compile(rf"(?:open )?({COUNT}) (?:open |concurrent )*streams(?: open)?", re.IGNORECASE)
_FAR: Final = 100  # from the streams that there are to one that never was


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
        elif re.fullmatch(r"(?:half|partial|truncated) (?:the )?preface", whole, re.IGNORECASE):
            self.begun = True
            yield Send((PREFACE[:10],))
        elif re.fullmatch(r"(?:send )?(?:junk|garbage)", whole, re.IGNORECASE):
            yield Send((_JUNK,))
        elif whole.lower().startswith("hex "):
            yield from self.raw(whole[4:])
        else:
            yield from self._begin()
            yield from self._phrase(clauses(whole))

    def _begin(self) -> list[Op]:
        if self.begun:
            return []
        self.begun = True
        return [Send((PREFACE + frame(TYPES["SETTINGS"]),))]

    def _phrase(self, said: list[Clause]) -> Iterator[Op]:
        if any(clause.says(r"(?:never|no|without) (?:send )?WINDOW_UPDATE") for clause in said):
            yield Hoard()
        elif any(_is_deaf(clause) for clause in said):
            yield Deaf()
        said = [clause for clause in said if not _is_deaf(clause)]
        times = said.pop().times if len(said) > 1 and said[-1].is_only_times else 1
        if pairs := _rapid(said, times):
            yield Send((b"".join(self._headers(GET) + self._reset(self._open) for _ in range(pairs)),))
            return
        for _ in range(times):
            yield from self._clauses(said)

    def _clauses(self, said: Sequence[Clause]) -> Iterator[Op]:
        fields = [clause.text for clause in said if is_field(clause.text)]
        others = [clause for clause in said if not is_field(clause.text)]
        if fields:
            yield from self._described(fields, with_body=any(clause.kind == "DATA" for clause in others))
        for clause in others:
            yield from self._clause(clause)

    # requests that are described by their fields

    def _described(self, said: list[str], *, with_body: bool) -> Iterator[Op]:
        if any(clause.lower().startswith("trailers") for clause in said):
            yield from self._trailers(said)
            return
        fields = list(POST if with_body else GET)
        for clause in said:
            fields = changed(fields, clause)
        yield Send((self._cut(h2.block(fields), end=not with_body),))

    def _cut(self, payload: bytes, *, end: bool) -> bytes:
        """A header block of any length, in as many frames as it takes."""
        pieces = [payload[at : at + _FRAME] for at in range(0, len(payload), _FRAME)]
        first = self._block_frame(pieces[0], end=end, flags=0 if len(pieces) > 1 else END_HEADERS)
        self._block = 0
        more = [
            frame(TYPES["CONTINUATION"], piece, END_HEADERS if piece is pieces[-1] else 0, self._open)
            for piece in pieces[1:]
        ]
        return first + b"".join(more)

    def _trailers(self, said: list[str]) -> Iterator[Op]:
        described = " ".join(clause.split("with", 1)[-1] if "with" in clause else clause for clause in said).strip()
        fields = [field(described)] if described.lower() != "trailers" else [(b"x-trailer", b"1")]
        opened = self._headers(POST, end=False)
        yield Send((opened + frame(TYPES["DATA"], b"abc", 0, self._open),))
        yield Send((frame(TYPES["HEADERS"], h2.block(fields), END_HEADERS | END_STREAM, self._open),))

    def _headers(
        self, fields: Sequence[Field], *, end: bool = True, stream: int = 0, flags: int = END_HEADERS
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

    def _clause(self, clause: Clause) -> Iterator[Op]:
        text = clause.text
        if found := re.fullmatch(r"(?:header |hpack )?index\s+(\d+)(?:.*)", text, re.IGNORECASE):
            yield Send((self._block_frame(h2.indexed(int(found[1]))),))
        elif found := re.search(rf"table size(?: update)?(?: of| to)?\s+({NUMBER})", text, re.IGNORECASE):
            yield from self._table_size(clause, number(found[1]))
        elif clause.says(r"\bbomb\b"):
            yield from self._bomb()
        elif found := _REQUEST.fullmatch(text):
            yield from self._requests(found[1], found[2], clause.times)
        elif found := _STREAMS.fullmatch(text):
            yield Send(tuple(self._headers(POST, end=False) for _ in range(count(found[1]))))
        elif clause.says(r"(?:send )?(?:junk|garbage)"):
            yield Send((_JUNK,))
        elif clause.kind:
            yield from self._frames(clause)
        else:
            raise ValueError(f"{text[:80]!r} is not understood (a frame, a request, a field, sleep N, ...)")

    def _table_size(self, clause: Clause, size: int) -> Iterator[Op]:
        update, fields = h2.table_size(size), h2.block(GET)
        yield Send((self._block_frame(fields + update if clause.says(r"\bend\b|after") else update + fields),))

    def _bomb(self) -> Iterator[Op]:
        """A field of 4,000 bytes in the dynamic table, and blocks that name it 12,000 times."""
        first = h2.block(GET) + h2.remembered(b"x", b"y" * 4000)
        yield Send((self._block_frame(first + h2.indexed(62) * 12_000),))
        yield Send((self._block_frame(h2.block(GET) + h2.indexed(62) * 12_000),))

    def _requests(self, method: str, path: str, times: int) -> Iterator[Op]:
        fields = [(b":method", method.encode()), *GET[1:3], (b":path", path.encode("latin-1"))]
        yield Send(tuple(self._headers(fields) for _ in range(times)))

    def _frames(self, clause: Clause) -> Iterator[Op]:
        if clause.kind == "HEADERS":
            yield from self._headers_frames(clause)
        elif clause.kind == "DATA":
            yield from self._data(clause)
        elif clause.kind == "CONTINUATION":
            yield from self._continuation(clause)
        elif clause.kind == "PRIORITY":
            yield Send(tuple(self._priority(clause, at) for at in range(clause.times)))
        else:
            yield from self._stream_first(clause)
            yield Send((self._plain(clause),), clause.times)

    def _elsewhere(self, clause: Clause) -> Iterator[Op]:
        """Bring a stream into the state that a clause wants it in."""
        if clause.is_half_closed:
            yield Send((self._headers(((b":method", b"GET"), *GET[1:3], (b":path", b"/big"))),))
        elif clause.is_closed:
            yield Send((self._headers(GET),))
            yield Await(200)

    def _headers_frames(self, clause: Clause) -> Iterator[Op]:
        if found := _PARENTS.search(clause.text):
            parents = range(100_001, 100_001 + 2 * count(found[1]), 2)
            frames = (self._block_frame(_parent(parent) + h2.block(CHEAP), extra=h2.PRIORITY) for parent in parents)
            yield Paced(tuple(frames), _POLITE)
            return
        yield from self._elsewhere(clause)
        stream = self._open if clause.is_closed or clause.is_half_closed else clause.stream
        end = clause.ends_stream is not False
        fields: list[Field] = list(GET if end else POST)
        fields += [(b"x-%d" % at, b"y") for at in range(clause.parts)]
        if clause.size is not None:
            fields.append((b"x", b"y" * max(0, clause.size - len(h2.block(fields)) - 8)))
        if clause.parts:
            yield Send((self._cut(h2.block(fields), end=end),), clause.times)
            return
        payload, extra = h2.block(fields), 0
        if clause.says(r"depend\w* on itself"):
            stream = stream or self._new_stream()
            payload, extra = _parent(stream) + payload, h2.PRIORITY
        if clause.padding is not None:
            size = clause.padding % 256
            payload = bytes([size]) + payload + (b"" if clause.padding < 0 else bytes(size))
            extra |= PADDED
        flags = (0 if clause.ends_headers is False else END_HEADERS) | extra
        if stream == 0:
            yield Send((frame(TYPES["HEADERS"], payload, flags | (END_STREAM if end else 0), 0),), clause.times)
            return
        frames = (self._block_frame(payload, end=end, stream=stream or 0, flags=flags) for _ in range(clause.times))
        yield Send(tuple(frames))

    def _data(self, clause: Clause) -> Iterator[Op]:
        yield from self._elsewhere(clause)
        stream = clause.stream
        if clause.is_idle:
            stream = stream or self._next + _FAR
        elif stream is None:
            if not self._open:
                yield Send((self._headers(POST, end=False),))
            stream = self._open
        size = clause.size if clause.size is not None else 0 if clause.padding is not None else 1
        payload, flags = b"d" * size, 0
        if clause.ends_stream or (clause.ends_stream is None and clause.size is not None and clause.times == 1):
            flags = END_STREAM
        if clause.padding is not None:
            pad = clause.padding % 256
            payload = bytes([pad]) + payload + (b"" if clause.padding < 0 else bytes(pad))
            flags |= PADDED
        one = frame(TYPES["DATA"], payload, flags, stream)
        if not payload or not stream or size > 16_384:
            yield Send((one,), clause.times)
        else:
            yield Flow(stream, one, len(payload), clause.times)

    def _continuation(self, clause: Clause) -> Iterator[Op]:
        stream = clause.stream or self._block
        if not stream and not clause.says(r"without HEADERS|no HEADERS|alone|idle"):
            yield Send((self._headers(GET, flags=0),))
            stream = self._block
        payload = h2.block([(b"x", b"y")]) if clause.size is None else b"\0" * clause.size
        flags = END_HEADERS if clause.ends_headers else 0
        stream = 0 if clause.stream == 0 else max(stream, 1)
        yield Send((frame(TYPES["CONTINUATION"], payload, flags, stream),), clause.times)

    def _priority(self, clause: Clause, at: int) -> bytes:
        stream = 1 + 2 * at if clause.stream is None else clause.stream
        payload = _parent(stream if "itself" in clause.text else 0)
        return frame(TYPES["PRIORITY"], payload if clause.size is None else b"\0" * clause.size, 0, stream)

    def _stream_first(self, clause: Clause) -> Iterator[Op]:
        """Frames about a stream that is not there are another attack, and say so."""
        yield from self._elsewhere(clause)
        about = clause.kind == "RST" or (clause.kind == "WINDOW_UPDATE" and clause.says(r"\bstream\b"))
        if about and not self._open and clause.stream is None and not clause.is_idle:
            yield Send((self._headers(POST, end=False),))

    def _plain(self, clause: Clause) -> bytes:
        """One frame of a type whose payload has a form of its own."""
        kind = clause.kind
        stream, flags = clause.stream or 0, h2.ACK if clause.says(r"\bACK\b") else 0
        about = kind == "RST" or (kind == "WINDOW_UPDATE" and clause.says(r"\bstream\b"))
        if about and clause.stream is None:
            stream = self._next + _FAR if clause.is_idle else self._open
        payload = b"12345678" if kind == "PING" else bytes(8) if kind == "GOAWAY" else b"xxxx"
        if kind == "RST":
            code = clause.value("code")
            payload = (8 if code is None else code).to_bytes(4, "big")
        elif kind == "SETTINGS":
            settings = [(2, 0)] if flags and clause.says("payload") else clause.settings
            payload = b"".join(
                name.to_bytes(2, "big") + (value & 0xFFFFFFFF).to_bytes(4, "big") for name, value in settings
            )
        elif kind == "WINDOW_UPDATE":
            increment = clause.value("WINDOW_UPDATE")
            payload = (1 if increment is None else increment).to_bytes(4, "big")
        elif kind == "PUSH_PROMISE":
            payload, stream, flags = b"\0\0\0\2" + h2.block(GET), stream or 1, END_HEADERS
        if clause.size is not None:
            payload = (payload + bytes(clause.size))[: clause.size]
        number_of_type = EXTENSIONS.get(kind) or TYPES["RST_STREAM" if kind == "RST" else kind]
        return frame(number_of_type, payload, flags, stream)


def _is_deaf(clause: Clause) -> bool:
    return clause.says(r"^(?:never|without|not?|do not) (?:read|send WINDOW_UPDATE|WINDOW_UPDATE)\w*(?: \w+)*$")


def _rapid(said: Sequence[Clause], times: int) -> int:
    """How many requests are taken back at once: the count behind the reset is the pair's."""
    if len(said) == 1 and said[0].says(r"\brapid reset"):
        return max(said[0].times, times)
    if [clause.kind for clause in said] == ["HEADERS", "RST"]:
        return max(said[1].times, times)
    return 0


def _parent(stream: int) -> bytes:
    return stream.to_bytes(4, "big") + b"\x10"
