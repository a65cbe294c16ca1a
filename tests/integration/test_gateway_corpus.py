"""Every case of the HTTP corpora against a server in this process: attacks, and the RFCs section by section.

Deadlines are short here, so that cases that wait for them do not; `./scripts/corpus http` has the real ones, real
functions, and the invariant of memory, descriptors and tasks.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import trio
from gateway_server import Functions, gateway

from edge.corpus.certificates import Authority
from edge.corpus.http.case import load
from edge.corpus.http.client import Client, Place
from edge.corpus.http.ops import Flow, Paced, Parallel, Renegotiate, Send, Sleep, Tune
from edge.corpus.http.verdict import problems
from edge.gateway.tls.contexts import load_contexts
from edge.gateway.tls.files import Pair, TlsFiles

pytestmark = pytest.mark.integration

FILES = ("http_abuse.json", "http_more.json", "http_rfc.json")
DATA = Path(__file__).parents[1] / "data"
SHORT = {
    "head_timeout": 3, "body_grace": 3, "send_timeout": 3, "handshake_timeout": 3, "half_close_grace": 0.5,
}  # fmt: skip
HEAVY = 300_000  # bytes
MANY = 1000
TOGETHER = 60
# Deadlines of the case are longer than the short ones; what it is about is in test_gateway_http.py.
OTHERWISE = {"more_slow_read_small", "slow_read", "one_byte_requests"}


class Probes(Functions):
    """The functions that the corpora ask for."""

    async def ok(self, request, exchange):
        target = request.path + (f"?{request.query}" if request.query else "")
        await exchange.head(200, [("x-target", target)], b"ok " + request.path.encode(), end=True)

    async def ignore(self, request, exchange):
        await self.ok(request, exchange)

    async def headers(self, request, exchange):
        shown = json.dumps([request.url, *request.headers]).encode()
        await exchange.head(200, [], shown, end=True)

    async def slow(self, request, exchange):
        await trio.sleep(0.3)
        await self.ok(request, exchange)

    async def big(self, request, exchange):
        await exchange.head(200, [])
        for _ in range(64):
            await exchange.write(b"b" * 65536)
        await exchange.end()

    async def split(self, request, exchange):
        await self.ok(request, exchange)


def is_light(case):
    """Whether it costs little: floods are for the real run."""
    if case.proto == "ws" or case.name in OTHERWISE:
        return False
    size = 0
    for op in case.ops():
        if isinstance(op, Parallel | Tune | Renegotiate | Paced) or getattr(op, "repeat", 0) > MANY:
            return False
        size += sum(map(len, op.parts)) * op.repeat if isinstance(op, Send) else 0
        size += op.size * op.repeat if isinstance(op, Flow) else 0
    return size < HEAVY


def _sooner(op):
    return Sleep(min(op.seconds, 5)) if isinstance(op, Sleep) else op


@pytest.fixture(scope="module")
def context(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = Authority().issue("a.test")
    (folder / "a.crt").write_bytes(certificate)
    (folder / "a.key").write_bytes(key)
    return load_contexts(TlsFiles((Pair(folder / "a.crt", folder / "a.key"),))).first


async def test_what_hostile_and_correct_clients_send_is_answered_as_it_should(context, monkeypatch):
    """All at the same time; a fresh request is served beside them and after them, and nothing crashes."""
    cases = [case for name in FILES for case in load(DATA / name) if is_light(case)]
    assert len(cases) > 350
    failures = {}
    monkeypatch.setattr("gateway_server.Functions", Probes)
    async with gateway(**SHORT) as plain, gateway(tls=context, **SHORT) as tls:
        place = Place("127.0.0.1", plain.port, tls.port)
        limit = trio.CapacityLimiter(TOGETHER)

        async def one(case):
            async with limit:
                client = Client(case, [_sooner(op) for op in case.ops()], place)
                observed = await client.run()
            served = [request.path for request in plain.functions.seen] if case.name.startswith("pipeline") else []
            failures[case.name] = problems(case, observed, bytes(client.sent), served)

        async with trio.open_nursery() as nursery:
            for case in cases:
                nursery.start_soon(one, case)
        for case in cases:  # beside so many others, on a busy machine, a deadline may pass: alone it may not
            if failures[case.name]:
                await one(case)
        failures = {name: wrong for name, wrong in failures.items() if wrong}
        assert failures == {}
        await plain.is_fine()
        assert tls.recorder.crashes == []
        smuggled = [request.path for request in plain.functions.seen if request.path == "/smuggled"]
        assert smuggled == []
