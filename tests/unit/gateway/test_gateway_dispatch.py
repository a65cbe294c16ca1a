"""The data path as an ASGI application, with a written fake in the engine's place."""

from __future__ import annotations

import contextlib

import msgspec
import pytest
import trio
import trio.testing

from edge.errors import (
    BadFunctionError,
    BodyTooLargeError,
    CpuLimitError,
    EngineCrashError,
    FunctionError,
    MemoryLimitError,
    NotFoundError,
    OverloadedError,
    TimeoutLimitError,
)
from edge.function import Function
from edge.gateway.answers import error_answer
from edge.gateway.dispatch import Dispatch, DispatchSettings
from edge.gateway.lifeline import EXTENSION, Lifeline
from edge.gateway.metrics import Metrics
from edge.gateway.routing import Router, RouteRule
from edge.gateway.stream import AbortedAnswer
from edge.invocation import Outcome, Receipt

OK = Receipt(Outcome.OK, wall=0.25, cpu=0.125)


class OneGeneration:
    """Generation and Generations in one; counts pins."""

    def __init__(self, *rules, broken=None, contract=""):
        self.contract = contract
        self.router = Router(rules)
        self.broken = broken or {}
        self.hash = "generation-1"
        self.pins = 0

    def function(self, name):
        if name in self.broken:
            raise self.broken[name]
        if name == "ghost":
            raise NotFoundError("there is no function 'ghost'")
        return Function(id=name, name=name, package="sha256:00", contract=self.contract)

    def current(self):
        return self

    @contextlib.contextmanager
    def pin(self):
        self.pins += 1
        try:
            yield self
        finally:
            self.pins -= 1


class FakeInvoker:
    """Calls `handler(request, exchange)`; its result is the receipt."""

    def __init__(self, handler):
        self.handler = handler
        self.calls = []

    async def invoke(self, function, request, request_id, exchange):
        self.calls.append((function, request, request_id))
        return await self.handler(request, exchange)


async def hello(_request, exchange):
    await exchange.head(200, [("Content-Type", "text/plain")], b"hello", end=True)
    return OK


class Client:
    """One ASGI application and the requests that are made to it."""

    def __init__(self, handler=hello, *rules, settings=None, broken=None, ready=lambda: True, contract=""):
        rules = rules or (RouteRule("/*rest", "f"),)
        self.generations = OneGeneration(*rules, broken=broken, contract=contract)
        self.invoker = FakeInvoker(handler)
        self.log = []
        self.metrics = Metrics()
        self.app = Dispatch(
            self.generations, self.invoker, settings, metrics=self.metrics, access_log=self.log.append, ready=ready
        )
        self.lifeline = Lifeline()

    @property
    def request(self):
        return self.invoker.calls[-1][1]

    async def __call__(self, method="GET", target="/x", headers=(), body=(), **scope):
        return await self.run(self.app, method, target, headers, body, **scope)

    async def run(self, app, method="GET", target="/x", headers=(), body=(), **scope):
        path, _, query = target.partition("?")
        parts = [body] if isinstance(body, bytes) else list(body)
        full = {
            "type": "http", "method": method, "raw_path": path.encode("latin-1"), "query_string": query.encode(),
            "path": path, "scheme": "http", "http_version": "1.1",
            "client": ("1.2.3.4", 5), "server": ("127.0.0.1", 80),
            "headers": [(b"host", b"h.test"), *headers], "extensions": {EXTENSION: self.lifeline},
        }  # fmt: skip
        sent = []

        async def receive():
            await trio.lowlevel.checkpoint()
            if not parts:
                return {"type": "http.disconnect"}
            part = parts.pop(0)
            if part is None:
                return {"type": "http.disconnect"}
            return {"type": "http.request", "body": part, "more_body": bool(parts)}

        async def send(message):
            await trio.lowlevel.checkpoint()
            sent.append(message)

        self.sent = sent
        await app(full | scope, receive, send)
        return Answered(sent)


class Answered:
    def __init__(self, messages):
        self.messages = messages
        self.status = messages[0]["status"] if messages else None
        self.headers = dict(messages[0]["headers"]) if messages else {}
        self.body = b"".join([m["body"] for m in messages[1:]])
        self.complete = bool(messages) and messages[-1].get("more_body") is False

    @property
    def error(self):
        return msgspec.json.decode(self.body)["error"]


