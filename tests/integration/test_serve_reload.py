"""Reloads while requests run: by file, by signal, by the admin listener, by a swapped link; good ones and bad ones."""

from __future__ import annotations

import json
import signal
import threading

import httpx
import pytest
import trio

from tests.support.gateway_process import gateway, until, write_files

pytestmark = [pytest.mark.integration, pytest.mark.slow]

FAILED_RELOADS = 'edge_reloads_total{result="failed"}'
REQUESTS = 1000
CONCURRENCY = 50
REWRITES = 20
PROBE = """
module.exports = async (req, res) => {
  await sleep(1 + Math.random() * 5);
  const [parameter] = Object.keys(req.params);
  res.json({ package: require('./generation.json'), env: process.env.GENERATION, route: parameter });
};
"""
HELLO = "module.exports = (req, res) => res.send(process.env.GREETING);"
BROKEN = [
    "[functions.probe\n",
    "[functions.probe]\nmemry = '1GiB'\n",
    "[functions.probe]\ntimeout = 'soon'\n",
    "[functions.probe]\npackage = 'not-there'\n[[routes]]\npath = '/probe/:x'\nfunction = 'probe'\n",
    "[functions]\nprobe = 1\n",
    "[[routes]]\npath = '/probe/:x'\nfunction = 'unknown'\n",
]


def generation(number):
    """A config whose environment, route and package carry the number."""
    return (
        f'[functions.probe]\npackage = "generation{number}"\nenv = {{ GENERATION = "{number}" }}\n'
        f'[[routes]]\npath = "/probe/:g{number}"\nfunction = "probe"\n'
    )


def replace(path, text):
    """As careful editors do."""
    temporary = path.with_suffix(".new")
    temporary.write_text(text)
    temporary.replace(path)


def serves(answer, number):
    """Whether it is of this generation."""
    return answer.status_code == 200 and answer.json()["package"] == number


