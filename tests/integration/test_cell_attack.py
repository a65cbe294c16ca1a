"""Native code inside sealed processes: nothing it tries works, wherever the gateway was started."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from edge.engine import snapshot
from edge.units import KIB, MIB
from tests.support.cell_attack import EXPECTED
from tests.support.cell_work import SCRIPT
from tests.support.cell_zygote import ROOT, SURROUNDINGS, open_zygote, wait_for_end
from tests.support.snapshot_files import runtime_blob

pytestmark = [pytest.mark.integration, pytest.mark.hostile, pytest.mark.slow]

# Only root can become somebody else first.
KINDS = [*SURROUNDINGS] if os.geteuid() == 0 else ["as_started", "container"]
CORE = [
    *("open a file", "make a file", "a socket of the internet", "execute", "fork by clone", "signal the parent"),
    *("be traced", "read another's memory", "raise a limit", "leave the namespaces", "shared memory"),
    *("memory that runs", "another_thread_opens_a_socket", "a_huge_read_only_region"),
]


@pytest.fixture(scope="module")
def blob(tmp_path_factory):
    """The file of a snapshot of the real runtime that evaluates what it gets."""
    file = tmp_path_factory.mktemp("cells") / "blob"
    file.write_bytes(snapshot.build(SCRIPT, runtime_blob()))
    return file


@pytest.fixture(scope="module", params=KINDS)
def zygote(request, blob):
    """A zygote in each of the surroundings."""
    with open_zygote(request.param, blob) as zygote:
        zygote.kind = request.param
        yield zygote


@pytest.fixture(scope="module")
def plain(blob):
    """A zygote as the tests themselves were started."""
    with open_zygote("as_started", blob) as zygote:
        yield zygote


def ends(zygote, names):
    """How each attack ended: with a signal, or the error that it got."""
    fates = {name: zygote.run(name) for name in names}
    return {name: fate.ended or fate.told for name, fate in fates.items()}


def test_every_attack_fails_as_it_should(plain):
    """Files, descriptors, sockets, processes, rights and memory: an error or SIGSYS, exactly the expected one."""
    assert ends(plain, EXPECTED) == EXPECTED


def test_the_core_of_the_attacks_fails_everywhere(zygote):
    """Also without namespaces, without root and with capabilities that were taken before."""
    assert ends(zygote, CORE) == {name: EXPECTED[name] for name in CORE}


def test_only_one_descriptor_is_left(zygote):
    """The standard streams are open and lead nowhere."""
    assert zygote.run("open_descriptors").told == [0, 1, 2]


def test_layers_are_those_of_the_surroundings(zygote):
    """Seccomp, no_new_privs and limits are there always, namespaces where they are permitted; nothing is silent."""
    child = zygote.start("leave")
    names, missing = set(child.ready["layers"]), set(child.ready["missing"])
    child.begin()
    assert child.fate().ended == 86
    assert {"seccomp", "no_new_privs", "no_capabilities", "rlimits", "pdeathsig"} <= names
    spaces = {f"{kind}_namespace" for kind in ("user", "net", "mount", "ipc", "uts", "pid")}
    if "container" in zygote.kind:
        assert spaces <= missing
    assert spaces <= names | missing
    assert ("pid_namespace" in names) == zygote.pid_namespaces
    assert ("uid:65534" in names) == (zygote.kind == "governing_root")
    assert not names & missing


def test_memory_is_limited_in_every_way_together(plain):
    """With 64 MiB left, native code has 64 MiB, however it asks."""
    child, _ = start_limited(plain, "all_memory", 64 * MIB)
    got = child.fate().told
    assert 56 <= got["mapped"] <= 64
    assert sum(got.values()) <= 64


def test_memory_that_is_hidden_from_the_charge_is_seen_as_resident(plain):
    """Only native code can hide it (V8 frees what it makes inaccessible), and only the gateway's watch ends that."""
    child, resident = start_limited(plain, "hidden_memory", 64 * MIB)
    hidden = int(child.line())
    assert status_bytes(child.pid, "VmRSS") - resident >= hidden * MIB
    child.begin()
    assert child.fate().told == hidden


def test_a_function_that_wants_all_memory_gets_its_share(plain):
    """V8 gives up, the function or the process; either way no more is used."""
    child, resident = start_limited(plain, "objects", 64 * MIB)
    fate = child.fate()
    if fate.ended:
        assert -fate.ended in {signal.SIGTRAP, signal.SIGSEGV, signal.SIGILL, signal.SIGABRT, signal.SIGBUS}
    else:
        assert fate.told[0].startswith("failed")
    assert 48 * MIB < fate.peak - resident < 80 * MIB