async def test_a_function_gets_the_request_and_the_client_its_answer():
    """Everything about the request, as wire.messages.Request has it."""
    client = Client(hello, RouteRule("/api/:id/*rest", "f", strip_prefix=True))
    headers = [(b"x-a", b"1"), (b"x-a", b"\xe9"), (b"x-request-id", b"rid-1"), (b"content-length", b"4")]
    answer = await client("POST", "/api/./a%20b/c%2fd/?q=%zz", headers, b"body")
    assert (answer.status, answer.body) == (200, b"hello")
    assert answer.headers[b"edge-request-id"] == b"rid-1"
    assert answer.headers[b"edge-outcome"] == b"ok"
    assert answer.headers[b"content-length"] == b"5"
    request = client.request
    assert request.url == "http://h.test/api/a%20b/c%2Fd/?q=%zz"
    assert (request.path, request.base_path, request.query) == ("/a%20b/c%2Fd/", "/api", "q=%zz")
    assert request.params == {"id": "a b", "rest": "c/d/"}
    assert request.headers == [
        ("host", "h.test"), ("x-a", "1"), ("x-a", "é"), ("x-request-id", "rid-1"), ("content-length", "4"),
    ]  # fmt: skip
    assert (request.body, request.more, request.ip, request.ips) == (b"body", False, "1.2.3.4", [])
    assert client.invoker.calls[-1][2] == "rid-1"
    assert client.generations.pins == 0


async def test_stripping_all_of_the_path_leaves_a_slash():
    """The function at /api sees /."""
    client = Client(hello, RouteRule("/api", "f", strip_prefix=True))
    await client(target="/api")
    assert (client.request.path, client.request.base_path) == ("/", "/api")


@pytest.mark.parametrize(
    ("error", "outcome", "status", "code"),
    [
        (FunctionError("boom at /home/me", stack="Error: boom"), Outcome.EXCEPTION, 500, "function_error"),
        (BadFunctionError("exports nothing"), Outcome.BAD_RESPONSE, 502, "bad_function"),
        (MemoryLimitError("over 128MiB"), Outcome.MEMORY, 500, "memory_limit"),
        (TimeoutLimitError("over 30s"), Outcome.TIMEOUT, 504, "timeout"),
        (CpuLimitError("over 10s"), Outcome.CPU, 504, "cpu_limit"),
        (EngineCrashError("died"), Outcome.CRASH, 500, "engine_crash"),
        (OverloadedError("queue full"), Outcome.OVERLOADED, 503, "overloaded"),
    ],
)
async def test_each_outcome_has_its_answer(error, outcome, status, code):
    """CONTRACT section 5, with Edge-Outcome, and one log line that says what happened."""

    async def fail(_request, _exchange):
        return Receipt(outcome, error)

    client = Client(fail)
    answer = await client()
    assert (answer.status, answer.error["code"], answer.headers[b"edge-outcome"]) == (status, code, outcome.encode())
    assert answer.error["request_id"].encode() == answer.headers[b"edge-request-id"]
    assert (b"retry-after" in answer.headers) == (status == 503)
    assert b"/home/me" not in answer.body
    assert b"boom" not in answer.body
    [entry] = client.log
    assert (entry.status, entry.outcome, entry.code, entry.error) == (status, outcome, code, str(error))


async def test_the_stack_is_shown_only_when_errors_are_exposed():
    """`expose_errors` is for development."""

    async def fail(_request, _exchange):
        return Receipt(Outcome.EXCEPTION, FunctionError("boom", stack="Error: boom\n  at index.js:1"))

    answer = await Client(fail, settings=DispatchSettings(expose_errors=True))()
    assert answer.error["stack"] == "Error: boom\n  at index.js:1"
    assert answer.error["message"] == "boom"


async def test_the_server_itself_can_be_asked_for_its_options():
    """RFC 9112, section 3.2.4: no path, so no route."""
    client = Client(hello)
    answer = await client("OPTIONS", "*")
    assert (answer.status, answer.headers[b"allow"]) == (204, b"DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT")
    assert client.invoker.calls == []
    assert (await client("GET", "*")).status == 400


