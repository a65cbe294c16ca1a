"""Many clients at once, in one thread: they ask over connections of their own, and some leave early."""

from __future__ import annotations

import json
import socket
import struct
from typing import NamedTuple

import trio


class Answer(NamedTuple):
    """`code` is the gateway's error code; with status 0 it is `late`, or `cut` when the connection ended too early."""

    status: int
    code: str = ""
    body: bytes = b""
    headers: dict[str, str] = {}  # noqa: RUF012 - nobody changes it
    seconds: float = 0.0


def request(path, body=b"", length=None):
    """A request's bytes; with `length` it promises so many bytes of body."""
    length = len(body) if length is None else length
    method = "POST" if length else "GET"
    fields = ("Host: a", "Connection: close", f"Content-Length: {length}")
    return "\r\n".join([f"{method} {path} HTTP/1.1", *fields, "", ""]).encode() + body


async def ask(edge, path, body=b"", seconds=15):
    """One request on a connection of its own."""
    began = trio.current_time()
    answer = Answer(0, "late")
    with trio.move_on_after(seconds):
        try:
            answer = _parsed(await _exchange(edge.port, request(path, body)))
        except (OSError, trio.BrokenResourceError):
            answer = Answer(0, "cut")
    return answer._replace(seconds=trio.current_time() - began)


async def _exchange(port, data):
    async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
        await stream.send_all(data)
        return b"".join([part async for part in stream])


def _parsed(data):
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    if not lines[0]:
        return Answer(0, "cut")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    if "content-length" not in headers and not body.endswith(b"0\r\n\r\n"):
        return Answer(0, "cut")
    status = int(lines[0].split(" ")[1])
    refused = status >= 400 and headers.get("content-type") == "application/json"
    return Answer(status, json.loads(body)["error"]["code"] if refused else "", body, headers)


async def leave(edge, data, after, *, read=0, reset=False):
    """Send this, read up to so many bytes, and go `after` so many seconds: by a reset, or in good order."""
    try:
        stream = await trio.open_tcp_stream("127.0.0.1", edge.port)
    except OSError:
        return
    if reset:
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    try:
        await stream.send_all(data)
        if read:
            with trio.move_on_after(1):
                await stream.receive_some(read)
        await trio.sleep(after)
    except trio.BrokenResourceError:
        pass
    finally:
        stream.socket.close()


async def gather(*waits):
    """What each of these coroutines returns, when they run at the same time."""
    found = [None] * len(waits)

    async def keep(index, wait):
        found[index] = await wait

    async with trio.open_nursery() as nursery:
        for index, wait in enumerate(waits):
            nursery.start_soon(keep, index, wait)
    return found
