"""A gateway process from its start to its end, whichever end that is."""

from __future__ import annotations

import concurrent.futures
import contextlib
import signal
import socket
import threading
import time

import httpx
import pytest

from tests.support.gateway_process import GatewayProcess, is_running, serving, until, write_files

pytestmark = [pytest.mark.integration, pytest.mark.slow]

FUNCTIONS = {
    "keep": """
module.exports = async (req, res) => {
  if (req.method === 'GET') return res.json(await kv.get(req.query.k));
  await kv.set(req.query.k, req.query.v);
  res.send('acknowledged');
};
""",
    "wait": (
        "module.exports = async (req, res) => { console.log('began'); await sleep(Number(req.query.ms)); "
        "res.send('finished'); };"
    ),
    "spin": "module.exports = async (req, res) => { console.log('began'); await sleep(1); for (;;) {} };",
}


FILES = {f"functions/{name}/index.js": source for name, source in FUNCTIONS.items()}


def write_until_it_dies(url, writer, acknowledged):
    """Write numbered values until the connection breaks; keep the number of the last one that was answered."""
    with httpx.Client(trust_env=False, timeout=5) as client, contextlib.suppress(httpx.HTTPError):
        for number in range(1, 100_000):
            answer = client.post(f"{url}/keep", params={"k": f"{writer}-{number}", "v": str(number)})
            assert answer.text == "acknowledged"
            acknowledged[writer] = number


def test_kill_9_during_writes_over_http_loses_none_that_was_acknowledged(tmp_path):
    """Three times over one data folder; every start works, and no process is left behind."""
    write_files(tmp_path, FILES)
    seen = {}
    for attempt in range(3):
        edge = GatewayProcess(tmp_path, "--functions", "functions")
        try:
            edge.start()
            for key, value in seen.items():
                assert edge.get("/keep", params={"k": key}).json() == value
            acknowledged = {}
            writers = [
                threading.Thread(target=write_until_it_dies, args=(edge.url, f"{attempt}-{n}", acknowledged))
                for n in range(4)
            ]
            for writer in writers:
                writer.start()
            until(lambda acknowledged=acknowledged: len(acknowledged) == 4)
            time.sleep(0.3)
            children = edge.children()
            assert children, "there is a process that builds snapshots"
            edge.process.kill()
            assert edge.wait() == -signal.SIGKILL
            for writer in writers:
                writer.join(10)
            until(lambda: not any(map(is_running, children)), 3, "the end of the builder")  # noqa: B023 - used at once
            for writer, count in acknowledged.items():
                seen |= {f"{writer}-{number}": str(number) for number in {1, count // 2 + 1, count}}
        finally:
            edge.close()
    edge = GatewayProcess(tmp_path, "--functions", "functions")
    try:
        edge.start()
        assert {key: edge.get("/keep", params={"k": key}).json() for key in seen} == seen
        assert edge.stop() == 0
    finally:
        edge.close()


def test_sigterm_finishes_the_request_in_flight_and_then_ends_with_0(tmp_path):
    """New connections are refused meanwhile, and readiness says no."""
    with serving(tmp_path, FUNCTIONS) as edge, concurrent.futures.ThreadPoolExecutor(2) as threads:
        children = edge.children()
        inflight = threads.submit(edge.get, "/wait?ms=700")
        edge.logged(text="began")
        edge.send(signal.SIGTERM)
        edge.logged(event="shutting_down")
        until(lambda: refused(edge), 2, "the end of the listener")
        answer = inflight.result(5)
        assert (answer.status_code, answer.text) == (200, "finished")
        assert edge.wait(5) == 0
        assert not any(map(is_running, children))


def refused(edge):
    try:
        socket.create_connection(("127.0.0.1", edge.port), timeout=1).close()
    except OSError:
        return True
    return False


@pytest.mark.parametrize("path", ["/wait?ms=20000", "/spin"])
def test_a_second_signal_ends_what_still_drains(tmp_path, path):
    """At once, also code that never looks up, and cleanly."""
    with serving(tmp_path, FUNCTIONS) as edge, concurrent.futures.ThreadPoolExecutor(2) as threads:
        inflight = threads.submit(edge.get, path)
        edge.logged(text="began")
        edge.send(signal.SIGTERM)
        edge.logged(event="shutting_down")
        time.sleep(0.3)
        assert edge.alive()
        began = time.monotonic()
        edge.send(signal.SIGINT)
        assert edge.wait(5) == 0
        assert time.monotonic() - began < 2.5
        with contextlib.suppress(httpx.HTTPError):
            assert inflight.result(5).status_code == 503


def test_requests_still_running_after_the_grace_are_told_so(tmp_path):
    """503 with Retry-After, and the process ends."""
    with (
        serving(tmp_path, FUNCTIONS, "--set", "server.grace=300ms") as edge,
        concurrent.futures.ThreadPoolExecutor(2) as threads,
    ):
        inflight = threads.submit(edge.get, "/wait?ms=20000")
        edge.logged(text="began")
        edge.send(signal.SIGTERM)
        answer = inflight.result(5)
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "draining")
        assert answer.headers["retry-after"]
        assert edge.wait(5) == 0


def test_while_it_delays_its_shutdown_it_is_not_ready_but_serves(tmp_path):
    """So that a balancer can notice."""
    with serving(tmp_path, FUNCTIONS, "--set", "server.shutdown_delay=600ms") as edge:
        assert edge.get("/_edge/ready").status_code == 200
        edge.send(signal.SIGTERM)
        edge.logged(event="shutting_down")
        assert edge.get("/_edge/ready").status_code == 503
        assert edge.get("/_edge/live").status_code == 200
        assert edge.get("/wait?ms=1").text == "finished"
        assert edge.wait(5) == 0


def test_the_snapshots_of_the_last_run_are_used_again(tmp_path):
    """The second start takes no build: its compiled packages come from the disk."""
    write_files(tmp_path, FILES)
    for _ in range(2):
        edge = GatewayProcess(tmp_path, "--functions", "functions")
        try:
            edge.start()
            stamps = {path: path.stat().st_mtime_ns for path in (tmp_path / ".edge" / "snapshots").iterdir()}
            assert edge.get("/wait?ms=1").text == "finished"
            assert edge.stop() == 0
        finally:
            edge.close()
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / ".edge" / "snapshots").iterdir()} == stamps


def test_an_address_that_is_taken_is_a_clear_error(tmp_path):
    """Exit code 1, one line, no traceback, no process left."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        write_files(tmp_path, FILES)
        edge = GatewayProcess(tmp_path, "--functions", "functions", "--listen", f"127.0.0.1:{taken.getsockname()[1]}")
        try:
            with pytest.raises(AssertionError):
                edge.start()
            assert edge.wait() == 1
            assert "Traceback" not in edge.text()
            assert f"{taken.getsockname()[1]}" in edge.text()
        finally:
            edge.close()