@pytest.mark.parametrize(
    ("method", "target", "headers", "status", "code"),
    [
        ("GET", "/nope", (), 404, "no_route"),
        ("POST", "/only-get", (), 405, "method_not_allowed"),
        ("TRACE", "/only-get", (), 405, "method_not_allowed"),
        ("CONNECT", "h.test:443", (), 405, "method_not_allowed"),
        ("GET", "/%zz", (), 400, "bad_request"),
        ("GET", "/" + "a" * 9000, (), 414, "uri_too_long"),
        ("GET", "/ghost", (), 404, "not_found"),
        ("GET", "/only-get", ((b"content-length", b"junk"),), 400, "bad_request"),
        ("GET", "/only-get", ((b"host", b"a b"),), 400, "bad_request"),
        ("GET", "/only-get", ((b"content-length", b"99999999999999999999"),), 413, "body_too_large"),
    ],
)
async def test_what_cannot_be_served_is_refused_without_a_function(method, target, headers, status, code):
    """No invocation, no Edge-Outcome, Allow where it is due."""
    client = Client(hello, RouteRule("/only-get", "f", methods=("GET",)), RouteRule("/ghost", "ghost"))
    answer = await client(method, target, headers)
    assert (answer.status, answer.error["code"]) == (status, code)
    assert b"edge-outcome" not in answer.headers
    assert (b"allow" in answer.headers) == (status == 405)
    assert client.invoker.calls == []
    assert client.generations.pins == 0


async def test_a_function_that_could_not_be_built_answers_for_itself():
    """The others serve."""
    client = Client(broken={"f": FunctionError("SyntaxError in index.js")})
    answer = await client()
    assert (answer.status, answer.error["code"], answer.headers[b"edge-outcome"]) == (
        500,
        "function_error",
        b"exception",
    )


async def test_an_invoker_that_raises_is_our_fault_and_told_to_nobody_but_the_log():
    """500 internal, counted as an internal error."""

    async def bug(_request, _exchange):
        raise KeyError("/secret/path")

    client = Client(bug)
    answer = await client()
    assert (answer.status, answer.error["code"]) == (500, "internal")
    assert b"secret" not in answer.body
    assert b"edge_internal_errors_total 1.0" in client.metrics.text()


async def test_a_function_that_never_answers_gave_a_bad_response():
    """An OK receipt without an answer is none."""

    async def silence(_request, _exchange):
        return OK

    answer = await Client(silence)()
    assert (answer.status, answer.error["code"], answer.headers[b"edge-outcome"]) == (
        502,
        "bad_response",
        b"bad-response",
    )


@pytest.mark.parametrize("swallowed", [True, False])
async def test_a_head_that_cannot_be_sent_is_a_bad_response(swallowed):
    """Whether the engine passes the exception on or makes a receipt of it."""

    async def inject(_request, exchange):
        try:
            await exchange.head(200, [("x", "a\r\nset-cookie: b")], b"", end=True)
        except Exception:
            if not swallowed:
                raise
        return OK

    answer = await Client(inject)()
    assert (answer.status, answer.error["code"], answer.headers[b"edge-outcome"]) == (
        502,
        "bad_response",
        b"bad-response",
    )


# -- bodies


@pytest.mark.parametrize(
    ("headers", "parts", "body", "more"),
    [
        ([], [], None, False),
        ([(b"content-length", b"0")], [], None, False),
        ([(b"content-length", b"4")], [b"ab", b"cd"], b"abcd", False),
        ([(b"transfer-encoding", b"chunked")], [b"abcd"], b"abcd", False),
        ([(b"transfer-encoding", b"chunked")], [b"ab", b"cd"], None, True),
        ([(b"content-length", b"2000000")], [b"a" * 1_000_000] * 2, None, True),
    ],
)
async def test_small_bodies_come_whole_and_others_are_streamed(headers, parts, body, more):
    """Up to 1 MiB of known length is waited for; of others only what is there."""
    read = []

    async def drain(request, exchange):
        while request.more and (part := await exchange.read()):
            read.append(part)
        return await hello(request, exchange)

    client = Client(drain)
    assert (await client("POST", "/", headers, parts)).status == 200
    assert (client.request.body, client.request.more) == (body, more)
    assert b"".join(read) == (b"".join(parts) if more else b"")
    assert client.log[0].bytes_in == sum(len(p) for p in parts)


async def test_a_streamed_body_over_the_limit_fails_the_read():
    """413 with the number, when the function does not answer otherwise."""

    async def read_all(_request, exchange):
        assert await exchange.read() == b"12345678"
        with pytest.raises(BodyTooLargeError, match="over the limit of 10 bytes") as caught:
            await exchange.read()
        return Receipt(Outcome.EXCEPTION, caught.value)

    client = Client(read_all, settings=DispatchSettings(max_body=10))
    answer = await client("POST", "/", [(b"transfer-encoding", b"chunked")], [b"12345678", b"9ab", b"c"])
    assert (answer.status, answer.error["code"]) == (413, "body_too_large")


