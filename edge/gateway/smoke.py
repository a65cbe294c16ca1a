"""Smoke tests: requests that a function must answer as expected before a reload lets it serve."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import trio

from edge.gateway.scheduled_run import CollectingExchange
from edge.units import MIB, format_duration
from edge.wire.messages import Request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.config.smoke_model import SmokeConfig, SmokeExpect
    from edge.function import Function
    from edge.invocation import Invoker, Receipt
    from edge.wire.messages import Header

MAX_KEPT = 1 * MIB
"""Bytes of a body in which the expected text is looked for."""
_SHOWN = 80


async def smoke(invoker: Invoker, function: Function, tests: Sequence[SmokeConfig]) -> list[str]:
    """Send the requests, one after the other; a line for each that was not answered as expected."""
    problems = []
    for number, test in enumerate(tests):
        what = await _try(invoker, function, test)
        if what:
            problems.append(f"functions.{function.name}.smoke[{number}]: {test.method} {test.path}: {what}")
    return problems


async def _try(invoker: Invoker, function: Function, test: SmokeConfig) -> str:
    """What was wrong; "" when nothing was."""
    exchange = CollectingExchange(MAX_KEPT)
    request_id = f"smoke-{secrets.token_hex(8)}"
    with trio.move_on_after(test.timeout) as scope:
        receipt = await invoker.invoke(function, smoke_request(test), request_id, exchange)
    if scope.cancelled_caught:
        return f"no answer within {format_duration(test.timeout)} (timeout)"
    return verdict(test.expect, exchange.status, exchange.headers, exchange.body, _failure(receipt))


def _failure(receipt: Receipt) -> str:
    return "" if receipt.error is None else str(receipt.error)


def smoke_request(test: SmokeConfig) -> Request:
    """The request of a test."""
    path, _, query = test.path.partition("?")
    given = [(name.lower(), value) for name, value in test.headers.items()]
    host = dict(given).get("host", "localhost")
    headers = [("host", host), *(pair for pair in given if pair[0] not in {"host", "content-length"})]
    body = test.body.encode() or None
    if body is not None:
        headers.append(("content-length", str(len(body))))
    url = f"http://{host}{test.path}"
    return Request(test.method, url, path, query, headers=headers, ip="127.0.0.1", body=body)


def verdict(expect: SmokeExpect, status: int, headers: Sequence[Header], body: bytes, failure: str) -> str:
    """What an answer has that was not expected; "" when it is as expected.  Pure.

    `failure` says how the function failed, "" when it did not: a failure with an answer is judged by the answer.
    """
    if not status:
        return failure or "there was no answer"
    why = f": {failure}" if failure else ""
    if expect.status is None and status >= 400:
        return f"status {status}, expected one below 400{why}"
    if expect.status is not None and status != expect.status:
        return f"status {status}, expected {expect.status}{why}"
    for name, text in expect.headers.items():
        values = [value for known, value in headers if known.lower() == name.lower()]
        if not values:
            return f"no header {name}, expected one"
        if not any(text in value for value in values):
            return f"header {name} is {_cut(values[0])}, expected {_cut(text)} in it"
    if expect.body.encode() not in body:
        return f"the body does not contain {_cut(expect.body)}, it begins with {_cut(body.decode('utf-8', 'replace'))}"
    return failure


def _cut(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}...")
