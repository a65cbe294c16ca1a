"""The data path with routes of a config and a written fake in the engine's place."""

from __future__ import annotations

import contextlib

import msgspec

from edge.config.model import Config
from edge.config.route_model import Route
from edge.function import Function
from edge.gateway.dispatch import Dispatch, DispatchSettings
from edge.gateway.duties.compiler import PolicyCompiler
from edge.gateway.generation import Generation, LoadedFunction
from edge.gateway.metrics import Metrics
from edge.invocation import Outcome, Receipt


class Answered:
    """What a client got.  `headers` has the last of each name, `all` every one of a name."""

    def __init__(self, messages):
        self.status = messages[0]["status"]
        self._pairs = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in messages[0]["headers"]]
        self.headers = dict(self._pairs)
        self.body = b"".join(message["body"] for message in messages[1:])

    def all(self, name):
        return [value for known, value in self._pairs if known == name]

    @property
    def error(self):
        return msgspec.json.decode(self.body)["error"]


class RoutedGateway:
    """Serves `routes` (tables as in the config); the functions a, b and c are `handler(request, exchange)`.

    `policies` are what was made of the routes; `invoked` holds function and request of each call.
    """

    def __init__(self, *routes, environ=None, compiler=None, expect_problems=False, **config):
        self.routes = [msgspec.convert({"function": "a", **route}, Route) for route in routes]
        self.config = msgspec.convert(config, Config)
        compiler = compiler or PolicyCompiler(invoker=self)
        self.policies = compiler.compile(self.config, self.routes, environ or {})
        assert bool(self.policies.problems) is expect_problems, self.policies.lines
        functions = {
            name: LoadedFunction(name, Function(id=name, name=name, package="sha256:00", contract="web"))
            for name in ("a", "b", "c")
        }
        self._generation = Generation(self.config, functions, self.routes, "mark", policies=self.policies)
        self.invoked = []
        self.log = []
        self.handlers = {}
        self.app = Dispatch(self, self, DispatchSettings(), metrics=Metrics(), access_log=self.log.append)

    @contextlib.contextmanager
    def pin(self):
        yield self._generation

    def current(self):
        return self._generation

    async def invoke(self, function, request, request_id, exchange):
        self.invoked.append((function, request))
        handler = self.handlers.get(function.name, hello)
        return await handler(request, exchange) or Receipt(Outcome.OK)

    @property
    def request(self):
        """What the function saw last."""
        return self.invoked[-1][1]

    async def __call__(self, method="GET", path="/", *, headers=(), body=b"", scheme="http", host="h.test"):
        sent = []
        parts = [body]

        async def receive():
            if not parts:
                return {"type": "http.disconnect"}
            return {"type": "http.request", "body": parts.pop(), "more_body": False}

        async def send(message):
            sent.append(message)

        given = headers.items() if isinstance(headers, dict) else headers
        raw = [(b"host", host.encode()), *((name.encode(), value.encode("latin-1")) for name, value in given)]
        path, _, query = path.partition("?")
        scope = {
            "type": "http", "method": method, "raw_path": path.encode(), "query_string": query.encode(),
            "scheme": scheme, "http_version": "1.1", "client": ("192.0.2.7", 5), "server": ("127.0.0.1", 80),
            "headers": raw, "extensions": {},
        }  # fmt: skip
        await self.app(scope, receive, send)
        return Answered(sent)


async def hello(_request, exchange):
    await exchange.head(200, [("content-type", "text/plain")], b"hello", end=True)