async def test_a_body_that_breaks_off_never_reaches_a_function():
    """The client left while it was sending."""
    client = Client()
    answer = await client("POST", "/", [(b"content-length", b"4")], [b"ab", None])
    assert answer.messages == []
    assert client.invoker.calls == []
    assert (client.log[0].status, client.log[0].outcome) == (499, "canceled")


async def test_a_function_begins_without_a_body_that_does_not_come(autojump_clock):
    """It may read it as it comes; what is there already is not lost."""
    client = Client()
    parts = [b"ab", b"cd"]

    async def app(scope, receive, send):
        async def slow():
            await trio.sleep(0 if len(parts) == 2 else 3)
            return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

        await client.app(scope, slow, send)

    await client.run(app, "POST", "/", [(b"content-length", b"4")])
    assert (client.request.body, client.request.more) == (None, True)
    assert trio.current_time() < 1


async def test_a_body_that_does_not_come_times_out(autojump_clock):
    """408 after body_timeout, where the function needs the whole of it."""
    client = Client(settings=DispatchSettings(body_timeout=5), contract="express")

    async def never():
        await trio.sleep_forever()

    real = client.app

    async def app(scope, receive, send):
        messages = [{"type": "http.request", "body": b"ab", "more_body": True}]

        async def slow():
            return messages.pop() if messages else await never()

        await real(scope, slow, send)

    answer = await client.run(app, "POST", "/", [(b"content-length", b"4")])
    assert (answer.status, answer.error["code"]) == (408, "request_timeout")
    assert trio.current_time() == pytest.approx(5)


# -- answers


async def test_head_and_bodiless_statuses_have_no_body():
    """HEAD keeps the length that GET would have."""
    answer = await Client()("HEAD")
    assert (answer.status, answer.body, answer.headers[b"content-length"]) == (200, b"", b"5")

    async def no_content(_request, exchange):
        await exchange.head(204, [("content-length", "3")], b"abc", end=True)
        return OK

    answer = await Client(no_content)()
    assert (answer.status, answer.body) == (204, b"")
    assert b"content-length" not in answer.headers


async def test_a_streamed_answer_keeps_its_right_length():
    """The head leaves at once, in a message of its own."""

    async def stream(_request, exchange):
        await exchange.head(200, [("content-length", "4")])
        await exchange.write(b"ab")
        await exchange.write(b"")
        await exchange.write(b"cd")
        await exchange.end()
        return OK

    answer = await Client(stream)()
    assert [m.get("body") for m in answer.messages] == [None, b"", b"ab", b"cd", b""]
    assert (answer.headers[b"content-length"], answer.complete) == (b"4", True)


@pytest.mark.parametrize("parts", [[b"abc"], [b"abcde"], []])
async def test_an_answer_that_is_not_as_long_as_announced_is_aborted(parts):
    """Never a clean end, never a byte too many."""

    async def lie(_request, exchange):
        with contextlib.suppress(Exception):
            await exchange.head(200, [("content-length", "4")])
            for part in parts:
                await exchange.write(part)
            await exchange.end()
        return OK

    client = Client(lie)
    with pytest.raises(AbortedAnswer):
        await client()
    assert not Answered(client.sent).complete
    assert len(Answered(client.sent).body) <= 4
    assert client.log[0].outcome == "bad-response"


async def test_failing_in_the_middle_of_an_answer_aborts_it():
    """The client must not take it for complete; the log knows why."""

    async def half(_request, exchange):
        await exchange.head(200, [])
        await exchange.write(b"half")
        return Receipt(Outcome.TIMEOUT, TimeoutLimitError("over 1s"))

    client = Client(half)
    with pytest.raises(AbortedAnswer):
        await client()
    assert (client.log[0].status, client.log[0].outcome, client.log[0].error) == (200, "timeout", "over 1s")


# -- the client leaves, the gateway goes


