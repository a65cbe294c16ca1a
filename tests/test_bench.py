"""The benchmarks measure what they say and show it readably."""

from __future__ import annotations

import json
import mmap
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from bench import load, mixed, must_hold, procfs, scaling, tree, wrk
from bench.client import Asked, Client
from bench.compare import Case, Found
from bench.compare import table as compare_table
from bench.cost import Cost, StopWatch, middle, quantile
from bench.main import main
from bench.modes import ratios
from bench.peers.catalog import ECHO, HELLO
from bench.recovery import outcome
from bench.samples import write_tree
from bench.table import Column, Table
from edge.errors import InternalError

ROOT = Path(__file__).resolve().parents[1]

WRK_OUTPUT = """\
Running 2s test @ http://127.0.0.1:8080/hello
  1 threads and 16 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     9.12ms    1.20ms  25.10ms   91.00%
    Req/Sec     1.76k   101.00     1.90k    75.00%
  Latency Distribution
     50%    8.75ms
     75%    9.10ms
     90%   10.40ms
     99%    1.02s
  3512 requests in 2.01s, 1.05MB read
  Socket errors: connect 0, read 3, write 0, timeout 1
  Non-2xx or 3xx responses: 12
Requests/sec:   1747.26
Transfer/sec:    534.87KB
"""