def start_limited(zygote, name, spare):
    """A child that has begun with `spare` bytes to take, and what it had resident before."""
    child = zygote.start(name)
    limit = status_bytes(child.pid, "VmData") + spare
    resident = status_bytes(child.pid, "VmRSS")
    resource.prlimit(child.pid, resource.RLIMIT_DATA, (limit, limit))
    child.begin()
    return child, resident


def status_bytes(pid, field):
    """A size of /proc/PID/status."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split(f"{field}:")[1].split()[0]) * KIB


def test_threads_are_limited_where_users_are_counted_apart(zygote):
    """A flood of threads would take the kernel's memory, which no limit of memory counts."""
    if zygote.kind in {"nobody", "governing_root"} and zygote.pid_namespaces:
        assert 400 < zygote.run("threads").told <= 512


def test_the_first_to_be_killed_is_a_cell(plain):
    """When the machine runs out of memory."""
    child = plain.start("wait")
    adjustment = Path(f"/proc/{child.pid}/oom_score_adj").read_text()
    child.begin()
    child.channel.shutdown(1)
    assert child.fate().told == 0
    assert int(adjustment) == 1000


def test_children_are_the_gateways_and_outlive_the_zygote(blob):
    """The test, which started the zygote, reaps what the zygote made; without the zygote it goes on as before."""
    with open_zygote("as_started", blob) as zygote:
        child = zygote.start("python")
        zygote.process.kill()
        zygote.process.wait()
        child.begin()
        assert child.fate().ended == 0


GATEWAY = """
import sys, time
from pathlib import Path
from tests.support.cell_zygote import open_zygote
with open_zygote(sys.argv[1], Path(sys.argv[2])) as zygote:
    child = zygote.start(sys.argv[3])
    child.begin()
    print(child.pid, zygote.process.pid, flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("work", ["wait_for_ever", "spin"])
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_outlives_a_gateway_that_was_killed(blob, kind, work):
    """Neither the zygote nor a child that looks at nothing, in a namespace or not, busy or not."""
    command = [sys.executable, "-c", GATEWAY, kind, str(blob), work]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True) as gateway:
        pids = [int(pid) for pid in gateway.stdout.readline().split()]
        watched = [os.pidfd_open(pid) for pid in pids]
        gateway.kill()
        killed = time.monotonic()
        for pidfd in watched:
            wait_for_end(pidfd)
            os.close(pidfd)
    assert len(watched) == 2
    assert time.monotonic() - killed < 5


# -- what must still work


def test_isolates_come_and_go_in_a_sealed_process(zygote):
    """200, one after the other, each with randomness of its own; no thread stays."""
    told = zygote.run("isolates").told
    assert len(set(told["drawn"])) == 200
    assert all(0 <= float(drawn) < 1 for drawn in told["drawn"])
    assert told["threads"] == 1


def test_isolates_work_side_by_side_in_a_sealed_process(plain):
    """20 threads each make one and let it compute."""
    assert plain.run("isolates_at_once").told == ["true"] * 20


def test_siblings_draw_different_numbers(plain):
    """Processes of one zygote have the same memory, and different seeds."""
    drawn = [number for _ in range(3) for number in plain.run("isolates").told["drawn"]]
    assert len(set(drawn)) == 600


def test_javascript_of_every_kind_works_in_a_sealed_process(zygote):
    """Compiled code, WebAssembly, buffers, Intl: alone, and together."""
    told = zygote.run("javascript").told
    expected = {
        "collections": "100000",
        "buffers": "1048576",
        "resized": "4194304",
        "compiled": "200",
        "wasm": "49",
        "regexp": "5000",
        "intl": "1.234.567,501/01/1970",
        "strings": "488890",
        "thrown": "RangeError",
        "temporal": "true",
        "weak": "1",
        "proxies": "A",
        "generators": "10000",
    }
    assert told == {"alone": expected, "together": [*expected.values()] * 2}


def test_python_works_in_a_sealed_process(zygote):
    """JSON, msgpack, hashes, compression, threads, queues and the socket."""
    assert zygote.run("python").told == [True, 5, 64 * MIB]


def test_abort_ends_a_sealed_process(plain):
    """Though it cannot signal itself."""
    fate = plain.run("abort")
    assert -fate.ended in {signal.SIGSEGV, signal.SIGILL, signal.SIGABRT, signal.SIGTRAP}
    assert fate.told is None


def test_the_code_range_is_trimmed(plain):
    """496 MiB of the 512 that V8 reserves, within a guard page or two."""
    child = plain.start("leave")
    child.begin()
    child.fate()
    assert abs(child.ready["trimmed"] - 496 * MIB) <= MIB
    assert child.ready["trimmed"] % (4 * KIB) == 0
