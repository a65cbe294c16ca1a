"""Real local servers, and a fetch client whose names all lead to them."""

from __future__ import annotations

import ipaddress
import itertools
import json
from contextlib import asynccontextmanager, suppress
from functools import partial

import msgspec
import trio

from edge.services.dial.dialer import Dialer
from edge.services.dial.listeners import OwnListeners
from edge.services.egress.policy import Policy
from edge.services.http import FetchClient, FetchLimits

_numbers = itertools.count(1)
QUICK = FetchLimits(connect=2.0, first_byte=2.0, idle=2.0)
EVERYWHERE = Policy.from_config([{"host": "*", "private": True}, "127.0.0.0/8"])


def client_of(policy=EVERYWHERE, *, limits=QUICK, context=None, hosts=(), own_listeners=(), **dialling):
    """A FetchClient with a dialer of its own."""
    options = {"resolver": Names(), "own": OwnListeners(own_listeners), "timeout": limits.connect, **dialling}
    return FetchClient(Dialer(policy, **options), limits=limits, context=context, hosts=hosts)


class Names:
    """A resolver that says 127.0.0.1 to everything, or what the table says."""

    def __init__(self, **table):
        self.table = table
        self.asked = []

    async def resolve(self, name):
        await trio.lowlevel.checkpoint()
        self.asked.append(name)
        found = self.table.get(name.partition(".")[0], ["127.0.0.1"])
        return [ipaddress.ip_address(text) for text in found]


class Server:
    """What a local server saw: requests (head and body as bytes) and how many connections there were."""

    def __init__(self, answer):
        self._answer = answer
        self.requests = []
        self.connections = 0
        self.asked = trio.Event()
        self.left = trio.Event()
        self.port = 0

    @property
    def heads(self):
        return [request.partition(b"\r\n\r\n")[0].decode("latin-1") for request in self.requests]

    async def handle(self, stream):
        self.connections += 1
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            while (request := await _read_request(stream)) is not None:
                self.requests.append(request)
                self.asked.set()
                if await self._answer(stream, len(self.requests) - 1):
                    await stream.aclose()
        self.left.set()


async def _read_request(stream):
    data = b""
    while b"\r\n\r\n" not in data:
        more = await stream.receive_some()
        if not more:
            return None
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
    while len(body) < length:
        body += await stream.receive_some()
    return head + b"\r\n\r\n" + body


def replies(*answers, close=False):
    """An answer that sends the given bytes, one per request, the last one again and again."""

    async def answer(stream, number):
        await stream.send_all(answers[min(number, len(answers) - 1)])
        return close

    return answer


def ok(body=b"ok", *headers):
    """A good response."""
    lines = [b"HTTP/1.1 200 OK", b"content-length: %d" % len(body), *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def redirect(status, location):
    """A redirect without a body."""
    return f"HTTP/1.1 {status} Moved\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n".encode()


@asynccontextmanager
async def serving(answer, handle=None):
    """A server on a port of 127.0.0.1; `handle` is given its connections instead of being asked for answers."""
    server = Server(answer)
    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(partial(trio.serve_tcp, handle or server.handle, 0, host="127.0.0.1"))
        server.port = listeners[0].socket.getsockname()[1]
        yield server
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def fetching(answer, policy=EVERYWHERE, limits=QUICK, resolver=None, handle=None, **options):
    """A server and a client: `(server, client)`."""
    async with (
        serving(answer, handle) as server,
        client_of(policy, resolver=resolver or Names(), limits=limits, **options) as client,
    ):
        yield server, client


async def read_all(response):
    """The whole body of a FetchResponse."""
    data = b""
    while more := await response.body.read():
        data += more
    await response.body.aclose()
    return data


async def call(service, op, args, data=None):
    """One host call, with its arguments as JSON."""
    return await service.operations[op](msgspec.Raw(json.dumps(args).encode()), data)


async def start(service, url, data=None, **args):
    """`fetch.start`, with a number of its own unless `stream` is given."""
    return await call(service, "fetch.start", {"stream": next(_numbers), "url": url, **args}, data)