async def test_requests_neither_fail_nor_mix_generations_while_the_config_is_rewritten(tmp_path):
    """1,000 requests, 50 at a time; 20 rewrites, every other one invalid; then the last valid one serves."""
    files = {f"functions/generation{n}/index.js": PROBE for n in range(REWRITES // 2 + 1)}
    files |= {f"functions/generation{n}/generation.json": str(n) for n in range(REWRITES // 2 + 1)}
    with gateway(tmp_path, "--config", "edge.toml", files={**files, "edge.toml": generation(0)}) as edge:
        limits = httpx.Limits(max_connections=CONCURRENCY, max_keepalive_connections=CONCURRENCY)
        answers, numbers = [], iter(range(REQUESTS))
        rewritten = trio.Event()
        async with httpx.AsyncClient(trust_env=False, timeout=20, limits=limits) as client:

            async def ask():
                # Goes on after the thousandth for as long as the file still changes.
                while next(numbers, None) is not None or not rewritten.is_set():
                    answers.append(await client.get(f"{edge.url}/probe/x"))

            async def rewrite():
                for step in range(REWRITES):
                    text = generation(step // 2 + 1) if step % 2 else BROKEN[step // 2 % len(BROKEN)]
                    await trio.to_thread.run_sync(replace, tmp_path / "edge.toml", text)
                    with trio.move_on_after(3 if step % 2 else 0.35):
                        while not any(  # noqa: ASYNC110 - what clients are told is what counts
                            serves(answer, step // 2 + 1) for answer in answers[-CONCURRENCY:]
                        ):
                            await trio.sleep(0.05)
                rewritten.set()

            with trio.fail_after(40):
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(rewrite)
                    for _ in range(CONCURRENCY):
                        nursery.start_soon(ask)
        assert len(answers) >= REQUESTS
        assert {answer.status_code for answer in answers} == {200}
        seen = [answer.json() for answer in answers]
        mixed = [
            found for found in seen if not str(found["package"]) == found["env"] == found["route"].removeprefix("g")
        ]
        assert mixed == []
        assert len({found["package"] for found in seen}) > REWRITES // 4
        last = REWRITES // 2
        await trio.to_thread.run_sync(
            until, lambda: edge.get("/probe/x").json()["package"] == last, 5, "the last config"
        )
        assert edge.log(event="crashed") == []
        assert len(edge.log(event="reload_failed")) >= 2


def config(greeting, **extra):
    lines = [f"{key} = {json.dumps(value)}" for key, value in extra.items()]
    return (
        f'[functions.hello]\nenv = {{ GREETING = "{greeting}" }}\n{chr(10).join(lines)}\n'
        '[[routes]]\npath = "/hello"\nfunction = "hello"\n'
    )


FILES = {"functions/hello/index.js": HELLO, "edge.toml": config("one")}


@pytest.fixture
def edge(tmp_path):
    with gateway(tmp_path, "--config", "edge.toml", files=FILES) as running:
        assert running.get("/hello").text == "one"
        yield running


def becomes(edge, text, seconds=3):
    until(lambda: edge.get("/hello").text == text, seconds, f"the answer {text!r}")


def failures(edge):
    lines = edge.operate("GET", "/metrics").text.splitlines()
    return [float(line.rpartition(" ")[2]) for line in lines if line.startswith(FAILED_RELOADS)]


def audited(edge, count):
    """Reloads of the audit log, once there are so many: who, why, status and code."""

    def found():
        entries = edge.operate("GET", "/audit").json()["entries"]
        reloads = [entry for entry in entries if (entry["method"], entry["path"]) == ("POST", "/config/reload")]
        return [(one["who"], one["query"], one["status"], one.get("code", "")) for one in reloads]

    until(lambda: len(found()) >= count, 5, f"{count} lines of the audit log")
    return found()


def test_every_way_to_reload_works(edge, tmp_path):
    """A changed file by itself; the package's files by signal and by the admin listener."""
    replace(tmp_path / "edge.toml", config("two"))
    becomes(edge, "two")
    write_files(tmp_path, {"functions/hello/index.js": HELLO.replace("GREETING)", "GREETING + ' by signal')")})
    edge.send(signal.SIGHUP)
    becomes(edge, "two by signal")
    write_files(tmp_path, {"functions/hello/index.js": HELLO})
    answer = edge.operate("POST", "/config/reload")
    assert (answer.status_code, answer.json()["changed"]) == (200, True)
    assert edge.get("/hello").text == "two"
    again = edge.operate("POST", "/config/reload").json()
    assert (again["changed"], again["generation"]) == (False, answer.json()["generation"])
    assert edge.log(event="reload_failed") == []
    assert audited(edge, 4) == [  # the newest first
        *(("local", "", 200, ""), ("local", "", 200, "")),
        *(("edge", "because=signal", 200, ""), ("edge", "because=config", 200, "")),
    ]


def test_a_failed_reload_is_visible_everywhere_and_changes_nothing(edge, tmp_path):
    """In the answer, the log, the metric and the detail of /ready; a good one clears it."""
    before = edge.operate("GET", "/ready").json()
    assert before["detail"]["last_reload"] == {"ok": True}
    assert failures(edge) in ([], [0])
    replace(tmp_path / "edge.toml", config("two", memry="64MiB"))
    [entry] = edge.logged(event="reload_failed")
    assert entry["level"] == "error"
    assert "edge.toml:3: functions.hello.memry" in entry["error"]
    ready = edge.operate("GET", "/ready")
    assert (ready.status_code, ready.json()["ready"]) == (200, True)
    assert ready.json()["detail"]["last_reload"]["ok"] is False
    assert "functions.hello.memry" in ready.json()["detail"]["last_reload"]["error"]
    assert ready.json()["detail"]["generation"] == before["detail"]["generation"]
    assert failures(edge) == [1]
    assert audited(edge, 1) == [("edge", "because=config", 400, "bad_config")]
    answer = edge.operate("POST", "/config/reload")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_config")
    [problem] = answer.json()["error"]["problems"]
    assert problem.startswith("edge.toml:3: functions.hello.memry: ")
    assert "memory" in problem
    assert edge.get("/hello").text == "one"
    replace(tmp_path / "edge.toml", config("three"))
    becomes(edge, "three")
    assert edge.operate("GET", "/ready").json()["detail"]["last_reload"] == {"ok": True}


@pytest.mark.parametrize(
    ("broken", "named"),
    [
        ({"edge.toml": config("x", package="missing")}, "missing"),
        ({"edge.toml": config("x", secrets=["NO_SUCH_SECRET"])}, "NO_SUCH_SECRET"),
    ],
    ids=["missing package", "missing secret"],
)
def test_a_reload_that_cannot_build_a_package_keeps_the_old_generation(edge, tmp_path, broken, named):
    """The answer says which function and what is missing, without paths of the host."""
    write_files(tmp_path, broken)
    answer = edge.operate("POST", "/config/reload")
    assert answer.status_code == 400
    assert named in answer.text
    assert str(tmp_path) not in answer.text
    assert edge.get("/hello").text == "one"


def test_a_mounted_config_map_is_reloaded_when_its_link_is_swapped(tmp_path):
    """`edge.toml` -> `..data/edge.toml`, `..data` -> `..first`: the swap of `..data` is all that happens."""
    files = {"mount/..first/edge.toml": config("one"), "mount/..second/edge.toml": config("two")}
    root = f'[packages]\nroot = "{tmp_path}/functions"\n[storage]\ndata_dir = "{tmp_path}/data"\n'
    files = {name: root + text for name, text in files.items()}
    write_files(tmp_path, {**files, "functions/hello/index.js": HELLO})
    (tmp_path / "mount/..data").symlink_to("..first")
    (tmp_path / "mount/edge.toml").symlink_to("..data/edge.toml")
    with gateway(tmp_path, "--config", "mount/edge.toml") as edge:
        assert edge.get("/hello").text == "one"
        (tmp_path / "mount/..data_tmp").symlink_to("..second")
        (tmp_path / "mount/..data_tmp").replace(tmp_path / "mount/..data")
        becomes(edge, "two")


def test_limits_of_the_gateway_follow_the_config_too(edge, tmp_path):
    """`server.max_body` needs no restart; what does is named in a warning and keeps its value."""
    assert edge.post("/hello", content=b"x" * 5000).status_code == 200
    replace(tmp_path / "edge.toml", '[server]\nmax_body = "1KiB"\nidle_timeout = "10s"\n' + config("two"))
    becomes(edge, "two")
    assert edge.post("/hello", content=b"x" * 500).status_code == 200
    assert edge.code("/hello", "POST", content=b"x" * 5000)[:2] == (413, "body_too_large")
    [warning] = edge.log(event="config")
    assert "server.idle_timeout" in warning["warning"]


def test_a_request_in_flight_ends_on_the_generation_that_it_began_on(tmp_path):
    """Its function may even be gone from the config by then; its memory goes when it ends."""
    slow = (
        "module.exports = async (req, res) => { res.write('began '); await sleep(1200); "
        "res.end(`${process.env.GREETING} ${await kv.incr('n')}`); };"
    )
    files = {"functions/hello/index.js": slow, "edge.toml": config("one")}
    with (
        gateway(tmp_path, "--config", "edge.toml", files=files) as edge,
        edge.client.stream("GET", f"{edge.url}/hello") as answer,
    ):
        parts = answer.iter_text()
        assert next(parts) == "began "
        replace(tmp_path / "edge.toml", "")
        until(lambda: edge.code("/hello") == (404, "no_route", ""), 2, "the new generation")
        assert "".join(parts).startswith("one ")


def test_a_change_during_the_start_is_not_lost(tmp_path):
    """The file is rewritten when it has been read and nothing is ready yet."""

    def rewrite():
        until((tmp_path / ".edge").exists, 20, "the first file that the gateway writes")
        replace(tmp_path / "edge.toml", config("two"))

    writer = threading.Thread(target=rewrite)
    writer.start()
    try:
        with gateway(tmp_path, "--config", "edge.toml", files=FILES) as edge:
            becomes(edge, "two", 5)
    finally:
        writer.join(20)
