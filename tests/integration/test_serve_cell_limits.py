"""Memory and time of functions in cells: what they may use they can use, and what they may not they do not get."""

from __future__ import annotations

import threading
import time

import pytest

from edge.units import MIB
from tests.support.gateway_process import serving, status_bytes, until

ENGINE_MODES = ("cells",)
CAPS = (32, 64, 128, 256)
ALLOWED_OVER = 32 * MIB

OBJECTS = """
module.exports = (req, res) => {
  const kept = [];
  for (let bytes = 0; bytes < MIB * 2 ** 20 * Number(req.query.share); bytes += 2 ** 17 * 8) {
    const numbers = new Array(2 ** 17);
    for (let i = 0; i < numbers.length; i += 1) numbers[i] = i + 0.5;
    kept.push(numbers);
  }
  res.send(String(kept.length));
};
"""
BUFFERS = """
module.exports = (req, res) => {
  const kept = [];
  for (let bytes = 0; bytes < MIB * 2 ** 20 * Number(req.query.share); bytes += 2 ** 20) {
    kept.push(new Uint8Array(2 ** 20).fill(1));
  }
  res.send(String(kept.length));
};
"""


class Peak:
    """By how much the private memory of any cell grew while inside, over an idle one's when it was less before."""

    def __init__(self, edge, idle):
        self._edge = edge
        self._idle = idle
        self._stop = threading.Event()
        self._before = settled(edge)
        self.bytes = 0

    def _watch(self):
        while not self._stop.wait(0.005):
            for pid, size in anonymous(self._edge).items():
                self.bytes = max(self.bytes, size - max(self._before.get(pid, 0), self._idle))

    def __enter__(self):
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()


def anonymous(edge):
    """Private memory of each cell."""
    sizes = {pid: status_bytes(pid, "RssAnon") for pid in edge.named("edge-cell")}
    return {pid: size for pid, size in sizes.items() if size}


def settled(edge):
    """The same, once no cell is being made: one that is not ready yet has touched less than a blank one."""
    seen = []

    def same_again():
        seen.append(anonymous(edge))
        return len(seen) > 5 and all(sizes == seen[-1] for sizes in seen[-6:])

    until(same_again, 10, "rest")
    return seen[-1]


@pytest.fixture(scope="module")
def edge(tmp_path_factory, engine_mode):
    """Each kind at each cap, and others."""
    functions = {}
    for cap in CAPS:
        for kind, source in (("objects", OBJECTS), ("buffers", BUFFERS)):
            functions[f"{kind}{cap}"] = {
                "index.js": source.replace("MIB", str(cap)),
                "function.toml": f'memory = "{cap}MiB"\ntimeout = "20s"',
            }
    functions["hello"] = "module.exports = (req, res) => res.send('hello')"
    functions["aborts"] = "module.exports = () => { const a = []; a.length = 2 ** 32 - 1; a.fill(1) }"
    functions["deaf"] = {
        "index.js": "module.exports = () => { Array.prototype.includes.call({ length: 2 ** 53 - 1 }, 1) }",
        "function.toml": 'timeout = "500ms"',
    }
    functions["keys"] = {
        "index.js": """
        const publicExponent = new Uint8Array([1, 0, 1]);
        const algorithm = { name: 'RSA-PSS', hash: 'SHA-256', modulusLength: 16384, publicExponent };
        module.exports = async (req, res) => {
          if (req.query.large) await crypto.subtle.generateKey(algorithm, false, ['sign']);
          res.send('done');
        };
        """,
        "function.toml": 'cpu = "500ms"',
    }
    functions["crashes"] = {
        "index.js": "module.exports = (req, res) => { let s = 'x'; for (;;) s = (s + s).split('').join('') }",
        "function.toml": 'memory = "64MiB"',
    }
    sets = ("--set", "engine.pool_size=1", "--set", "log.level=debug")
    with serving(tmp_path_factory.mktemp("cells"), functions, *sets) as running:
        yield running


