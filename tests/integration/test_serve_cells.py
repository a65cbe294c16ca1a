"""Processes of a gateway in mode `cells`: which there are, and what is lost when one of them is killed."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from pathlib import Path

import httpx
import pytest

from tests.support.gateway_process import is_running, run_edge, serving, until

ENGINE_MODES = ("cells",)

HELLO = "module.exports = (req, res) => res.send('hello')"
SLOW = "module.exports = async (req, res) => { await sleep(300); res.send('slow') }"
SPINS = "module.exports = () => { for (;;); }"


class Load:
    """Clients that ask for one path over and over, and count what they get."""

    def __init__(self, edge, path, clients=4):
        self._url = edge.url + path
        self._stop = threading.Event()
        self.answers = Counter()
        self.times = []  # (when, answer)
        self._threads = [threading.Thread(target=self._ask) for _ in range(clients)]

    def _ask(self):
        with httpx.Client(trust_env=False, timeout=10) as client:
            while not self._stop.is_set():
                try:
                    answer = client.get(self._url)
                    code = answer.json()["error"]["code"] if answer.status_code >= 400 else answer.status_code
                except httpx.HTTPError as error:
                    code = type(error).__name__
                self.answers[code] += 1
                self.times.append((time.monotonic(), code))

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join(15)


def test_an_unused_function_has_no_process(tmp_path):
    """However many are deployed: there are the blank cells and the process of the next build, and no more."""
    functions = {f"f{number}": HELLO for number in range(30)}
    with serving(tmp_path, functions, "--set", "engine.pool_size=2") as edge:
        until(lambda: len(edge.named("edge-cell")) == 2, what="two blank cells")
        assert len(edge.named("edge-zygote")) == 1
        until(lambda: len(edge.named("edge-build")) == 1, what="a process for the next build")
        for number in range(3):
            assert edge.get(f"/f{number}").text == "hello"
        until(lambda: len(edge.named("edge-cell")) == 5, what="three cells of functions, two blank")


def test_cells_go_when_nobody_uses_them(tmp_path):
    """Scale to zero."""
    sets = ("--set", "engine.pool_size=0", "--set", "engine.idle_timeout=1s")
    with serving(tmp_path, {"hello": HELLO}, *sets) as edge:
        assert edge.get("/hello").text == "hello"
        assert len(edge.named("edge-cell")) == 1
        until(lambda: not edge.named("edge-cell"), 6, "the end of the cell")
        assert edge.get("/hello").text == "hello"


def test_operators_see_which_cells_rewind(tmp_path):
    """How many do, how often, which had to stop; what cells that are gone have done still counts."""
    sets = ("--set", "engine.pool_size=0", "--set", "engine.idle_timeout=2s")
    with serving(tmp_path, {"hello": HELLO, "slow": SLOW}, *sets) as edge:

        def value(name):
            line = next(line for line in edge.operate("GET", "/metrics").text.splitlines() if line.startswith(name))
            return float(line.split()[-1])

        assert {edge.get("/hello").text for _ in range(5)} == {"hello"}
        until(lambda: value("edge_cells_rewinds_total") == 5, what="the last one to be given back")
        assert value('edge_cells_rewinding{state="yes"}') == 1
        (cell,) = [cell for cell in edge.operate("GET", "/health/detailed").json()["cells"] if cell["key"]]
        assert (cell["rewinding"], cell["rewinds"]) == ("yes", 5)
        with Load(edge, "/slow", clients=3):
            until(lambda: value("edge_cells_crowded_total") >= 1, what="a cell that runs several at once")
        until(lambda: not edge.named("edge-cell"), 12, "the end of all cells")
        until(lambda: value('edge_cells_rewinding{state="yes"}') == 0, what="the last words")
        assert value("edge_cells_rewinds_total") >= 5


def test_a_reload_keeps_the_cells_of_what_it_does_not_change(tmp_path):
    """They are warm, and their package is the same."""
    with serving(tmp_path, {"hello": HELLO, "other": HELLO}, "--set", "engine.pool_size=0") as edge:
        assert edge.get("/hello").text == "hello"
        cells = edge.named("edge-cell")
        (tmp_path / "functions/other/index.js").write_text("module.exports = (req, res) => res.send('changed')")
        until(lambda: edge.get("/other").text == "changed", what="the reload")
        assert edge.get("/hello").text == "hello"
        assert set(cells) <= set(edge.named("edge-cell"))


def test_a_killed_cell_fails_only_what_it_ran(tmp_path):
    """Each client that lost its answer is told so; the function is served again at once."""
    with serving(tmp_path, {"slow": SLOW, "hello": HELLO}) as edge:
        with Load(edge, "/slow") as slow, Load(edge, "/hello", clients=2) as others:
            until(lambda: slow.answers[200] >= 8, 10, "load")
            for _ in range(5):
                victim = edge.named("edge-cell")[0]
                os.kill(victim, signal.SIGKILL)
                killed = time.monotonic()
                until(lambda since=killed: any(code == 200 and at > since for at, code in slow.times), 2, "recovery")
                time.sleep(0.05)
        assert set(others.answers) <= {200, "engine_crash"}
        assert set(slow.answers) <= {200, "engine_crash"}
        assert slow.answers["engine_crash"] + others.answers["engine_crash"] <= 5 * 4
        assert slow.answers[200] > 15


def test_a_killed_zygote_fails_nothing(tmp_path):
    """Cells go on; new ones come from another zygote."""
    functions = {"hello": HELLO, **{f"cold{number}": HELLO for number in range(6)}}
    with serving(tmp_path, functions, "--set", "engine.pool_size=1") as edge, Load(edge, "/hello") as load:
        until(lambda: load.answers[200] >= 20, 10, "load")
        for number in range(3):
            (zygote,) = edge.named("edge-zygote")
            os.kill(zygote, signal.SIGKILL)
            began = time.monotonic()
            assert edge.get(f"/cold{2 * number}").status_code == 200
            assert edge.get(f"/cold{2 * number + 1}").status_code == 200
            assert time.monotonic() - began < 5  # a start costs 0.4 s of CPU; nobody waited for a deadline
            until(lambda old=zygote: edge.named("edge-zygote") not in ([], [old]), what="another zygote")
        assert set(load.answers) == {200}


@pytest.mark.parametrize("busy", [False, True], ids=["at rest", "spinning"])
def test_a_killed_gateway_leaves_no_process(tmp_path, busy):
    """The kernel ends them with it, whatever they are doing."""
    with serving(tmp_path, {"hello": HELLO, "spins": SPINS}) as edge:
        assert edge.get("/hello").status_code == 200
        if busy:
            thread = threading.Thread(target=ask_in_vain, args=(edge, "/spins"))
            thread.start()
            until(lambda: max(map(cpu_ticks, edge.named("edge-cell"))) > 20, 10, "spinning")
        children = edge.children()
        assert len(children) >= 3
        os.kill(edge.process.pid, signal.SIGKILL)
        edge.wait()
        until(lambda: not any(map(is_running, children)), 2, "the end of all processes")
        if busy:
            thread.join(5)


def ask_in_vain(edge, path):
    with pytest.raises(httpx.HTTPError):
        edge.get(path)


def cpu_ticks(pid):
    """What a process has used, in hundredths of a second; 0 when it has gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])


