"""Clients against the pool of cells: they leave at every stage, come in crowds, and share isolates."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path

import pytest
import trio

from tests.support.crowd import ask, gather, leave, request
from tests.support.gateway_process import gateway, serving, until

ENGINE_MODES = ("cells",)

pytestmark = [pytest.mark.integration, pytest.mark.hostile]

REUSED = {"function.toml": 'reuse = true\ntimeout = "1500ms"\n'}
LEFT = {
    "hello": "module.exports = (req, res) => res.send('hello')",
    "sleeps": "module.exports = async (req, res) => { await sleep(400); res.send('slept') }",
    "flood": """
module.exports = async (req, res) => {
  const part = 'y'.repeat(65536);
  for (let n = 0; n < 400; n++) if (!res.write(part)) await new Promise((drained) => res.once('drain', drained));
  res.end();
}""",
    "body": """
module.exports = (req, res) => {
  let size = 0;
  req.on('data', (part) => { size += part.length }).on('end', () => res.send(String(size)));
}""",
    "kv": "module.exports = async (req, res) => { for (let n = 0; n < 50; n++) await kv.incr('n'); res.send('kv') }",
    "reused": {"index.js": "module.exports = async (req, res) => { await sleep(100); res.send('reused') }", **REUSED},
}
STAGES = (
    lambda chance: {"data": request("/body", b"z" * chance.choice([0, 10, 50_000]), 100_000), "after": 0.1},
    lambda chance: {"data": request("/hello"), "after": chance.choice([0, 0.001, 0.003, 0.01])},
    lambda chance: {"data": request("/sleeps"), "after": chance.uniform(0, 0.4)},
    lambda chance: {"data": request("/flood"), "after": chance.uniform(0, 0.3), "read": chance.choice([1, 70_000])},
    lambda chance: {"data": request("/flood"), "after": 1.0, "read": 1000},
    lambda chance: {"data": request("/kv"), "after": chance.uniform(0, 0.1)},
    lambda chance: {"data": request("/reused"), "after": chance.uniform(0, 0.1)},
)
LEAVING = 3.0  # seconds


def pool_of(edge):
    return edge.operate("GET", "/metrics", headers={"accept": "application/json"}).json()["isolatePool"]


def open_files(edge):
    return len(list(Path(f"/proc/{edge.process.pid}/fd").iterdir()))


async def keep_leaving(edge, number, gone):
    chance = random.Random(number)
    while True:
        await leave(edge, **chance.choice(STAGES)(chance), reset=chance.random() < 0.5)
        gone["gone"] += 1


async def keep_asking(edge, answers):
    while True:
        answers.append(await ask(edge, "/hello"))
        await trio.sleep(0.02)


async def test_clients_that_leave_cost_no_cells_and_no_places(tmp_path):
    """Before the body ends, queued, running, in a stream: their cells go on, and all that they held comes back."""
    with serving(tmp_path, LEFT, "--set", "log.level=debug", "--set", "engine.timeout=8s") as edge:
        await gather(*(ask(edge, f"/{name}") for name in LEFT))
        gone, answers = Counter(), []
        with trio.move_on_after(LEAVING):
            async with trio.open_nursery() as nursery:
                for number in range(20):
                    nursery.start_soon(keep_leaving, edge, number, gone)
                nursery.start_soon(keep_asking, edge, answers)
        assert gone["gone"] > 50
        assert {answer.status for answer in answers} == {200}
        assert max(answer.seconds for answer in answers) < 3
        until(lambda: pool_of(edge)["active"] == 0, 4, "the end of all invocations")
        stopped = [entry for entry in edge.log(event="cell_gone") if "told to stop" in entry["reason"]]
        # Of some a run does not end in its quarter of a second, when the machine is busy.
        assert len(stopped) <= gone["gone"] / 5
        # Nor do all come to an end within the grace of a stop: those are killed.
        assert pool_of(edge)["corrupted"] <= gone["gone"] / 20
        # Nobody's place is lost: each function can still have all of them at once.
        for name in ("sleeps", "reused"):
            assert {answer.status for answer in await gather(*(ask(edge, f"/{name}") for _ in range(40)))} == {200}
        assert open_files(edge) < 45 + 2 * len(edge.named("edge-cell"))


async def test_a_function_that_goes_on_without_its_client_costs_no_cell(tmp_path):
    """When its time is up its run may end; it is given no other."""
    goes_on = "module.exports = async () => { for (;;) { await kv.incr('n'); for (let n = 0; n < 1e5; n++); } }"
    with serving(tmp_path, {"goes-on": goes_on}, "--set", "log.level=debug") as edge:
        for _ in range(8):
            await leave(edge, request("/goes-on"), after=0.2)
        until(lambda: len(edge.log(event="request")) == 8 and pool_of(edge)["active"] == 0, 6, "the end of all")
        assert {entry["outcome"] for entry in edge.log(event="request")} == {"canceled"}
        assert [entry for entry in edge.log(event="cell_gone") if "told to stop" in entry["reason"]] == []


# -- more functions than cells

NAMES = [f"f{number}" for number in range(6)]
HEAD = """
[server]
listen = ["127.0.0.1:0"]
[engine]
max_pool_size = 2
pool_size = 1
timeout = "4s"
max_queue = 10
[packages]
root = "functions"
"""
ENTRY = """
[functions.{name}]
{settings}
[[routes]]
path = "/{name}"
function = "{name}"
"""
WAITS = "module.exports = async (req, res) => { await sleep(+(req.query.ms || 50)); res.send('waited') }"
SETTINGS = {"narrow": "concurrency = 2", "hasty": 'timeout = "500ms"'}


@pytest.fixture(scope="module")
def crowded(tmp_path_factory, engine_mode):
    """Two cells for eight functions."""
    names = [*NAMES, *SETTINGS]
    entries = (ENTRY.format(name=name, settings=SETTINGS.get(name, "")) for name in names)
    files = {"edge.toml": HEAD + "".join(entries), **{f"functions/{name}/index.js": WAITS for name in names}}
    with gateway(tmp_path_factory.mktemp("crowded"), "--config", "edge.toml", files=files) as running:
        yield running


async def test_a_full_queue_refuses_at_once(crowded):
    """Two run and ten wait; the others are told to come back, without waiting themselves."""
    answers = await gather(*(ask(crowded, "/narrow?ms=150") for _ in range(30)))
    assert Counter((answer.status, answer.code) for answer in answers) == {(200, ""): 12, (503, "overloaded"): 18}
    refused = [answer for answer in answers if answer.status == 503]
    assert max(answer.seconds for answer in refused) < 0.5
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in refused)
    assert {answer.headers["edge-outcome"] for answer in refused} == {"overloaded"}


async def test_six_busy_functions_share_two_cells(crowded):
    """Also with one that has five times as many clients."""
    served, refused = Counter(), Counter()

    async def load(name):
        while True:
            answer = await ask(crowded, f"/{name}")
            (served if answer.status == 200 else refused)[name] += 1

    with trio.move_on_after(3):
        async with trio.open_nursery() as nursery:
            for name in [*NAMES, *NAMES, *["f0"] * 8]:
                nursery.start_soon(load, name)
    assert not refused
    assert min(served[name] for name in NAMES) >= 2


async def test_who_made_room_waits_for_those_it_made_room_for(crowded):
    """Two functions fill both cells and wait for them again; others come before their second turn."""

    async def late():
        await trio.sleep(0.2)
        return await gather(*(ask(crowded, f"/f{number}?ms=10") for number in range(2, 6)))

    *_, others = await gather(*(ask(crowded, f"/f{number % 2}?ms=1500") for number in range(16)), late())
    assert {answer.status for answer in others} == {200}
    assert max(answer.seconds for answer in others) < 2.5


async def test_nobody_waits_for_a_cell_longer_than_for_its_function(crowded):
    """The refusal comes when the function's own time is over."""

    async def hasty():
        await trio.sleep(0.2)
        return await ask(crowded, "/hasty?ms=10")

    *_, answer = await gather(*(ask(crowded, f"/f{number % 2}?ms=1500") for number in range(8)), hasty())
    assert (answer.status, answer.code) == (503, "overloaded")
    assert 0.4 < answer.seconds < 1
    assert int(answer.headers["retry-after"]) >= 1