@pytest.fixture(scope="module")
def idle(edge):
    """What a cell holds that has its function and does nothing."""
    assert edge.get("/hello").text == "hello"
    return max(settled(edge).values())


@pytest.mark.parametrize("kind", ["objects", "buffers"])
@pytest.mark.parametrize("cap", CAPS)
def test_a_function_may_use_85_percent_of_its_memory(edge, cap, kind):
    """The cap is precise: this much is there."""
    answer = edge.get(f"/{kind}{cap}?share=0.85")
    assert answer.status_code == 200, answer.text


def test_running_out_of_memory_is_told_at_once(edge):
    """Also when nothing is left to report the end of a run with, which happens once in some fifty."""
    outcomes = {edge.get("/buffers32?share=3").headers["edge-outcome"] for _ in range(150)}
    assert outcomes <= {"memory", "exception"}


@pytest.mark.parametrize("kind", ["objects", "buffers"])
@pytest.mark.parametrize("cap", CAPS)
def test_no_function_gets_more_than_its_memory(edge, idle, cap, kind):
    """Whatever it tries, its cell stays within what an idle one has, the cap and 32 MiB."""
    with Peak(edge, idle) as peak:
        answer = edge.get(f"/{kind}{cap}?share=3")
    assert answer.status_code == 500
    assert answer.headers["edge-outcome"] in {"memory", "exception"}, answer.text
    assert cap * MIB / 2 < peak.bytes <= cap * MIB + ALLOWED_OVER
    assert edge.get("/hello").text == "hello"


def test_the_answer_names_the_memory_limit(edge):
    """And what to do about it."""
    answer = edge.get("/objects32?share=3")
    assert answer.json()["error"]["code"] == "memory_limit"
    assert "32MiB" in answer.json()["error"]["message"]


def test_what_would_abort_the_engine_ends_its_cell_alone(edge):
    """V8 treats running out of memory as fatal."""
    answer = edge.get("/aborts")
    assert answer.status_code == 500
    assert answer.headers["edge-outcome"] in {"memory", "crash"}
    assert edge.get("/hello").text == "hello"


def test_code_that_ignores_termination_is_killed(edge):
    """The client has its answer at the deadline; the process is gone a moment later, and the function works."""
    began = time.monotonic()
    before = set(edge.named("edge-cell"))
    answer = edge.get("/deaf")
    assert (answer.status_code, answer.headers["edge-outcome"]) == (504, "timeout")
    assert time.monotonic() - began < 0.5 + 1.0
    until(lambda: any(entry.get("key", "").endswith("-deaf") for entry in edge.log(event="cell_gone")), 1, "the kill")
    assert set(edge.named("edge-cell")) != before
    assert edge.get("/hello").text == "hello"


def test_a_neighbour_never_notices(edge):
    """While another function dies again and again."""
    with_errors = []

    def attack():
        with_errors.extend(edge.client.get(f"{edge.url}/crashes").status_code for _ in range(6))

    thread = threading.Thread(target=attack)
    thread.start()
    answers = []
    while thread.is_alive():
        answers.append(edge.get("/hello").status_code)
    thread.join()
    assert set(answers) == {200}
    assert set(with_errors) <= {500, 504}


def test_a_key_that_takes_minutes_to_make_ends_at_the_limit_of_cpu_time(edge):
    """The library cannot be interrupted, so the cell is killed; the function and others answer meanwhile and after."""
    answers = []
    thread = threading.Thread(target=lambda: answers.append(edge.get("/keys?large=1")))
    thread.start()
    begun = time.monotonic()
    while thread.is_alive():
        assert edge.get("/keys").text == "done"
        assert edge.get("/hello").text == "hello"
    thread.join()
    assert (answers[0].status_code, answers[0].json()["error"]["code"]) == (504, "cpu_limit")
    assert time.monotonic() - begun < 8
    assert edge.get("/keys").text == "done"
