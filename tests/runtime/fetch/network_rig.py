"""Functions that fetch from a real server on loopback."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import trio

from edge.services.dial.dialer import Dialer
from edge.services.egress.policy import Policy
from edge.services.http import FetchClient, FetchLimits
from tests.support.embedded_rig import FakeExchange, open_rig
from tests.support.streaming_origin import streaming_origin

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from edge.function import Function
    from edge.invocation import Receipt

LOOPBACK = Policy.from_config(["127.0.0.0/8"])
QUICK = FetchLimits(connect=2.0, first_byte=2.0, idle=2.0)

_SOURCE = """
const waitFor = async (what) => { while (!(await what())) await sleep(2); };
const attempt = async (promise) => {
  try { return await promise; } catch (error) {
    const { name, message, code, cause } = error;
    return { name, message, code, cause: cause && { message: cause.message, code: cause.code } };
  }
};
export default { async fetch(request, env, ctx) {
  const origin = 'http://ORIGIN';
  BODY
} };
"""


class Network:
    """A function, the server that it fetches from, and its client."""

    def __init__(self, rig: Any, function: Function, client: FetchClient, origin: Any) -> None:
        self._rig = rig
        self._function = function
        self.client = client
        self.origin = origin
        self.exchange = FakeExchange()
        self.service: Any = None

    @property
    def logged(self) -> list[str]:
        """What the function has logged."""
        return [text for _, _, text in self._rig.logs]

    async def invoke(self, exchange: FakeExchange | None = None) -> Receipt:
        """One invocation; its answer is in `exchange`."""
        self.exchange = exchange or FakeExchange()
        self.service = self.client.service()
        self._rig.services = (self.service,)
        receipt: Receipt = await self._rig.invoke(self._function, self.exchange)
        return receipt

    async def answer(self) -> Any:
        """The JSON that one invocation answers; what goes wrong in it is raised."""
        receipt = await self.invoke()
        if receipt.error is not None:
            raise receipt.error
        return json.loads(self.exchange.body)


@asynccontextmanager
async def network(folder: Path, body: str, limits: FetchLimits = QUICK) -> AsyncIterator[Network]:
    """`body` is that of a handler that knows request, env, ctx, origin, attempt(promise) and waitFor(condition)."""
    with streaming_origin() as origin:
        source = _SOURCE.replace("ORIGIN", origin.address).replace("BODY", body)
        async with (
            open_rig(folder) as rig,
            FetchClient(Dialer(LOOPBACK, timeout=limits.connect), limits=limits) as client,
            rig.deployed({"index.mjs": source}) as function,
        ):
            yield Network(rig, function, client, origin)


async def happened(event: Any) -> None:
    """Wait for an event of the origin's threads."""
    await until(event.is_set)


async def until(condition: Callable[[], object]) -> None:
    """Wait for what happens in another thread, or in an isolate."""
    with trio.fail_after(5):
        while not condition():  # noqa: ASYNC110 - nobody tells
            await trio.sleep(0.002)