@pytest.mark.parametrize(("reason", "status"), [("client left", None), ("draining", 503)])
async def test_cutting_the_lifeline_cancels_the_invocation(reason, status):
    """A client that left gets nothing, one that still waits is told."""
    begun = trio.Event()
    ended = []

    async def forever(_request, _exchange):
        begun.set()
        try:
            await trio.sleep_forever()
        finally:
            ended.append(True)

    client = Client(forever)
    answers = []

    async def call():
        answers.append(await client())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(call)
        await begun.wait()
        client.lifeline.cut(reason)
    assert ended == [True]
    assert answers[0].status == status
    assert client.log[0].outcome == "canceled"
    assert client.generations.pins == 0
    if status:
        assert answers[0].error["code"] == "draining"
        assert b"retry-after" in answers[0].headers


# -- addresses, health, direct invocation


async def test_a_trusted_proxy_decides_about_address_scheme_and_host():
    """And its host routes."""
    client = Client(
        hello, RouteRule("/*r", "f", host="public.test"), settings=DispatchSettings(trusted_proxies=("10.0.0.0/8",))
    )
    headers = [
        (b"x-forwarded-for", b"9.9.9.9"),
        (b"x-forwarded-proto", b"https"),
        (b"x-forwarded-host", b"public.test"),
    ]
    assert (await client(headers=headers, client=("10.0.0.1", 1))).status == 200
    assert (client.request.url, client.request.ip) == ("https://public.test/x", "9.9.9.9")
    assert client.request.ips == ["9.9.9.9", "10.0.0.1"]
    assert (await client(headers=headers)).status == 404


async def test_the_authority_of_an_absolute_target_wins_over_host():
    """RFC 9112 section 3.2.2: for routing, for the URL, and in place of the header."""
    client = Client(hello, RouteRule("/*r", "f", host="other.test"))
    assert (await client(target="http://other.test:81/ok")).status == 200
    assert client.request.url == "http://other.test:81/ok"
    assert [value for name, value in client.request.headers if name == "host"] == ["other.test:81"]


async def test_without_host_the_url_has_the_address_of_the_server():
    """HTTP/1.0 may do without."""
    client = Client()
    await client(headers=[(b"host", b"")], server=("::1", 8080))
    assert client.request.url == "http://[::1]:8080/x"


async def test_health_is_answered_without_functions_routes_or_log():
    """Live is always ok, ready is what it is told."""
    client = Client(ready=lambda: False)
    assert (await client(target="/_edge/live")).status == 200
    assert (await client(target="/_edge/ready")).status == 503
    assert client.log == []
    assert (await client("POST", "/_edge/live")).status == 200
    assert client.invoker.calls
    off = Client(settings=DispatchSettings(health_path=""))
    await off(target="/_edge/live")
    assert off.invoker.calls


async def test_a_function_can_be_invoked_by_name():
    """Past the routes, with the rest of the path."""
    client = Client(hello, RouteRule("/only", "other"))

    async def app(scope, receive, send):
        await client.app.invoke(scope, receive, send, function="f", prefix="/invoke/f")

    assert (await client.run(app, target="/invoke/f/a/b?c=1")).status == 200
    assert (client.request.path, client.request.base_path) == ("/a/b", "/invoke/f")
    await client.run(app, target="/invoke/f")
    assert client.request.path == "/"


async def test_new_settings_count_for_the_next_request():
    """Hot reload changes limits without a restart."""
    client = Client()
    client.app.reconfigure(DispatchSettings(max_body=1))
    assert (await client("POST", "/", [(b"content-length", b"2")], b"ab")).status == 413


async def test_a_log_that_cannot_be_written_costs_no_answer():
    """A closed pipe or a full disk."""
    client = Client()

    def full(_entry):
        raise OSError(28, "No space left on device")

    client.app.parts = msgspec.structs.replace(client.app.parts, access_log=full)
    assert (await client()).status == 200


async def test_requests_are_counted_by_function_outcome_and_status_class():
    """With the time that they took."""
    client = Client(hello, RouteRule("/a", "f"))
    await client(target="/a")
    await client(target="/nope")
    text = client.metrics.text().decode()
    assert 'edge_requests_total{function="f",outcome="ok",status_class="2xx"} 1.0' in text
    assert 'edge_requests_total{function="none",outcome="none",status_class="4xx"} 1.0' in text
    assert 'edge_invocation_seconds_sum{function="f"} 0.25' in text
    assert 'edge_invocation_cpu_seconds_sum{function="f"} 0.125' in text
    assert "edge_requests_in_flight 0.0" in text


def test_an_error_that_is_none_of_ours_says_nothing():
    """Whatever it is."""
    answer = error_answer(ValueError("/etc/passwd"), "r")
    assert answer.status == 500
    assert b"passwd" not in answer.body
