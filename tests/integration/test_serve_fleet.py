"""A gateway of several workers: one for its clients and operators, whichever of its processes they meet."""

from __future__ import annotations

import concurrent.futures
import contextlib
import io
import json
import os
import signal
import subprocess
import tarfile
import threading
import time

import httpx
import pytest

from tests.support.gateway_process import PROGRAM, GatewayProcess, environment, is_running, run_edge, until, write_files
from tests.support.handover import Load, Upgradable, gone
from tests.support.socket_peer import SocketPeer

pytestmark = [pytest.mark.integration, pytest.mark.slow]
ENGINE_MODES = ("cells",)  # workers do not know what runs in them

CONFIG = """
[server]
workers = 2
grace = "5s"
[functions.hello]
env = { GREETING = "one" }
kv = "shared"
[[routes]]
path = "/hello"
function = "hello"
[functions.room]
[[routes]]
path = "/room"
function = "room"
"""
HELLO = """
module.exports = async (req, res) => {
  if (req.query.ms) { console.log('began'); await sleep(Number(req.query.ms)); }
  if (req.query.set) await kv.set('k', req.query.set);
  res.send(req.query.get ? String(await kv.get('k')) : process.env.GREETING);
};
"""
ROOM = """
const ns = new RealtimeNamespace('/room');
ns.socket.on('$connect', () => ns.socket.join('lobby'));
ns.socket.on('say', (text, bytes) => ns.to('lobby').emit('said', text, bytes));
module.exports = ns;
"""
FILES = {"edge.toml": CONFIG, "functions/hello/index.js": HELLO, "functions/room/index.js": ROOM}


@pytest.fixture(scope="module")
def edge(tmp_path_factory):
    folder = write_files(tmp_path_factory.mktemp("fleet"), FILES)
    running = Upgradable(folder, "--config", "edge.toml")
    try:
        yield running.start()
    finally:
        running.close()


def workers(edge):
    """Process ids by number, of those that are ready."""
    lines = edge.operate("GET", "/ready").json()["detail"]["workers"]
    return {line["worker"]: line["pid"] for line in lines if line["ready"]}


def fresh(edge, path="/hello"):
    """The answer to a request on a connection of its own, so that any worker may get it."""
    return httpx.get(edge.url + path, trust_env=False, timeout=10)


def served(edge):
    """Requests by the number of the worker that answered, of the log."""
    return {entry["worker"] for entry in edge.log(event="request")}


def counted(edge):
    text = edge.operate("GET", "/metrics").text
    lines = [line for line in text.splitlines() if line.startswith('edge_requests_total{function="hello",outcome="ok"')]
    return sum(float(line.rpartition(" ")[2]) for line in lines)


def test_all_workers_answer_on_the_same_address_and_share_what_is_stored(edge):
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: fresh(edge, "/hello?ms=50").text, range(24)))
    assert answers == ["one"] * 24
    until(lambda: served(edge) == {0, 1})
    fresh(edge, "/hello?set=both")
    assert {fresh(edge, "/hello?get=1").text for _ in range(10)} == {"both"}


def test_whichever_worker_is_asked_its_metrics_are_those_of_all(edge):
    """The same numbers from each, and every request counted once."""
    before = counted(edge)
    for _ in range(10):
        fresh(edge)
    until(lambda: counted(edge) == before + 10, 5, "the sum")
    seen = {httpx.get(f"{edge.admin}/metrics", trust_env=False).text.count("edge_requests_total{") for _ in range(6)}
    assert len(seen) == 1
    assert edge.operate("GET", "/metrics", headers={"accept": "application/json"}).json()["isolatePool"]["total"] >= 2
    detailed = edge.operate("GET", "/health/detailed").json()
    assert [line["worker"] for line in detailed["workers"]] == [0, 1]
    assert len({cell["pid"] for cell in detailed["cells"]}) == len(detailed["cells"])