# -- reused isolates

SHARED = {
    "counts": {
        "index.js": """
let served = 0;
const id = Math.random();
module.exports = async (req, res) => { served++; await sleep(100); res.send(JSON.stringify({ id, served })) }""",
        **REUSED,
    },
    "mixed": {
        "index.js": """
module.exports = async (req, res) => {
  const { kind, n } = req.query;
  if (kind === 'throws') throw new Error('mine');
  if (kind === 'never') await new Promise(() => {});
  if (kind === 'late') Promise.reject(new Error('nobody cares'));
  if (kind === 'kv') for (let i = 0; i < 3; i++) await kv.incr('n');
  if (kind === 'stream') { for (let i = 0; i < 5; i++) { res.write(`${n},`); await sleep(20) } return res.end() }
  await sleep(20);
  res.send(n);
}""",
        **REUSED,
    },
    "spins": {
        "index.js": """
module.exports = async (req, res) => { if (req.query.spin) for (;;); await sleep(800); res.send('slept') }""",
        **REUSED,
    },
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory, engine_mode):
    """Functions that keep their isolates."""
    with serving(tmp_path_factory.mktemp("shared"), SHARED) as running:
        yield running


async def test_a_crowd_at_a_cold_function_shares_its_isolates(shared):
    """Those who come while the first isolates are being made wait for these."""
    answers = await gather(*(ask(shared, "/counts") for _ in range(50)))
    found = [json.loads(answer.body) for answer in answers]
    isolates = {entry["id"] for entry in found}
    assert len(isolates) <= 4
    for isolate in isolates:
        served = [entry["served"] for entry in found if entry["id"] == isolate]
        assert max(served) == len(served)