def test_an_orderly_end_leaves_no_process(tmp_path):
    """Draining first."""
    with serving(tmp_path, {"hello": HELLO}) as edge:
        assert edge.get("/hello").status_code == 200
        children = edge.children()
        assert edge.stop() == 0
        assert not any(map(is_running, children))


def test_many_functions_in_turn_leak_nothing(tmp_path):
    """More functions than cells: each gives way to the next, and nothing is left of it."""
    functions = {f"f{number}": HELLO for number in range(12)}
    sets = ("--set", "engine.pool_size=1", "--set", "engine.max_pool_size=4")
    with serving(tmp_path, functions, *sets) as edge:

        def once():
            for name in functions:
                assert edge.get(f"/{name}").text == "hello"

        once()
        once()
        files, threads = open_files(edge.process.pid), thread_count(edge.process.pid)
        for _ in range(5):
            once()
            assert len(edge.named("edge-cell")) <= 5
        until(lambda: open_files(edge.process.pid) <= files + 4, what="descriptors as before")
        assert thread_count(edge.process.pid) <= threads + 2
        assert not [pid for pid in edge.children() if not is_running(pid)], "zombies"


def open_files(pid):
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def thread_count(pid):
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


def test_the_log_says_what_confines_cells(tmp_path):
    """At the start, once."""
    with serving(tmp_path, {"hello": HELLO}) as edge:
        (entry,) = edge.logged(event="sandbox")
        assert {"seccomp", "rlimits", "pdeathsig", "no_new_privs"} <= set(entry["layers"])
        assert all(entry["missing"].values())


def test_doctor_makes_a_cell_and_tells_its_layers(tmp_path):
    """For people and for programs."""
    found = run_edge("doctor", cwd=tmp_path)
    assert found.returncode == 0, found.stderr
    assert b"seccomp" in found.stdout
    assert b"kernel" in found.stdout
    as_json = run_edge("doctor", "--output", "json", cwd=tmp_path)
    assert b'"problem": ""' in as_json.stdout


def test_without_a_sandbox_only_when_told_so(tmp_path):
    """It is said in the log, and it works."""
    with serving(tmp_path, {"hello": HELLO}, "--insecure-no-sandbox") as edge:
        assert edge.get("/hello").text == "hello"
        (entry,) = edge.logged(event="sandbox_off")
        assert entry["level"] == "warning"