@pytest.mark.slow
def test_a_quick_run_prints_a_table_with_numbers(tmp_path):
    """Every row of the isolate table has a positive cost, and the levels are those that its labels say."""
    out = tmp_path / "out.json"
    command = [sys.executable, "-m", "bench", "--quick", "--only", "isolate", "--json", str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    (table,) = json.loads(out.read_bytes())["tables"]
    heads = [column["title"] for column in table["columns"]]
    rows = {row[0]: dict(zip(heads, row, strict=True)) for row in table["rows"]}
    assert all(
        row["make CPU"] > 0 and row["dispose CPU"] > 0 and row["all CPU"] > row["make CPU"] for row in rows.values()
    )
    assert {
        f"{kind} hello, {level}" for kind in ("express", "web") for level in ("initialised", "compiled", "source")
    } < set(rows)
    assert rows["bare V8"]["make CPU"] < rows["express hello, initialised"]["make CPU"]
    assert rows["web hello, source"]["answer wall"] > 0
    assert "express hello, initialised" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--only", "isolates"], "invocations"),
        (["--write", "--quick"], "leave out"),
        (["--must-hold", "rate"], "neighbour"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_measured(arguments, message, capsys):
    """A typing error does not start minutes of measuring, and the docs never get half a run."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert message in capsys.readouterr().err


def test_cpu_counts_the_threads_and_not_the_waiting():
    """Work on another thread is CPU, sleeping is wall clock alone."""
    watch = StopWatch()
    worker = threading.Thread(target=lambda: sum(range(2_000_000)))
    worker.start()
    worker.join()
    worked = watch.lap()
    time.sleep(0.05)
    slept = watch.lap()
    assert worked.cpu > 0.005
    assert slept.wall >= 0.05
    assert slept.cpu < 0.04


def test_the_cpu_of_others_counts_and_asking_for_it_does_not():
    """What children use is added; the work of finding that out, before and after, is not measured."""

    def others():
        until = time.process_time() + 0.05
        while time.process_time() < until:
            pass
        return next(answers)

    answers = iter([10.0, 12.0, 12.0, 12.5, 12.5])
    watch = StopWatch(others)
    first, second = watch.lap(), watch.lap()
    assert 2 <= first.cpu < 2.04
    assert 0.5 <= second.cpu < 0.54


def test_a_median_is_taken_of_cpu_and_wall_each():
    """One disturbed round does not count."""
    assert middle([Cost(1, 9), Cost(2, 1), Cost(50, 2)]) == Cost(2, 2)


def test_a_quantile_is_one_of_the_values():
    """The 99th percentile of 100 values is the last one."""
    values = [float(value) for value in range(100)]
    assert (quantile(values, 0.5), quantile(values, 0.99), quantile([], 0.5)) == (50.0, 99.0, 0.0)


def test_a_table_is_shown_with_its_units_and_digits():
    """Numbers stand to the right, absent ones are empty, texts to the left."""
    table = Table("t", "A title", [Column("what"), Column("wall", "ms", 1)], notes=["A note."])
    table.add("one", 1234.56)
    table.add("longer", None)
    assert table.text().splitlines() == [
        "A title",
        "",
        "what    wall (ms)",
        "-----------------",
        "one       1,234.6",
        "longer",
        "A note.",
    ]
    assert table.markdown().splitlines()[2:6] == [
        "| what | wall (ms) |",
        "| --- | ---: |",
        "| one | 1,234.6 |",
        "| longer |  |",
    ]


def test_the_tree_has_fifty_files_with_node_modules(tmp_path):
    """What the deploy table promises."""
    write_tree(tmp_path, "tree")
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == 50
    assert sum("node_modules" in path.parts for path in files) == 30


def test_wrk_is_understood():
    """Units differ from line to line; broken connections and refusals are errors."""
    assert wrk.wrk_result(WRK_OUTPUT) == load.Load(3512, 16, 2.01, 0.00875, 1.02)


def test_output_that_wrk_never_printed_is_refused():
    """A number that nobody measured must not get into a table."""
    with pytest.raises(ValueError, match="requests"):
        wrk.wrk_result("unable to connect to 127.0.0.1:1")


@pytest.mark.parametrize("size", [20, 40, 42])
def test_the_load_generator_waits_for_the_rest_of_an_answer(size):
    """Heads and bodies arrive in parts."""
    whole = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
    assert load.read_answer(whole[:size]) is None
    assert load.read_answer(whole + b"HTTP") == load.Answer(good=True, size=len(whole), last=False)


def test_an_answer_of_unknown_length_is_refused():
    """Otherwise its parts would be counted as answers."""
    with pytest.raises(load.BrokenConnectionError, match="Content-Length"):
        load.read_answer(b"HTTP/1.1 200 OK\r\n\r\nhello")


def serve_slowly(listener, answers):
    """Answer each request with the next of `answers`, in two parts; a connection ends with an answer that says so."""
    left = iter(answers)
    while True:
        connection, _ = listener.accept()
        with connection:
            while connection.recv(4096):
                answer = next(left)
                connection.sendall(answer[:20])
                time.sleep(0.001)
                connection.sendall(answer[20:])
                if b"close" in answer:
                    break
            else:
                return


def test_the_load_generator_counts_answers_and_refusals():
    """An answer in parts is one, one other than 200 is an error, and a connection that ends is opened again."""
    good = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
    last = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nConnection: close\r\n\r\n"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=serve_slowly, args=(listener, [good, last, *[good] * 10_000]), daemon=True)
        server.start()
        found = load.run(listener.getsockname()[1], ["/"], 1, 0.05)
        server.join(10)
        assert not server.is_alive()
    assert found.errors == 1
    assert found.requests > 2
    assert 0.001 <= found.p50 <= found.p99 < found.seconds


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_cpu_and_memory_of_a_process_are_read():
    """Of our own, where both are known from elsewhere too."""
    before = time.process_time()
    found = procfs.cpu_seconds(os.getpid()) - sum(os.times()[2:4])
    assert before - 0.02 <= found <= time.process_time() + 0.02
    held = procfs.memory(os.getpid())
    ballast = mmap.mmap(-1, 32 << 20, mmap.MAP_PRIVATE)  # not of the heap, whose free parts may be resident already
    for page in range(0, len(ballast), mmap.PAGESIZE):
        ballast[page] = 1
    grown = procfs.memory(os.getpid()).less(held)
    assert held.dirty <= held.private <= held.resident
    assert len(ballast) - (1 << 20) <= grown.dirty <= len(ballast) + (4 << 20)
    assert grown.resident >= len(ballast) - (1 << 20)


SPINNING_CHILD = """\
import subprocess, sys, time
spin = "import sys, time\\nwhile time.process_time() < 0.3: pass\\nprint(flush=True)\\nsys.stdin.read()"
child = subprocess.Popen([sys.executable, "-c", spin], stdin=subprocess.PIPE, start_new_session=True)
sys.stdin.read()
child.kill()
"""


@pytest.fixture
def spinning():
    """A process whose child has used 0.3 s of CPU, and says so; both rest."""
    command = [sys.executable, "-c", SPINNING_CHILD]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        yield process
        process.stdin.close()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_cpu_of_a_process_is_that_of_its_descendants_too(spinning):
    """A gateway whose cells work is not cheap because it waits for them."""
    assert procfs.cpu_seconds(spinning.pid) < 0.25
    assert 0.3 <= tree.cpu_seconds(spinning.pid) < 0.8
    assert tree.cpu_of_others() >= 0.3


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_children_are_told_apart_from_zombies_and_zygotes(spinning):
    """A zygote leads its session, its cells are in it; what is dead and not reaped is counted as such."""
    (child,) = tree.children(spinning.pid)
    assert child.is_zygote
    assert tree.zygote(spinning.pid).pid == child.pid
    assert tree.cells(spinning.pid) == []
    before = tree.counts(spinning.pid)
    assert (before.children, before.zombies) == (1, 0)
    assert before.descriptors >= 4
    os.kill(child.pid, 9)
    until = time.monotonic() + 5
    while tree.counts(spinning.pid).zombies == 0:
        assert time.monotonic() < until
        time.sleep(0.01)
    assert tree.counts(spinning.pid).children == 0


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_what_builds_is_no_cell(tmp_path):
    """It waits for the next build, in a gateway that has nothing to do."""
    sleep = shutil.which("sleep")
    with ExitStack() as running:
        for name in ("edge-build", "edge-cell"):
            (tmp_path / name).symlink_to(sleep)
            process = running.enter_context(subprocess.Popen([tmp_path / name, "60"]))
            running.callback(process.kill)
        names = [process.name for process in tree.cells(os.getpid())]
        assert "edge-cell" in names
        assert "edge-build" not in names


def asked(good, began, ended):
    return Asked(good, began, ended)


def test_a_kill_is_judged_by_what_was_answered_after_it():
    """A request that began before the kill shows no recovery, and one that failed fills no gap."""
    answers = [
        asked(True, 9.8, 9.9),
        asked(True, 9.95, 10.01),
        asked(False, 9.97, 10.02),
        asked(True, 10.02, 10.30),
        asked(True, 10.30, 10.35),
        asked(False, 11.5, 11.6),
    ]
    found = outcome(answers, 10.0)
    assert (found.requests, found.failed) == (4, 1)
    assert found.answer == pytest.approx(0.30)
    assert found.gap == pytest.approx(0.29)


def test_a_gateway_that_did_not_recover_has_no_time_of_recovery():
    """Failures alone must not become a row that looks fine."""
    with pytest.raises(InternalError, match="no request was answered"):
        outcome([asked(True, 9.9, 10.01), asked(False, 10.01, 10.02)], 10.0)


def test_ratios_are_those_of_rounds_and_stand_in_one_row():
    """One disturbed round does not move the median of the ratios; embedded is what is compared with."""
    pairs = [((50.0, 4.0), (100.0, 2.0)), ((10.0, 1.0), (20.0, 0.5)), ((1.0, 9.0), (100.0, 1.0))]
    assert ratios("cells", pairs) == (0.5, 2.0)
    assert ratios("embedded", pairs) == (None, None)


def serve_paths(listener, seen):
    """Answer every request on every connection with 200, and note the paths in the order of arrival."""
    connection, _ = listener.accept()
    with connection:
        while data := connection.recv(4096):
            seen.append(data.split(b" ")[1].decode())
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")


def test_functions_are_asked_in_turn_and_no_more_often_than_told():
    """A burst of each, then the next; the number of requests is a limit as well as the time."""
    seen: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=serve_paths, args=(listener, seen), daemon=True)
        server.start()
        found = load.run(listener.getsockname()[1], ["/a", "/b"], 1, 10.0, 5, 2)
        server.join(10)
    assert seen == ["/a", "/a", "/b", "/b", "/a"]
    assert (found.requests, found.errors) == (5, 0)


def test_a_client_times_one_answer_after_the_other():
    """On one connection, which stays open."""
    seen: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=serve_paths, args=(listener, seen), daemon=True)
        server.start()
        with Client(listener.getsockname()[1]) as client:
            first, second = client.ask("/one"), client.ask("/two")
        server.join(10)
    assert seen == ["/one", "/two"]
    assert first.good
    assert 0 < first.seconds <= second.ended - first.began


def rounds_of(**figures):
    """One round: program -> (rate, CPU, p50) of hello with 16 connections, the same with one, and of its echo."""
    found = {}
    for name, (rate, cpu, p50) in figures.items():
        program = {"kept": "edge, reuse"}.get(name, name.replace("_", "-"))
        for request in (HELLO, ECHO):
            for connections in (1, 16):
                found[Case(program, request, connections)] = Found(rate, cpu, p50, p50 * 2, 0)
    return found


PEERS = {
    "ivm_isolate_snap": (500, 0.002, 0.03),
    "ivm_context": (900, 0.001, 0.02),
    "workerd_new": (100, 0.01, 0.1),
    "workerd_loader": (12_000, 0.0001, 0.001),
}


def test_a_promise_is_judged_by_the_ratios_within_rounds():
    """A round on a busy machine slows all programs: its ratio counts like that of any other round."""
    quiet = rounds_of(edge=(1000, 0.001, 0.001), kept=(8000, 0.0002, 0.001), **PEERS)
    slow = {case: found._replace(rate=found.rate / 4) for case, found in quiet.items()}
    found = must_hold.rate_verdicts([quiet, slow, quiet])
    assert [one.holds for one in found] == [True, True, True, True, True, True, True]
    assert found[0].figure == "2.00"
    worse = {
        case: each._replace(rate=each.rate * 0.9) if case.program == "edge" else each for case, each in quiet.items()
    }
    assert [one.holds for one in must_hold.rate_verdicts([worse] * 3)] == [False, True, True, True, True, True, True]


def test_the_limit_for_kept_isolates_is_the_higher_one_of_two():
    """6,000 requests per second, or 0.6 of workerd's loader where that is more."""
    peers = {**PEERS, "workerd_loader": (20_000, 0.0001, 0.001)}
    found = must_hold.rate_verdicts([rounds_of(edge=(1000, 0.001, 0.001), kept=(8000, 0.0002, 0.001), **peers)])
    (kept,) = [one for one in found if one.claim.startswith("kept hello")]
    assert (kept.holds, kept.limit) == (False, "at least 12,000 /s")


def test_an_error_of_edge_breaks_the_promise():
    """Fast wrong answers are no answers."""
    found = rounds_of(edge=(1000, 0.001, 0.001), kept=(8000, 0.0002, 0.001), **PEERS)
    found[Case("edge", HELLO, 16)] = found[Case("edge", HELLO, 16)]._replace(errors=1)
    assert must_hold.rate_verdicts([found])[-1].holds is False


def test_a_long_run_is_judged_by_its_second_half():
    """Memory as a share, the rest as numbers."""
    first = mixed._Sample(100, tree.Counts(descriptors=50, threads=6, children=10, zombies=0))
    last = mixed._Sample(104, tree.Counts(descriptors=60, threads=6, children=10, zombies=1))
    found = mixed.judged(first, last, 0, [1000.0])
    assert found.growth == pytest.approx(0.04)
    assert [name for name, before, after, slack in found.counts if after - before > slack] == [
        "descriptors of the gateway",
        "zombies",
    ]


def test_programs_are_shown_beside_the_edge_that_does_the_same():
    """Those with new isolates by edge's default, those that keep them by `reuse`; the least CPU first."""
    rounds = [rounds_of(edge=(1000, 0.002, 0.001), kept=(8000, 0.0002, 0.001), **PEERS)]
    shown = [row for row in compare_table(rounds).rows if row[1:3] == [HELLO, 16]]
    assert [row[0] for row in shown] == [
        "ivm-context",
        "edge",
        "ivm-isolate-snap",
        "workerd-new",
        "workerd-loader",
        "edge, reuse",
    ]
    assert [row[8] for row in shown] == [0.5, 1, 1, 5, 0.5, 1]


def test_routes_and_functions_grow_by_powers_of_ten():
    """Up to the most that is asked for."""
    assert [(shape.functions, shape.routes) for shape in scaling.shapes(100)] == [
        (1, 1),
        (1, 10),
        (1, 100),
        (10, 10),
        (100, 100),
    ]


def test_a_body_has_the_size_asked_for_and_is_json():
    """As bytes that go over the wire."""
    head, _, body = load.request_of(80, "/x", 1024).partition(b"\r\n\r\n")
    assert len(body) == 1024
    assert json.loads(body) == ["x" * 1020]
    assert b"\r\nContent-Length: 1024" in head
    assert load.request_of(80, "/x").startswith(b"GET /x HTTP/1.1\r\n")


def test_the_peers_are_locked_by_hash_and_name_no_registry():
    """Anybody compares with the same programs; none of them is in git."""
    lock = json.loads((ROOT / "bench/peers/package-lock.json").read_text("utf-8"))
    wanted = json.loads((ROOT / "bench/peers/package.json").read_text("utf-8"))["dependencies"]
    assert {name: lock["packages"][f"node_modules/{name}"]["version"] for name in wanted} == wanted
    assert all("resolved" not in each for each in lock["packages"].values())
    assert all("integrity" in each for path, each in lock["packages"].items() if path)
