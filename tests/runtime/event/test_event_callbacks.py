"""How handlers of the event contract may answer by callback, and when the answer leaves."""

from __future__ import annotations

import time

import pytest

from edge.errors import FunctionError
from tests.runtime.contract_rig import call, value


def answer_of(source: str) -> bytes:
    """The body that a handler answers with."""
    return call(f"exports.handler = {source}", contract="event").body


def test_an_answer_by_callback_waits_for_the_empty_event_loop() -> None:
    """What the handler has started goes on, and may still change the answer's object."""
    body = answer_of(
        "(event, context, callback) => { const answer = { statusCode: 200, body: 'early' };"
        " setTimeout(() => { answer.body = 'late' }, 20); callback(null, answer) }"
    )
    assert body == b"late"


def test_without_waiting_the_answer_by_callback_leaves_at_once() -> None:
    """CallbackWaitsForEmptyEventLoop = false; what is under way ends with the invocation."""
    began = time.monotonic()
    body = answer_of(
        "(event, context, callback) => { context.callbackWaitsForEmptyEventLoop = false;"
        " setTimeout(() => { throw new Error('late') }, 15000); callback(null, { statusCode: 200, body: 'now' }) }"
    )
    assert (body, time.monotonic() - began < 10) == (b"now", True)


@pytest.mark.parametrize("way", ["context.succeed(x)", "context.done(null, x)", "callback(null, x)"])
def test_async_handlers_do_not_wait(way: str) -> None:
    """The context's ways and a promise answer at once."""
    waits = "context.callbackWaitsForEmptyEventLoop = false;" if way.startswith("callback") else ""
    body = answer_of(f"(event, context, callback) => {{ const x = 'x'; setTimeout(() => {{}}, 15000); {waits} {way} }}")
    assert body == b"x"
    assert answer_of("async () => { setTimeout(() => {}, 15000); return 'y' }") == b"y"


def test_timers_that_nobody_waits_for_keep_no_answer_back() -> None:
    """As unref has it in Node."""
    assert answer_of("(e, c, callback) => { setInterval(() => {}, 15000).unref(); callback(null, 'x') }") == b"x"
    assert (
        answer_of(
            "(e, c, callback) => { const t = setInterval(() => {}, 3); setTimeout(() => clearInterval(t), 20); "
            "callback(null, 'x') }"
        )
        == b"x"
    )


@pytest.mark.parametrize(
    "calls",
    [
        "callback(null, 'first'); callback(null, 'second')",
        "callback(null, 'first'); callback(new Error('second'))",
        "callback(null, 'first'); context.succeed('second')",
        "context.succeed('first'); context.fail('second'); callback('third')",
        "callback(null, 'first'); setTimeout(() => callback(null, 'second'), 5)",
    ],
)
def test_the_first_answer_counts(calls: str) -> None:
    """A handler that answers twice has answered once."""
    assert answer_of(f"(event, context, callback) => {{ {calls} }}") == b"first"


def test_the_callback_of_an_async_handler_wins_over_its_promise() -> None:
    """Its promise brings undefined, which would be null."""
    assert answer_of("async (event, context, callback) => { callback(null, 'x') }") == b"x"


@pytest.mark.parametrize(
    ("source", "body"),
    [
        ("(event, context, callback) => {}", b"null"),
        ("(event, context) => { Promise.resolve().then(() => context.succeed('later')) }", b"later"),
        ("(event, context) => { setTimeout(() => context.succeed('later'), 5) }", b"later"),
        ("(event, context, callback) => setTimeout(() => callback(null, 'later'), 5)", b"later"),
        ("(event, context) => { setTimeout(() => context.succeed('later'), 5); return { a: 1 } }", b"later"),
        ("() => ({ a: 1 })", b'{"a":1}'),
        ("() => { setTimeout(() => {}, 5); return { a: 1 } }", b'{"a":1}'),
        ("() => ({ then(resolve) { resolve('thenable') } })", b"thenable"),
    ],
)
def test_handlers_that_return_no_promise(source: str, body: bytes) -> None:
    """The callback and the context have their time; then what was returned is the answer."""
    assert answer_of(source) == body


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("(e, c, callback) => { setTimeout(() => { throw new Error('late') }, 5); callback(null, 'x') }", "late"),
        ("(e, c, callback) => { Promise.reject(new Error('lost')); callback(null, 'x') }", "lost"),
        ("(e, c, callback) => { callback({ message: 'object' }) }", "object"),
        ("(e, c) => c.fail()", "handled"),
        ("() => { throw 'text' }", "text"),
        ("async () => { throw null }", "null was thrown"),
        ("() => Promise.reject('rejected')", "rejected"),
    ],
)
def test_failures(source: str, message: str) -> None:
    """What fails before the answer has left fails the invocation."""
    with pytest.raises(FunctionError, match=message):
        answer_of(source)


def test_the_context_has_lambdas_fields() -> None:
    """All of them, those that only phones send included."""
    context = value(
        call(
            "exports.handler = async (event, context) => ({ keys: Object.keys(context),"
            " arn: context.invokedFunctionArn, group: context.logGroupName, stream: context.logStreamName })",
            contract="event",
            env={"AWS_REGION": "eu-west-1"},
        )
    )
    assert {"clientContext", "identity", "callbackWaitsForEmptyEventLoop", "done", "fail"} <= {*context["keys"]}
    assert context["arn"] == "arn:aws:lambda:eu-west-1:000000000000:function:test"
    assert (context["group"], context["stream"].endswith("/[v1]rid")) == ("/aws/lambda/test", True)