def test_a_reload_reaches_every_worker_and_a_bad_file_none(edge):
    """By the admin listener, and by SIGHUP to the parent."""
    file = edge.folder / "edge.toml"
    file.write_text(CONFIG.replace("one", "two"))
    answer = edge.operate("POST", "/config/reload").json()
    assert answer["workers"] == 2
    assert {fresh(edge).text for _ in range(10)} == {"two"}
    file.write_text("[server\n")
    refused = edge.operate("POST", "/config/reload")
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "bad_config")
    ready = edge.operate("GET", "/ready")
    assert (ready.status_code, ready.json()["detail"]["last_reload"]["ok"]) == (200, False)
    assert {fresh(edge).text for _ in range(10)} == {"two"}
    file.write_text(CONFIG)
    edge.send(signal.SIGHUP)
    until(lambda: {fresh(edge).text for _ in range(10)} == {"one"})
    until(lambda: edge.operate("GET", "/ready").json()["detail"]["last_reload"]["ok"])
    generations = {line["generation"] for line in edge.operate("GET", "/ready").json()["detail"]["workers"]}
    assert len(generations) == 1


def test_a_deploy_is_served_by_all_workers_when_it_is_answered(edge):
    """By whichever of them has taken it; and so is its end."""
    source = b"module.exports = (req, res) => res.send('deployed');"
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        entry = tarfile.TarInfo("index.js")
        entry.size = len(source)
        archive.addfile(entry, io.BytesIO(source))
    headers = {"content-type": "application/gzip"}
    deployed = edge.operate("PUT", "/functions/hello/package?activate=true", content=packed.getvalue(), headers=headers)
    assert deployed.status_code == 201, deployed.text
    assert {fresh(edge).text for _ in range(12)} == {"deployed"}
    assert edge.operate("DELETE", "/functions/hello").status_code == 200
    assert {fresh(edge).text for _ in range(12)} == {"one"}


def test_a_room_reaches_its_sockets_on_all_workers(edge):
    """Text and bytes, in order, each once; the sockets are on both workers, as these share connections."""
    with contextlib.ExitStack() as stack:
        url = f"ws://127.0.0.1:{edge.port}/socket.io/?EIO=4&transport=websocket"
        peers = [stack.enter_context(SocketPeer(url)) for _ in range(8)]
        for peer in peers:
            assert peer.message().startswith("0{")
            peer.send("40/room,")
        for peer in peers:
            assert peer.message().startswith('40/room,{"sid"')
        for number in range(3):
            peers[number].send(f'451-/room,["say",{number},{{"_placeholder":true,"num":0}}]')
            peers[number].send(bytes([number]))
            for peer in peers:
                assert peer.message() == f'451-/room,["said",{number},{{"_placeholder":true,"num":0}}]'
                assert peer.message() == bytes([number])
        workers_met = {entry["worker"] for entry in edge.log(event="realtime")}
        assert workers_met == {0, 1}


def test_polls_find_their_session_whichever_worker_gets_them(edge):
    """Each comes on a connection of its own; the session is one worker's."""
    url = f"{edge.url}/socket.io/?EIO=4&transport=polling"
    opened = json.loads(httpx.get(url, trust_env=False).text[1:])
    url += f"&sid={opened['sid']}"

    def poll():
        return httpx.get(url, trust_env=False, timeout=10).text

    def post(packets):
        return httpx.post(url, content=packets, trust_env=False, timeout=10)

    assert post("40/room,").text == "ok"
    assert poll().startswith('40/room,{"sid"')
    for number in range(12):
        assert post(f'42/room,["say",{number}]').text == "ok"
        assert poll() == f'42/room,["said",{number},null]'
    stranger = httpx.get(url.replace(opened["sid"], "w9-" + opened["sid"][3:]), trust_env=False)
    assert (stranger.status_code, stranger.json()["error"]["code"]) == (503, "overloaded")
    for wrong in ("w0-nobody", "w1-nobody"):
        unknown = httpx.get(url.replace(opened["sid"], wrong), trust_env=False)
        assert (unknown.status_code, unknown.json()["code"]) == (400, 1)


