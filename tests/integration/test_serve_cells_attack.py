"""Processes of a gateway under attack: killed in numbers, stopped without dying, out of what the system gives."""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import socket
import subprocess
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest
import trio

from tests.support.crowd import ask, gather
from tests.support.gateway_process import PROGRAM, environment, is_running, serving, until

ENGINE_MODES = ("cells",)

pytestmark = [pytest.mark.integration, pytest.mark.hostile]

HELLO = "module.exports = (req, res) => res.send('hello')"
REUSED = {"function.toml": "reuse = true\n"}
MIXED = {
    "hello": HELLO,
    "slow": "module.exports = async (req, res) => { await sleep(200); res.send('slow') }",
    "cpu": "module.exports = (req, res) => { const end = Date.now() + 20; while (Date.now() < end); res.send('cpu') }",
    "stream": """
module.exports = async (req, res) => {
  for (let n = 0; n < 5; n++) { res.write('x'.repeat(1000)); await sleep(20) }
  res.end('end');
}""",
    "kv": "module.exports = async (req, res) => { for (let n = 0; n < 5; n++) await kv.incr('n'); res.send('kv') }",
    "body": """
module.exports = (req, res) => {
  let size = 0;
  req.on('data', (part) => { size += part.length }).on('end', () => res.send(String(size)));
}""",
    "reused": {"index.js": "module.exports = async (req, res) => { await sleep(20); res.send('reused') }", **REUSED},
    "throws": "module.exports = () => { throw new Error('mine') }",
}
BODY = b"z" * 200_000
CLIENTS = 30
KILLING = 4.0  # seconds
AT_ONCE = 4  # invocations that run in one cell (engine.isolates_per_cell)


def footprint(edge):
    """What the gateway holds besides its cells and builds, each of which costs a pidfd and a socket."""
    processes = len(edge.named("edge-cell")) + len(edge.named("edge-build"))
    return count(edge, "fd") - 2 * processes, count(edge, "task")


def count(edge, what):
    """Descriptors (fd) or threads (task) of the gateway."""
    return len(list(Path(f"/proc/{edge.process.pid}/{what}").iterdir()))


def is_tidy(edge, before):
    """Whether there is one zygote, no build but the next one, no zombie, no more descriptors or threads than before."""
    names = len(edge.named("edge-zygote")), len(edge.named("edge-build"))
    zombies = [pid for pid in edge.children() if not is_running(pid)]
    files, threads = footprint(edge)
    return names in {(1, 0), (1, 1)} and not zombies and files <= before[0] + 2 and threads <= before[1] + 2


def cell_of(edge, function):
    """The process of a function that has one cell."""
    found = edge.operate("GET", "/health/detailed").json()["cells"]
    (pid,) = [cell["pid"] for cell in found if cell["key"].endswith(f"-{function}")]
    return pid


def send(pid, number):
    with suppress(ProcessLookupError):
        os.kill(pid, number)


class Assault:
    """Kills a cell, the zygote, both or everything, again and again, and sees how long the next answer takes."""

    def __init__(self, edge):
        self.cells = 0
        self.recoveries = []
        self._edge = edge
        self._chance = random.Random(7)

    async def go_on(self):
        while True:
            await trio.sleep(self._chance.uniform(0.05, 0.6))
            self._strike(self._chance.choice(["cell", "cell", "zygote", "both", "all"]))
            began = trio.current_time()
            while (await ask(self._edge, "/hello")).status != 200:
                pass
            self.recoveries.append(trio.current_time() - began)

    def _strike(self, kind):
        cells = self._edge.named("edge-cell")
        victims = cells if kind == "all" else cells[:1] if kind in {"cell", "both"} else []
        self.cells += len(victims)
        others = self._edge.named("edge-zygote") if kind in {"zygote", "both"} else []
        for pid in self._chance.sample([*victims, *others], len(victims) + len(others)):
            send(pid, signal.SIGKILL)


async def keep_asking(edge, number, answers):
    chance = random.Random(number)
    while True:
        name = chance.choice(list(MIXED))
        answer = await ask(edge, f"/{name}", BODY if name == "body" else b"")
        answers[name, answer.status, answer.code] += 1
        if name == "body" and answer.status == 200:
            assert answer.body == str(len(BODY)).encode()


async def test_killed_processes_fail_only_what_ran_in_them(tmp_path):
    """Cells and zygotes die all the time; each failure is told as such, nobody waits, and nothing stays behind."""
    with serving(tmp_path, MIXED, "--set", "engine.timeout=8s") as edge:
        assert all(status in {200, 500} for status, *_ in await gather(*(ask(edge, f"/{name}") for name in MIXED)))
        before, answers, assault = footprint(edge), Counter(), Assault(edge)
        async with trio.open_nursery() as nursery:
            for number in range(CLIENTS):
                nursery.start_soon(keep_asking, edge, number, answers)
            with trio.move_on_after(KILLING):
                await assault.go_on()
            nursery.cancel_scope.cancel()
        lost = sum(count for (_, status, code), count in answers.items() if code == "engine_crash" or status == 0)
        expected = {(name, 200, "") for name in MIXED} | {(name, 500, "engine_crash") for name in MIXED}
        assert set(answers) <= expected | {("throws", 500, "function_error"), ("stream", 0, "cut")}
        assert 0 < lost <= assault.cells * AT_ONCE
        assert sum(answers.values()) > 3 * CLIENTS
        assert max(assault.recoveries) < 2
        until(lambda: is_tidy(edge, before), 5, "one zygote, and nothing left of those that died")
        assert not edge.log(level="error")


