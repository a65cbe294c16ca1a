"""A route's duties: their order, what they may do, and what the answers go through."""

from __future__ import annotations

import contextlib

import pytest
import trio

from edge.errors import ForbiddenError, OverloadedError, UnauthorizedError
from edge.function import Function
from edge.gateway.answers import json_answer
from edge.gateway.dispatch import Dispatch
from edge.gateway.duties.filters import AnswerFilter
from edge.gateway.duties.policy import RoutePolicy
from edge.gateway.duties.routed import Identity
from edge.gateway.metrics import Metrics
from edge.gateway.routing import Router, RouteRule
from edge.invocation import Outcome, Receipt


class Gateway:
    """A gateway with one route at /p, whose function says what it was given; another at /free has no duties."""

    def __init__(self, **duties):
        self.router = Router([RouteRule("/p", "f", policy=RoutePolicy(**duties)), RouteRule("/free", "f")])
        self.hash = "generation-1"
        self.invoked = []
        self.log = []
        self.app = Dispatch(self, self, metrics=Metrics(), access_log=self.log.append)

    def function(self, name):
        return Function(id=name, name=name, package="sha256:00", contract="web")

    def current(self):
        return self

    @contextlib.contextmanager
    def pin(self):
        yield self

    async def invoke(self, function, request, request_id, exchange):
        self.invoked.append((function, request))
        body = b"".join([part async for part in parts(request, exchange)])
        await exchange.head(200, [("x-from", "function"), ("content-length", str(len(body) + 3))])
        await exchange.write(b"got")
        await exchange.write(body)
        await exchange.end()
        return Receipt(Outcome.OK)

    async def ask(self, method="GET", path="/p", headers=(), body=b""):
        sent = []

        async def receive():
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message):
            sent.append(message)

        given = [(name.encode(), value.encode()) for name, value in headers]
        await self.app(
            {
                "type": "http", "method": method, "raw_path": path.encode(), "query_string": b"", "scheme": "http",
                "http_version": "1.1", "client": ("1.2.3.4", 5), "server": ("127.0.0.1", 80),
                "headers": [(b"host", b"h.test"), *given], "extensions": {},
            },
            receive,
            send,
        )  # fmt: skip
        return sent[0]["status"], dict(sent[0]["headers"]), b"".join(m["body"] for m in sent[1:])


async def parts(request, exchange):
    yield request.body or b""
    while request.more and (part := await exchange.read()):
        yield part


class Note:
    """Every interface of a duty: notes that it was asked."""

    def __init__(self, notes, name, reply=None, raises=None):
        self.notes, self.name, self.reply, self.raises = notes, name, reply, raises

    def _note(self):
        self.notes.append(self.name)
        if self.raises is not None:
            raise self.raises
        return self.reply

    def answer(self, request):
        return self._note()

    async def admit(self, request):
        request.when_over(lambda: self.notes.append(f"{self.name} over"))
        self._note()

    async def check(self, request):
        request.identity = Identity("api_key", "ann")
        request.given = [("edge-auth-subject", "ann")]
        return self._note()

    async def serve(self, routed, function, request, run):
        self._note()
        return await run(function, request, routed.request_id, routed.exchange)


class Shout(AnswerFilter):
    """Upper case, and all of it at the end."""

    reads_body = True

    def __init__(self):
        self.held = b""

    def head(self, status, headers):
        return [*(header for header in headers if header[0] != b"content-length"), (b"x-filter", b"%d" % status)]

    async def data(self, data, *, end):
        self.held += data
        return self.held.upper() if end else b""


class Shouting:
    def filter(self, request):
        return None if request.method == "PUT" else Shout()


def noted(**changes):
    notes = []
    made = {name: Note(notes, name, *changes.get(name, ())) for name in ("cors", "limit", "auth", "cache")}
    return notes, Gateway(cors=made["cors"], limits=(made["limit"],), auth=made["auth"], cache=made["cache"])


async def test_duties_are_done_in_order_before_the_function():
    """Preflight, limits, authentication, cache; what a limit holds is given back at the end."""
    notes, gateway = noted()
    status, _, body = await gateway.ask()
    assert (status, body) == (200, b"got")
    assert notes == ["cors", "limit", "auth", "cache", "limit over"]


