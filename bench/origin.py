"""A server for functions to fetch from, in a process of its own: `python -m bench.origin` prints its port.

`/slow` is answered after half a minute, everything else at once, over connections that are kept.
"""

from __future__ import annotations

import sys
from functools import partial

import trio

SLOW_SECONDS = 30.0
_ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 5\r\n\r\nhello"


async def _serve(stream: trio.SocketStream) -> None:
    data = b""
    while True:
        while b"\r\n\r\n" not in data:
            more = await stream.receive_some()
            if not more:
                return
            data += more
        head, _, data = data.partition(b"\r\n\r\n")
        if head.startswith(b"GET /slow"):
            await trio.sleep(SLOW_SECONDS)
        await stream.send_all(_ANSWER)


async def _quietly(stream: trio.SocketStream) -> None:
    try:
        await _serve(stream)
    except (trio.BrokenResourceError, trio.ClosedResourceError):
        return


async def main() -> None:
    """Until it is killed."""
    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(partial(trio.serve_tcp, _quietly, 0, host="127.0.0.1", backlog=512))
        sys.stdout.write(f"{listeners[0].socket.getsockname()[1]}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    trio.run(main)
