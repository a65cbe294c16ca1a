"""The process that loads the neighbour: `python -m edge.corpus.faults.neighbour_load HOST PORT PATH RATE`.

Open loop: requests leave when they are due, whatever became of those before.  Each one is a line on standard output,
`[when it was due, seconds from then to its answer, what was wrong]`, on the monotonic clock that all processes share.
It ends when its standard input does.
"""

from __future__ import annotations

import json
import os
import sys
import time
from contextlib import suppress
from functools import partial

import trio

from edge.corpus.faults.deployment import GREETING
from edge.corpus.http_client import HttpClient

WITHIN = 10.0
"""Seconds after which a request counts as lost."""
_PRIORITY = -10


async def load(host: str, port: int, path: str, rate: float) -> None:
    """Send `rate` requests a second until standard input ends."""
    with HttpClient(host, port) as client:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(partial(_until_input_ends, nursery.cancel_scope))
            due = time.monotonic()
            while True:
                nursery.start_soon(_one, client, path, due)
                due += 1 / rate
                await trio.sleep(max(0.0, due - time.monotonic()))


async def _one(client: HttpClient, path: str, due: float) -> None:
    answer = await client.ask("GET", path, {}, within=WITHIN)
    good = answer.complete and answer.status == 200 and answer.body == GREETING
    wrong = "" if good else answer.trouble or f"status {answer.status}: {answer.body[:200]!r}"
    sys.stdout.write(json.dumps([due, time.monotonic() - due, wrong]) + "\n")


async def _until_input_ends(scope: trio.CancelScope) -> None:
    await trio.to_thread.run_sync(sys.stdin.read, abandon_on_cancel=True)
    await trio.sleep(0.5)  # for the answers to what has been asked
    scope.cancel()


def _go_first() -> None:
    """What this process waits for a processor is no fault of the gateway's; only root may spare it that."""
    with suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, _PRIORITY)


if __name__ == "__main__":
    _go_first()
    trio.run(load, sys.argv[1], int(sys.argv[2]), sys.argv[3], float(sys.argv[4]))