async def test_a_route_without_duties_asks_nobody():
    """Its neighbour's policy is not its own."""
    notes, gateway = noted()
    assert (await gateway.ask(path="/free"))[0] == 200
    assert notes == []


@pytest.mark.parametrize(
    ("name", "change", "status", "asked"),
    [
        ("cors", (json_answer(204, None),), 204, ["cors"]),
        ("limit", (None, OverloadedError("no room")), 503, ["cors", "limit", "limit over"]),
        ("auth", (None, UnauthorizedError("who")), 401, ["cors", "limit", "auth", "limit over"]),
        ("auth", (None, ForbiddenError("no")), 403, ["cors", "limit", "auth", "limit over"]),
        ("auth", (json_answer(418, None),), 418, ["cors", "limit", "auth", "limit over"]),
    ],
)
async def test_the_first_duty_that_answers_ends_the_matter(name, change, status, asked):
    """Nothing behind it is asked, least of all the function."""
    notes, gateway = noted(**{name: change})
    assert (await gateway.ask())[0] == status
    assert notes == asked
    assert gateway.invoked == []


async def test_a_body_over_the_routes_limit_is_refused_before_the_function():
    """By its announced length, after authentication; the message names the key."""
    gateway = Gateway(max_body=5)
    status, _, body = await gateway.ask("POST", headers=[("content-length", "6")], body=b"123456")
    assert status == 413
    assert b"routes.max_body" in body
    assert gateway.invoked == []
    assert (await gateway.ask("POST", headers=[("content-length", "5")], body=b"12345"))[0] == 200


async def test_the_function_and_the_log_learn_who_it_is_and_clients_cannot_say_so():
    """What a duty gives stands in place of what the client sent by that name."""
    _, gateway = noted()
    await gateway.ask(headers=[("edge-auth-subject", "root"), ("edge_auth_subject", "root")])
    request = gateway.invoked[0][1]
    assert [value for name, value in request.headers if "subject" in name] == ["ann"]
    assert gateway.log[0].identity == Identity("api_key", "ann")


async def test_a_routes_timeout_lowers_that_of_its_function_and_never_lifts_it():
    """The function of this request only."""
    for timeout, expected in ((2.0, 2.0), (100.0, 30.0)):
        gateway = Gateway(timeout=timeout)
        await gateway.ask()
        assert gateway.invoked[0][0].limits.timeout == expected


async def test_answers_of_functions_and_of_the_gateway_go_through_the_filters():
    """A filter may hold back, lengthen or shorten the body when it takes the length out."""
    gateway = Gateway(on_answer=(Shouting(),))
    status, headers, body = await gateway.ask("POST", headers=[("content-length", "2")], body=b"yes")
    assert (status, body, headers[b"x-filter"]) == (200, b"GOTYES", b"200")
    assert b"content-length" not in headers
    gateway = Gateway(on_answer=(Shouting(),), max_body=1)
    status, headers, body = await gateway.ask("POST", headers=[("content-length", "2")], body=b"yes")
    assert (status, headers[b"x-filter"]) == (413, b"413")
    assert b"BODY_TOO_LARGE" in body


async def test_a_duty_that_has_nothing_to_do_with_a_request_makes_no_filter():
    """Its answer is left as it is."""
    gateway = Gateway(on_answer=(Shouting(),))
    _, headers, body = await gateway.ask("PUT")
    assert body == b"got"
    assert headers[b"content-length"] == b"3"


async def test_answers_without_a_body_show_the_head_that_the_filters_made():
    """HEAD: no data goes through them."""
    _, headers, body = await Gateway(on_answer=(Shouting(),)).ask("HEAD")
    assert body == b""
    assert headers[b"x-filter"] == b"200"


async def test_a_crash_in_what_ends_a_duty_does_not_keep_the_others_from_it():
    """Every callback is called."""
    notes, gateway = noted()

    class Bad:
        async def admit(self, request):
            request.when_over(lambda: 1 / 0)

    gateway.router = Router([RouteRule("/p", "f", policy=RoutePolicy(limits=(Bad(), Note(notes, "limit"))))])
    with trio.fail_after(5):
        assert (await gateway.ask())[0] == 200
    assert notes == ["limit", "limit over"]
