"""Functions call Python of the operator: `[functions.x.bindings]`."""

from __future__ import annotations

import json
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.support.gateway_process import gateway, until

pytestmark = [pytest.mark.integration, pytest.mark.slow]

DATA = Path(__file__).parents[1] / "data" / "bindings"
CONFIG = """
[bindings]
path = ["python"]
[functions.web]
timeout = "20s"
[functions.web.bindings]
shop = { target = "shop:Shop", options = { path = "shop.sqlite3" } }
all = { target = "shop", timeout = "1s", quota = "100000/1s", calls = 50, max_result = "1KiB", max_args = "1KiB" }
inside = { target = "shop:add", run = "gateway" }
few = { target = "shop:version", quota = "2/1h" }
aio = { target = "aio:add", loop = "asyncio", memory = "1GiB" }
[functions.express]
bindings = { inside = "shop:version" }
[functions.bare]
package = "web"
[[routes]]
path = "/*rest"
function = "web"
[[routes]]
path = "/express"
function = "express"
[[routes]]
path = "/bare/*rest"
function = "bare"
strip_prefix = true
"""
AIO = """
import asyncio

async def add(a: float, b: float) -> float:
    await asyncio.sleep(0.01)
    return a + b
"""


@pytest.fixture(scope="module")
def edge(tmp_path_factory, engine_mode):
    """A gateway with functions that call Python."""
    files = {
        "edge.toml": CONFIG,
        "functions/web/index.mjs": (DATA / "functions_web.mjs").read_text(),
        "functions/express/index.js": "module.exports = async (req, res) => res.json(await req.env.inside())",
        "python/shop.py": (DATA / "shop.py").read_text(),
        "python/aio.py": AIO,
    }
    with gateway(tmp_path_factory.mktemp("bindings"), files=files) as running:
        yield running


def call(edge, path, *args, times=1):
    answer = edge.get(f"/{path}?args={quote(json.dumps(args))}&times={times}")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    return found["result"] if "result" in found else (found["name"], found.get("code"), found["message"])


def test_a_function_calls_methods_of_an_object(edge):
    """SQLite behind a class that is opened once, with a schema of its arguments."""
    assert call(edge, "shop/add", {"name": "tea", "price": 2.5}) == 1
    assert call(edge, "shop/find", "tea") == {"name": "tea", "price": 2.5}
    assert call(edge, "shop/find", "gold") == ("Error", "not_found", "there is no gold")
    name, code, message = call(edge, "shop/add", {"name": "tea", "price": -1})
    assert (name, code) == ("TypeError", "binding_arguments")
    assert message == "shop: argument 'item': Expected `float` >= 0.0 - at `$.price`"
    assert call(edge, "shop/_secret")[0] == "TypeError"  # there is no such method


@pytest.mark.parametrize("name", ["all/add", "inside"])
def test_arguments_are_checked_by_the_signature(edge, name):
    """In a process and in the gateway alike: defaults, wrong types, too few and too many."""
    assert call(edge, name, 2, 3) == 5
    assert call(edge, name, 2) == 12
    assert call(edge, name, "x")[0] == "TypeError"
    assert "argument 'a' is missing" in call(edge, name)[2]
    assert "takes at most 2 arguments (3 given)" in call(edge, name, 1, 2, 3)[2]


def test_python_of_asyncio_runs_in_a_process_of_its_own(edge):
    """For libraries that know no other event loop."""
    assert call(edge, "aio", 1.5, 2) == 3.5


def test_every_contract_finds_it_in_its_environment(edge):
    """The Express contract has `req.env`."""
    assert edge.get("/express").json() == 1


def test_a_function_can_call_only_what_its_config_names(edge):
    """Another function of the same package has no such name."""
    assert edge.get("/bare/all/add").json()["name"] == "TypeError"


def test_the_code_learns_who_calls(edge):
    """The function, its name for the binding, and the request."""
    seen = call(edge, "all/who")
    assert (seen["function"], seen["binding"]) == ("web", "all")
    assert 0 < seen["remaining"] <= 1


