"""A constant load on a gateway while something else happens: requests at a fixed rate, and WebSockets that stay open.

The load is open: a request is sent when its time has come, whatever became of those before it, and its latency counts
from that time.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections import Counter
from contextlib import contextmanager

import trio

from tests.support.socket_peer import SocketPeer

CONNECTIONS = 32
PATIENCE = 30.0
SOCKET_PAUSE = 0.25


class SteadyLoad:
    """What came of it: statuses of answers, `failed` are lines about everything else, latencies in seconds."""

    def __init__(self, port, paths, rate, sockets=()):
        """`rate` requests a second on `paths` in turn; `sockets` are paths of WebSockets that echo."""
        self.statuses = Counter()
        self.failed = []
        self.latencies = {}
        self.messages = 0
        self.marks = []
        self._port = port
        self._paths = itertools.cycle(paths)
        self._rate = rate
        self._sockets = sockets
        self._stop = threading.Event()

    @contextmanager
    def running(self):
        """Under way while the context lasts."""
        threads = [threading.Thread(target=trio.run, args=(self._run,))]
        threads += [threading.Thread(target=self._chat, args=(path,)) for path in self._sockets]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self._stop.set()
            for thread in threads:
                thread.join(PATIENCE)

    def quantile(self, share, path=None):
        """Of the latencies of all paths, or of one."""
        chosen = [path] if path else list(self.latencies)
        ordered = sorted(one for each in chosen for one in self.latencies.get(each, ()))
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0

    async def _run(self):
        send, receive = trio.open_memory_channel(100_000)
        began = trio.current_time()
        async with trio.open_nursery() as nursery:
            for _ in range(CONNECTIONS):
                nursery.start_soon(self._serve, receive.clone())
            receive.close()
            async with send:
                for number in itertools.count():
                    due = began + number / self._rate
                    await trio.sleep_until(due)
                    if self._stop.is_set():
                        break
                    send.send_nowait((due, next(self._paths)))

    async def _serve(self, receive):
        """One connection, which is opened anew when the gateway has said that it ends."""
        stream = None
        async with receive:
            async for due, path in receive:
                try:
                    with trio.fail_after(PATIENCE):
                        stream = stream or await trio.open_tcp_stream("127.0.0.1", self._port)
                        status, last = await self._ask(stream, path)
                except (OSError, trio.BrokenResourceError, trio.TooSlowError, ValueError) as error:
                    self.failed.append(f"{path}: {error!r}")
                    status, last = 0, True
                self.statuses[status] += 1
                self.latencies.setdefault(path, []).append(trio.current_time() - due)
                if last and stream is not None:
                    await trio.aclose_forcefully(stream)
                    stream = None
        if stream is not None:
            await trio.aclose_forcefully(stream)

    async def _ask(self, stream, path):
        await stream.send_all(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        data = b""
        while b"\r\n\r\n" not in data:
            more = await stream.receive_some()
            if not more:
                raise ValueError(f"closed after {data!r}")
            data += more
        head, _, body = data.partition(b"\r\n\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        while len(body) < int(fields[b"content-length"]):
            more = await stream.receive_some()
            if not more:
                raise ValueError("closed in the middle of a body")
            body += more
        status = int(head.split(b" ", 2)[1])
        if status != 200:
            self.failed.append(f"{path}: {status} {body[:200]!r}")
        return status, fields.get(b"connection") == b"close"

    def _chat(self, path):
        """One WebSocket for the whole time; everything that is not the echo is a failure."""
        try:
            with SocketPeer(f"ws://127.0.0.1:{self._port}{path}") as peer:
                for number in itertools.count():
                    if self._stop.wait(SOCKET_PAUSE):
                        break
                    peer.send(str(number))
                    answer = peer.message()
                    if answer != str(number):
                        self.failed.append(f"{path}: {answer!r} for {number}")
                        return
                    self.messages += 1
        except (OSError, AssertionError) as error:
            self.failed.append(f"{path}: {error!r}")


def capacity(port, path, seconds=3.0, workers=16):
    """Requests a second that the gateway answers when it is asked without a pause."""
    load = SteadyLoad(port, [path], 1.0)

    async def ask(until):
        stream = await trio.open_tcp_stream("127.0.0.1", port)
        count = 0
        while time.monotonic() < until:
            _, last = await load._ask(stream, path)
            count += 1
            if last:
                await trio.aclose_forcefully(stream)
                stream = await trio.open_tcp_stream("127.0.0.1", port)
        await trio.aclose_forcefully(stream)
        counts.append(count)

    async def run():
        until = time.monotonic() + seconds
        async with trio.open_nursery() as nursery:
            for _ in range(workers):
                nursery.start_soon(ask, until)

    counts = []
    trio.run(run)
    return sum(counts) / seconds