def test_a_killed_worker_is_replaced_and_the_others_serve_on(edge):
    """Only what was in flight on it is lost; what it counted is not forgotten, and its successor has the new config."""
    (edge.folder / "edge.toml").write_text(CONFIG.replace("one", "three"))
    assert edge.operate("POST", "/config/reload").json()["changed"]
    counts = counted(edge)
    before = workers(edge)
    stop, failed, done = threading.Event(), [], []

    def load():
        while not stop.is_set():
            try:
                done.append(fresh(edge).text)
            except httpx.HTTPError as error:
                failed.append(error)

    threads = [threading.Thread(target=load) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        until(lambda: len(done) > 4)
        os.kill(before[1], signal.SIGKILL)
        until(lambda: edge.get("/_edge/ready").status_code == 503, 5, "not being complete")
        ready = edge.operate("GET", "/ready")
        assert (ready.status_code, ready.json()["detail"]["workers"][1]["ready"]) == (503, False)
        after = until(lambda: len(found := workers(edge)) == 2 and found, 30, "another worker")
        until(lambda: edge.get("/_edge/ready").status_code == 200)
    finally:
        stop.set()
        for thread in threads:
            thread.join(20)
    assert after[0] == before[0]
    assert after[1] != before[1]
    assert len(failed) <= 2, "one for each client at most: those that it was serving"
    assert set(done) == {"three"}
    metrics = edge.operate("GET", "/metrics").text
    assert 'edge_workers{state="ready"} 2.0' in metrics
    assert "edge_worker_restarts_total 1.0" in metrics
    assert counted(edge) >= counts + len(done) - 4, "all but what came after the last look at the killed one"
    assert edge.logged(event="worker_ended", worker=1)[0]["reason"] == "it was ended by signal 9"


def test_kill_9_of_the_parent_ends_everything(tmp_path):
    write_files(tmp_path, FILES)
    own = GatewayProcess(tmp_path, "--config", "edge.toml")
    try:
        own.start()
        children = own.children()
        assert len(children) >= 4
        own.process.kill()
        own.wait(5)
        until(lambda: not any(map(is_running, children)), 5, "the end of all processes")
    finally:
        own.close()


def test_what_one_process_cannot_share_is_refused_before_the_start(tmp_path):
    write_files(tmp_path, {"edge.toml": '[server]\nworkers = 2\n[storage]\nkv = "memory"\n'})
    checked = run_edge("check", "--config", "edge.toml", cwd=tmp_path)
    assert checked.returncode == 1
    assert b"edge.toml:4: storage.kv: memory belongs to one process" in checked.stdout + checked.stderr


def test_workers_that_cannot_start_end_the_gateway_with_the_reason(tmp_path):
    """Once, and without one process that stays."""
    write_files(tmp_path, FILES | {"data": "a file where the folder of data is to be"})
    began = time.monotonic()
    ended = run_edge(
        *("serve", "--config", "edge.toml", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"),
        *("--set", "storage.data_dir=data"),
        cwd=tmp_path,
        timeout=60,
    )
    assert ended.returncode == 1, ended.stderr
    assert b"Traceback" not in ended.stderr
    assert time.monotonic() - began < 50


def test_another_program_takes_over_and_ends_when_it_is_told_to(edge):
    """`--take-over` from a shell, as of another version in a folder of its own; then a signal while requests run."""
    before, children = edge.process, edge.children()
    options = ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--ready-file", "ready.json"]
    command = [*PROGRAM, "serve", "-c", "edge.toml", *options, "--take-over"]
    with (
        Load(edge.port, "/hello") as load,
        (edge.folder / "gateway.log").open("ab") as log,
        subprocess.Popen(command, cwd=edge.folder, env=environment(), stdout=log, stderr=log) as edge.process,
    ):
        edge.successor(before.pid)
        assert gone(before) == 0
        assert not any(map(is_running, children))
        asked = load.answers
        until(lambda: load.answers > asked + 20)
        load.stop()
        assert load.failures == []
        _end_with_requests_in_flight(edge)


def _end_with_requests_in_flight(edge):
    """Of each worker; they are finished, and no process is left."""
    children, before = edge.children(), len(edge.log(text="began"))
    with concurrent.futures.ThreadPoolExecutor(2) as threads:
        running = [threads.submit(fresh, edge, "/hello?ms=800") for _ in range(2)]
        edge.logged(before + 2, text="began")
        edge.send(signal.SIGINT)
        assert {each.result(10).text for each in running} == {"three"}
    assert edge.wait(10) == 0
    assert not any(map(is_running, children))
    assert len(edge.log(event="shutting_down", handed_over=False)) == 2
