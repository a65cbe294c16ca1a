"""Where the value of a secret is, and where it must not be: logs, answers, dumps, files, memory of other processes."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.support.gateway_process import gateway, until

ENGINE_MODES = ("cells",)
FIRST, SECOND = "s3cr3t-FIRST-7f1c9a", "s3cr3t-SECOND-b204e8"
MARK = "mark-of-the-other-function-51d3"
CONFIG = """
[log]
expose_errors = true
[functions.holder]
secrets = ["API_KEY"]
[functions.other]
env = { MARK = "mark-of-the-other-function-51d3" }
[[routes]]
path = "/holder/*rest"
function = "holder"
[[routes]]
path = "/other"
function = "other"
"""
HOLDER = """
module.exports = async (req, res) => {
  const key = process.env.API_KEY;
  if (req.path === '/holder/logs') { console.log('the key is', key, { key }); return res.send('logged'); }
  if (req.path === '/holder/throws') throw new Error(`no luck with ${key}`);
  if (req.path === '/holder/rejects') { Promise.reject(new TypeError(key)); await sleep(10); return res.send('ok'); }
  if (req.path === '/holder/header') return res.set('x-bad', `${key}\\n`).send('');
  if (req.path === '/holder/hangs') { await kv.set(key, 1); await fetch(`http://127.0.0.1:1/${key}`); }
  res.send(String(key.length));
};
"""
OTHER = "module.exports = (req, res) => res.json([process.env.MARK, Object.keys(process.env).includes('API_KEY')])"


def swap(mount, value):
    """Another version of a secret, as Kubernetes puts it in place: by a link that is renamed."""
    number = sum(path.name.startswith("..2") for path in mount.iterdir())
    version = mount / f"..2026_{number}"
    version.mkdir()
    (version / "API_KEY").write_text(value + "\n")
    (mount / "..data_tmp").symlink_to(version.name)
    (mount / "..data_tmp").rename(mount / "..data")
    if not (mount / "API_KEY").is_symlink():
        (mount / "API_KEY").symlink_to("..data/API_KEY")


@pytest.fixture(scope="module")
def mount(tmp_path_factory):
    mount = tmp_path_factory.mktemp("mount")
    swap(mount, FIRST)
    return mount


@pytest.fixture(scope="module")
def edge(tmp_path_factory, engine_mode, mount):
    files = {"edge.toml": CONFIG, "functions/holder/index.js": HOLDER, "functions/other/index.js": OTHER}
    env = {"API_KEY_FILE": str(mount / "API_KEY")}
    with gateway(tmp_path_factory.mktemp("secrets"), files=files, env=env) as running:
        yield running


def test_what_a_function_says_of_its_secret_is_not_in_the_log(edge):
    """Not what it writes, throws, rejects with or cannot send; nor is it in answers that show errors."""
    for path in ("logs", "throws", "rejects", "header", "hangs"):
        answer = edge.get(f"/holder/{path}")
        assert FIRST not in answer.text
        edge.logged(event="request", request_id=answer.headers["edge-request-id"])
    until(lambda: edge.log(event="function_log"))
    assert "[redacted]" in edge.text()
    assert FIRST not in edge.text()


def test_no_description_holds_a_secret(edge):
    """Whatever operators ask for."""
    for path in ("/config", "/functions", "/functions/holder", "/metrics", "/health/detailed", "/limits", "/ready"):
        assert FIRST not in edge.operate("GET", path).text, path
    for path in (
        "/invocations",
        "/logs",
        "/schedules",
        "/openapi.json",
        "/egress/explain?function=holder&url=http://x",
    ):
        assert FIRST not in edge.operate("GET", path).text, path


def test_no_file_holds_a_secret(edge):
    """Snapshots are made without; the store holds it only when the function puts it there, as this one did."""
    assert edge.get("/holder/").text == str(len(FIRST))
    files = [path for path in edge.folder.rglob("*") if path.is_file()]
    assert any("compiled" in path.parts for path in files)
    holding = {path.name for path in files if FIRST.encode() in path.read_bytes()}
    assert {name.partition("-")[0] for name in holding} <= {"kv.sqlite3"}


def memory_of(pid):
    """What a process has written, piece by piece."""
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            found = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw.. ", line)
            start, end = (int(part, 16) for part in found.groups()) if found else (0, 0)
            for at in range(start, end, 1 << 24):
                try:
                    memory.seek(at)
                    yield memory.read(min(end - at, (1 << 24) + 64))
                except OSError:
                    break


def holds(pid, text):
    """In the encodings that V8 and Python keep text in."""
    forms = (text.encode(), text.encode("utf-16-le"))
    return any(form in piece for piece in memory_of(pid) for form in forms)


def test_no_other_process_holds_a_secret(edge):
    """Not the zygote that all cells are made from, and not a cell of another function."""
    if os.geteuid() != 0:
        pytest.skip("reading the memory of cells takes root")
    assert edge.get("/holder/").text == str(len(FIRST))
    assert edge.get("/other").json() == [MARK, False]
    cells = edge.named("edge-cell")
    found = {pid: (holds(pid, FIRST), holds(pid, MARK)) for pid in cells}
    assert (True, False) in found.values(), "the search finds nothing"
    assert (False, True) in found.values(), "the search finds nothing"
    assert (True, True) not in found.values()
    [zygote] = edge.named("edge-zygote")
    assert not holds(zygote, FIRST)


def test_a_secret_that_is_mounted_anew_is_in_force_at_once(edge, mount):
    """By a link that leads elsewhere; requests go on meanwhile, and the old value is gone."""
    swap(mount, SECOND)
    until(lambda: edge.get("/holder/").text == str(len(SECOND)), 10, "the new value")
    assert edge.get("/other").json() == [MARK, False]
    edge.get("/holder/logs")
    assert SECOND not in edge.text()
