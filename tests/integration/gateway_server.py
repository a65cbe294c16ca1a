"""A real server on loopback with a written fake in the engine's place, and raw clients for it."""

from __future__ import annotations

import contextlib
import re

import trio

from edge.errors import FunctionError
from edge.function import Function
from edge.gateway.dispatch import Dispatch, DispatchSettings
from edge.gateway.listeners import bind
from edge.gateway.metrics import Metrics
from edge.gateway.observer import ServerObserver
from edge.gateway.routing import Router, RouteRule
from edge.gateway.server import serve
from edge.gateway.server_settings import ServerSettings
from edge.invocation import Outcome, Receipt
from edge.services.websocket.endpoint import Closed

BIG = b"x" * 65536


class Recorder(ServerObserver):
    """Remembers what the server says about itself."""

    def __init__(self):
        self.crashes = []
        self.open = 0
        self.away = []

    def connected(self, open_connections):
        self.open = open_connections

    def disconnected(self, open_connections):
        self.open = open_connections

    def turned_away(self, reason):
        self.away.append(reason)

    def crashed(self, error, where):
        self.crashes.append((error, where))


class Functions:
    """Invoker and Generations in one; what a function does depends on its path."""

    def __init__(self):
        self.router = Router([RouteRule("/*rest", "f")])
        self.hash = "generation-1"
        self.running = trio.Event()
        self.canceled = trio.Event()
        self.finished_background = trio.Event()
        self.release = trio.Event()
        self.seen = []

    def current(self):
        return self

    @contextlib.contextmanager
    def pin(self):
        yield self

    def function(self, name):
        return Function(id=name, name=name, package="sha256:00")

    async def invoke(self, function, request, request_id, exchange):
        self.seen.append(request)
        action = getattr(self, request.path.strip("/").replace("/", "_") or "ok", self.ok)
        result = await action(request, exchange)
        return result or Receipt(Outcome.OK)

    async def ok(self, request, exchange):
        await exchange.head(200, [("content-type", "text/plain")], b"ok " + request.path.encode(), end=True)

    async def echo(self, request, exchange):
        body = request.body or b""
        while request.more and (part := await exchange.read()):
            body += part
        await exchange.head(200, [], body, end=True)

    async def stream(self, request, exchange):
        await exchange.head(200, [])
        for part in (b"one ", b"two ", b"three"):
            await exchange.write(part)
        await exchange.end()

    async def socket(self, request, exchange):
        link = (await exchange.upgrade([("x-said", "hello")], "")).link
        while not isinstance((message := (await link.read())[0]), Closed):
            await link.send([message])

    async def half_a_mebibyte(self, request, exchange):
        await exchange.head(200, [], b"h" * (1 << 19), end=True)

    async def half(self, request, exchange):
        await exchange.head(200, [])
        await exchange.write(b"half")
        return Receipt(Outcome.EXCEPTION, FunctionError("in the middle"))

    async def endless(self, request, exchange):
        self.running.set()
        try:
            await exchange.head(200, [])
            while True:
                await exchange.write(BIG)
                await trio.lowlevel.checkpoint()
        finally:
            self.canceled.set()

    async def wait(self, request, exchange):
        self.running.set()
        try:
            await self.release.wait()
        except trio.Cancelled:
            self.canceled.set()
            raise
        await exchange.head(200, [], b"released", end=True)

    async def background(self, request, exchange):
        await exchange.head(200, [], b"early", end=True)
        self.running.set()
        await self.release.wait()
        self.finished_background.set()


class FixedTls:
    """The TLS of a listener whose certificate never changes; knows no clients."""

    def __init__(self, context):
        self.context = context

    def identify(self, der):
        return None


class Gateway:
    """A server that runs; `functions` is what it serves."""

    def __init__(self, listener, functions, recorder, shutdown, metrics):
        self.port = listener.socket.getsockname()[1]
        self.functions = functions
        self.recorder = recorder
        self.shutdown = shutdown
        self.metrics = metrics
        self.stopped = trio.Event()

    async def connect(self):
        return Raw(await trio.open_tcp_stream("127.0.0.1", self.port))

    async def ask(self, *chunks):
        """Send and read to the end of the connection."""
        async with await self.connect() as raw:
            for chunk in chunks:
                await raw.send(chunk)
            return await raw.rest()

    async def is_fine(self):
        """A fresh request is served within a second, and nothing crashed."""
        with trio.fail_after(1):
            answer = await self.ask(b"GET /ok HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200 "), answer
        assert self.recorder.crashes == []

    async def is_quiet(self):
        """All connections and requests end soon."""
        with trio.fail_after(3):
            while self.recorder.open:
                await trio.lowlevel.checkpoint()


class Raw:
    """A client that sends bytes."""

    def __init__(self, stream):
        self.stream = stream
        self.buffer = b""

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        with trio.CancelScope(shield=True):
            await trio.aclose_forcefully(self.stream)

    async def send(self, data):
        with contextlib.suppress(trio.BrokenResourceError):
            await self.stream.send_all(data)

    async def until(self, pattern):
        """Read until `pattern` matches; answers everything read so far."""
        with trio.fail_after(5):
            while not re.search(pattern, self.buffer, re.DOTALL):
                data = await self.stream.receive_some()
                assert data, f"connection closed after {self.buffer!r}"
                self.buffer += data
        return self.buffer

    async def rest(self, seconds=5):
        """Read until the server ends the connection, properly or not."""
        with trio.fail_after(seconds):
            try:
                async for data in self.stream:
                    self.buffer += data
            except trio.BrokenResourceError:
                self.buffer += b"<reset>"
        return self.buffer


def statuses(answer):
    """All status codes in it, without the preliminary ones."""
    return [int(status) for status in re.findall(rb"HTTP/1\.1 ([2-5]\d\d) ", answer)]


@contextlib.asynccontextmanager
async def gateway(*, app=None, dispatch=None, tls=None, **settings):
    """A running Gateway; ended, with everything in it, when the context is left."""
    functions, recorder, metrics, shutdown = Functions(), Recorder(), Metrics(), trio.Event()
    [listener] = bind(["127.0.0.1:0"], tls=tls is not None)
    app = app or Dispatch(functions, functions, dispatch or DispatchSettings(), metrics=metrics, observer=recorder)
    running = Gateway(listener, functions, recorder, shutdown, metrics)

    async def run(task_status=trio.TASK_STATUS_IGNORED):
        await serve(
            app,
            [listener],
            ServerSettings(tls=FixedTls(tls) if tls else None, **settings),
            shutdown=shutdown,
            observer=recorder,
            task_status=task_status,
        )
        running.stopped.set()

    async with trio.open_nursery() as nursery:
        assert await nursery.start(run) == [f"http{'s' if tls else ''}://127.0.0.1:{running.port}"]
        yield running
        nursery.cancel_scope.cancel()
