"""A large body that is given at once leaves in pieces, with its exact length in the head."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from edge.engine.build import Record
from edge.engine.machine import Respond, Write
from edge.wire.messages import Reply, Request
from tests.support.isolate_driver import IsolateDriver
from tests.support.snapshot_files import snapshot_folder

if TYPE_CHECKING:
    from edge.engine.machine import Close, Machine, Note, Perform
    from tests.support.isolate_driver import Answer

WEB = "exports.__esModule = true; exports.default = {{ fetch() {{ return {0}; }} }};"
EXPRESS = "module.exports = (req, res) => {{ {0}; }};"
EVENT = "exports.handler = async () => ({{ statusCode: 200, body: {0} }});"
PIECES = """
const bytes = (size) => new Uint8Array(size).fill(98);
const pieces = (size) => [bytes(size % 4096), bytes(262144), 'b'.repeat(size - size % 4096 - 262144)];
"""
SIZE = 3_000_001
PIECE = 262144
WAYS = {
    "Response of text": ("web", WEB.format(f"new Response('b'.repeat({SIZE}))")),
    "Response of bytes": ("web", WEB.format(f"new Response(new Uint8Array({SIZE}).fill(98))")),
    "Response of a blob": ("web", WEB.format(f"new Response(new Blob(['b'.repeat({SIZE})]))")),
    "Response of a blob in pieces": ("web", WEB.format(f"new Response(new Blob(pieces({SIZE})))") + PIECES),
    "res.end": ("express", EXPRESS.format(f"res.end('b'.repeat({SIZE}))")),
    "res.send": ("express", EXPRESS.format(f"res.send('b'.repeat({SIZE}))")),
    "res.end of bytes": ("express", EXPRESS.format(f"res.end(Buffer.alloc({SIZE}, 'b'))")),
    "event": ("event", EVENT.format(f"'b'.repeat({SIZE})")),
    "event in base64": ("event", EVENT.format(f"Buffer.alloc({SIZE}, 'b').toString('base64'), isBase64Encoded: true")),
}


class SlowClient(IsolateDriver):
    """Takes a piece only when nothing else is to be had, and keeps what it saw."""

    def __init__(self) -> None:
        super().__init__(snapshot_folder())
        self.pieces: list[bytes] = []
        self.most = 0
        self._waiting: list[int] = []

    def _act(
        self, action: Respond | Write | Close | Perform | Note, answer: Answer, machine: Machine, events: list[bytes]
    ) -> None:
        if isinstance(action, Respond):
            answer.status, answer.headers, answer.body = action.status, action.headers, action.body
        elif isinstance(action, Write):
            self.pieces.append(action.data)
            answer.body += action.data
            assert action.ack is not None
            self._waiting.append(action.ack)
            self.most = max(self.most, len(self._waiting))
            if len(self._waiting) == 4 or len(action.data) < PIECE - 3:  # the window is full, or this was the last
                for ack in self._waiting:
                    self._reply(Reply(ack), machine, events)
                self._waiting = []
        else:
            super()._act(action, answer, machine, events)


def respond(contract: str, source: str, method: str = "GET") -> tuple[Answer, SlowClient]:
    """One invocation."""
    client = SlowClient()
    request = Request(method, "http://host.example/", "/", "", headers=[("host", "host.example")], ip="203.0.113.7")
    return client.run([Record("/app/index.js", "cjs", source, {})], request, contract=contract), client


@pytest.mark.parametrize("way", WAYS)
def test_pieces(way: str) -> None:
    """The body is whole, its length announced, and at most four pieces of 256 KiB are on their way."""
    answer, client = respond(*WAYS[way])
    assert answer.body == b"b" * SIZE
    assert [text for name, text in answer.headers if name.lower() == "content-length"] == [str(SIZE)]
    assert max(len(piece) for piece in client.pieces) <= PIECE
    assert len(client.pieces) in {12, 13}
    assert client.most == 4


def test_characters_stay_whole() -> None:
    """No piece ends within a character, and the length counts bytes."""
    answer, client = respond("web", WEB.format("new Response('a' + '\\u{1f600}'.repeat(700000))"))
    assert answer.body.decode() == "a" + "\U0001f600" * 700000
    assert ("content-length", str(1 + 4 * 700000)) in answer.headers
    for piece in client.pieces:
        piece.decode()


def test_wrong_length() -> None:
    """What the function says about the length is overruled, as for a small body."""
    code = f"new Response('b'.repeat({SIZE}), {{ headers: {{ 'Content-Length': '5' }} }})"
    answer, _ = respond("web", WEB.format(code))
    assert [text for name, text in answer.headers if name == "content-length"] == [str(SIZE)]


@pytest.mark.parametrize("way", ["Response of text", "res.end", "event"])
def test_head(way: str) -> None:
    """HEAD has no body."""
    answer, client = respond(*WAYS[way], "HEAD")
    assert (answer.status, answer.body, client.pieces) == (200, b"", [])


@pytest.mark.parametrize("way", WAYS)
def test_small_bodies_stay_one_effect(way: str) -> None:
    """Up to 1 MiB leaves with its head."""
    contract, source = WAYS[way]
    answer, client = respond(contract, source.replace(str(SIZE), "1048576"))
    assert (len(answer.body), client.pieces) == (1048576, [])


def test_a_large_chunk_of_a_stream() -> None:
    """Pieces are taken from it one by one, too; its length stays unknown."""
    start = f"start(c) {{ c.enqueue(new Uint8Array({SIZE}).fill(98)); c.close(); }}"
    code = f"new Response(new ReadableStream({{ {start} }}))"
    answer, client = respond("web", WEB.format(code))
    assert (len(answer.body), client.most) == (SIZE, 4)
    assert [name for name, _ in answer.headers if name == "content-length"] == []


def test_finish_comes_after_the_last_piece() -> None:
    """Express' "finish" is emitted when everything has left, before the invocation ends."""
    code = f"res.on('finish', () => console.log('finished')); res.end('b'.repeat({SIZE}))"
    answer, _ = respond("express", EXPRESS.format(code))
    assert (len(answer.body), answer.logs) == (SIZE, ["info finished"])