async def test_a_stopped_cell_holds_up_nobody_for_longer_than_the_timeout(tmp_path):
    """It neither answers nor dies: its invocations end on time, it is killed, and others do not notice.

    One that goes on in time is as good as before.
    """
    with serving(tmp_path, MIXED, "--set", "engine.timeout=1s") as edge:
        await gather(ask(edge, "/hello"), ask(edge, "/slow"))
        stopped, paused = cell_of(edge, "hello"), cell_of(edge, "slow")
        send(stopped, signal.SIGSTOP)
        stuck, *others, _ = await gather(ask(edge, "/hello"), ask(edge, "/slow"), pause(paused, 0.1, 0.4))
        assert (stuck.status, stuck.code) == (504, "timeout")
        assert stuck.seconds < 1.6
        assert {(answer.status, answer.seconds < 0.9) for answer in others} == {(200, True)}
        assert cell_of(edge, "slow") == paused
        until(lambda: not is_running(stopped), 2, "the end of the stopped process")
        assert (await ask(edge, "/hello")).body == b"hello"


async def pause(pid, after, seconds):
    await trio.sleep(after)
    send(pid, signal.SIGSTOP)
    await trio.sleep(seconds)
    send(pid, signal.SIGCONT)


async def test_a_stopped_zygote_is_replaced(tmp_path):
    """Functions with cells go on; who needs a new process is refused in time until another zygote is there."""
    sets = ("--set", "engine.timeout=1s", "--set", "engine.pool_size=0")
    with serving(tmp_path, {"hello": HELLO, "cold": HELLO}, *sets) as edge:
        await ask(edge, "/hello")
        (stopped,) = edge.named("edge-zygote")
        send(stopped, signal.SIGSTOP)
        began, answers = trio.current_time(), []
        while not answers or answers[-1].status != 200:
            answer, warm = await gather(ask(edge, "/cold"), ask(edge, "/hello"))
            answers.append(answer)
            assert (warm.status, warm.seconds < 0.5) == (200, True)
            assert trio.current_time() - began < 9
        assert {(answer.status, answer.code) for answer in answers[:-1]} == {(503, "overloaded")}
        assert max(answer.seconds for answer in answers) < 1.5
        until(lambda: edge.named("edge-zygote") not in ([], [stopped]) and not is_running(stopped), 2, "another zygote")


async def test_stopped_processes_do_not_hold_up_the_end(tmp_path):
    """SIGKILL reaches them too."""
    with serving(tmp_path, {"hello": HELLO}) as edge:
        await ask(edge, "/hello")
        children = edge.children()
        for pid in children:
            send(pid, signal.SIGSTOP)
        assert edge.stop() == 0
        assert not any(map(is_running, children))


async def test_a_gateway_out_of_descriptors_gets_well_again(tmp_path):
    """Clients hold all of them, and then every process dies: it waits, and goes on when some are free."""
    with serving(tmp_path, {"hello": HELLO, "other": HELLO}) as edge:
        await gather(ask(edge, "/hello"), ask(edge, "/other"))
        most = count(edge, "fd") + 30
        resource.prlimit(edge.process.pid, resource.RLIMIT_NOFILE, (most, most))
        held = [socket.create_connection(("127.0.0.1", edge.port), timeout=2) for _ in range(60)]
        edge.logged(event="connection turned away")
        await trio.sleep(0.6)  # in which it looks at its cells twice
        for pid in [*edge.named("edge-cell"), *edge.named("edge-zygote")]:
            send(pid, signal.SIGKILL)
        await trio.sleep(1)
        assert edge.alive()
        for connection in held:
            connection.close()
        until(lambda: edge.get("/hello").status_code == 200, 5, "an answer")
        assert edge.get("/other").text == "hello"
        until(lambda: len(edge.named("edge-zygote")) == 1, 5, "a zygote")


@pytest.mark.skipif(
    shutil.which("unshare") is None or subprocess.run(["unshare", "-rm", "true"], check=False).returncode != 0,
    reason="the system permits no user namespaces",
)
def test_without_proc_the_gateway_says_so(tmp_path):
    """It cannot measure and seal cells then, and does not start."""
    hidden = 'mount -t tmpfs none /proc && exec "$@"'
    (tmp_path / "functions/hello").mkdir(parents=True)
    (tmp_path / "functions/hello/index.js").write_text(HELLO)
    serve = [*PROGRAM, "serve", "--functions", "functions", "--listen", "127.0.0.1:0"]
    found = subprocess.run(
        ["unshare", "-rm", "sh", "-c", hidden, "sh", *serve, "--admin", "127.0.0.1:0"],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert found.returncode == 1
    assert b"/proc" in found.stderr.splitlines()[-1]
    assert b"Traceback" not in found.stderr