async def test_interleaved_requests_end_each_in_its_own_way(shared):
    """Answers, errors, timeouts, streams and clients that leave, all in the same isolates."""
    chance = random.Random(3)
    kinds = [chance.choice(["", "", "throws", "never", "late", "kv", "stream", "leaves"]) for _ in range(120)]

    async def one(number, kind):
        await trio.sleep(chance.uniform(0, 0.8))
        answer = await ask(shared, f"/mixed?kind={kind}&n={number}", seconds=0.01 if kind == "leaves" else 10)
        return kind, answer.status, answer.code, str(number).encode() in answer.body

    found = set(await gather(*(one(number, kind) for number, kind in enumerate(kinds))))
    assert {entry[:3] for entry in found if entry[0] != "leaves"} == {
        *((kind, 200, "") for kind in ("", "kv", "stream")),
        *((kind, 500, "function_error") for kind in ("throws", "late")),
        ("never", 504, "timeout"),
    }
    assert all(its_own for _, status, _, its_own in found if status == 200)


async def test_one_that_spins_takes_its_own_isolate_with_it(shared):
    """Those beside it get a clean error, all others their answer, and the next ones too."""

    async def after(seconds, path):
        await trio.sleep(seconds)
        return await ask(shared, path)

    *others, spinning = await gather(
        *(after(0, "/spins") for _ in range(6)),
        *(after(0.4, "/spins") for _ in range(4)),
        after(0.2, "/spins?spin=1"),
    )
    assert (spinning.status, spinning.code) == (504, "timeout")
    codes = Counter((answer.status, answer.code) for answer in others)
    assert set(codes) <= {(200, ""), (504, "timeout"), (500, "engine_crash")}
    assert codes[200, ""] >= 5
    assert {answer.status for answer in await gather(*(ask(shared, "/spins") for _ in range(6)))} == {200}