def test_failures_of_the_code_stay_in_the_log(edge):
    """The function sees that it failed, and nothing else."""
    name, code, message = call(edge, "all/fail")
    assert (name, code) == ("Error", "binding_failed")
    assert "hunter2" not in message
    assert "RuntimeError" not in message
    assert any("hunter2" in entry["traceback"] for entry in edge.logged(event="binding_failed"))
    assert call(edge, "all/unencodable")[1] == "binding_failed"


def test_limits_of_calls_results_and_arguments(edge):
    """Each says what it was and which key sets it."""
    assert call(edge, "all/large", 5000)[1:] == (
        "binding_too_large",
        "binding all: the result has 5002 bytes, and 1KiB are allowed (max_result)",
    )
    assert call(edge, "all/add", "y" * 2000)[1] == "binding_too_large"
    assert call(edge, "all/version", times=50) == 1
    assert call(edge, "all/version", times=51)[1] == "binding_quota"
    answers = [call(edge, "few") for _ in range(3)]
    assert answers[:2] == [1, 1]
    assert answers[2][1] == "binding_quota"


def test_a_call_that_takes_too_long_is_cancelled(edge):
    """The process goes on: the code was told to stop, and did."""
    before = call(edge, "all/pid")
    assert call(edge, "all/sleep", 60)[1] == "binding_timeout"
    assert call(edge, "all/pid") == before


def test_a_process_that_dies_or_hangs_harms_nobody(edge):
    """The call fails, the next one has a new process, the gateway and other bindings go on."""
    before = call(edge, "all/pid")
    assert call(edge, "all/die")[1] == "binding_crashed"
    after = until(lambda: isinstance(found := call(edge, "all/pid"), int) and found, what="a new process")
    assert after != before
    with ThreadPoolExecutor(1) as pool:
        hung = pool.submit(call, edge, "all/hang")
        assert call(edge, "inside", 1, 1) == 2
        assert call(edge, "shop/add", {"name": "milk", "price": 1}) >= 1
        assert hung.result(20)[1] == "binding_timeout"
    again = until(lambda: isinstance(found := call(edge, "all/pid"), int) and found, 15, what="a new process")
    assert again != after


def test_a_process_that_is_killed_is_replaced(edge):
    """Whoever kills it."""
    before = call(edge, "shop/add", {"name": "tea", "price": 1})
    assert call(edge, "all/pid") in edge.named("edge-binding")
    os.kill(call(edge, "all/pid"), signal.SIGKILL)
    until(lambda: isinstance(call(edge, "all/pid"), int), 15, what="a new process")
    assert call(edge, "shop/add", {"name": "tea", "price": 1}) == before


def test_calls_are_counted_in_the_receipt_and_in_metrics(edge):
    """By function, binding and how they ended."""
    assert call(edge, "inside", 1, 1) == 2
    found = edge.operate("GET", "/metrics").text
    assert 'edge_binding_calls_total{binding="inside",function="web",outcome="ok"}' in found
    assert 'edge_binding_calls_total{binding="all",function="web",outcome="timeout"}' in found


def test_changed_code_serves_without_a_restart(edge):
    """A file that cannot be imported changes nothing; the next good one does."""
    file = Path(edge.folder) / "python" / "shop.py"
    good = file.read_text()
    file.write_text("def broken(:\n")
    until(lambda: edge.log(event="binding_reload_failed"), 15, what="the failure in the log")
    assert call(edge, "all/version") == 1
    file.write_text(good.replace("VERSION = 1", "VERSION = 22"))
    until(lambda: call(edge, "all/version") == 22, 15, what="the new code")


def test_a_config_with_python_that_is_not_there_is_refused(edge):
    """The old generation goes on; the message names binding and reason; the plan tells what is new."""
    file = Path(edge.folder) / "edge.toml"
    file.write_text(CONFIG.replace('"shop:version"', '"nowhere:version"'))
    answer = edge.operate("POST", "/config/reload")
    assert answer.status_code == 400, answer.text
    assert "bindings.inside: ModuleNotFoundError: No module named 'nowhere'" in answer.text
    assert edge.get("/express").status_code == 200
    plan = edge.operate("POST", "/config/plan").text
    assert "nowhere:version" in plan
    file.write_text(CONFIG)
    assert edge.operate("POST", "/config/reload").status_code == 200
