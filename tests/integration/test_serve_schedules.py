"""Functions that run by the clock, in real gateways."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.support.gateway_process import serving, until

ENGINE_MODES = ("cells",)
FUNCTIONS = {
    "web": {
        "index.mjs": """
        export default { async scheduled(controller, env) { await env.KV.incr(String(controller.scheduledTime)); } };
        """,
        "function.toml": '[[schedule]]\ncron = "@every 1s"\noverlap = "parallel"',
    },
    "express": {
        "index.js": "module.exports = (req, res) => { throw new Error(req.path + req.headers['x-scheduled-cron']) }",
        "function.toml": """
        schedule = [
          { cron = "@every 2s", timezone = "Asia/Tokyo", retries = 1, backoff = "100ms", overlap = "parallel" }
        ]
        """,
    },
}


@pytest.fixture(scope="module")
def pair(tmp_path_factory, engine_mode):
    """Two gateways that serve the same functions and share a store."""
    shared = f"storage.data_dir={tmp_path_factory.mktemp('shared')}"
    one, two = tmp_path_factory.mktemp("one"), tmp_path_factory.mktemp("two")
    with serving(one, FUNCTIONS, "--set", shared) as first, serving(two, FUNCTIONS, "--set", shared) as second:
        yield first, second


def counts(edge):
    """How often `web` ran for each tick."""
    keys = [each["key"] for each in edge.operate("GET", "/kv/web").json()["keys"]]
    return {int(key): edge.operate("GET", f"/kv/web/{key}").json() for key in keys}


def test_each_tick_runs_once_whichever_gateway_takes_it(pair):
    """Seconds as they come, none twice and none left out."""
    until(lambda: len(counts(pair[1])) > 5, 20, "six ticks")
    found = counts(pair[0])
    assert set(found.values()) == {1}
    ticks = sorted(found)
    assert [b - a for a, b in pairwise(ticks)] == [1000] * (len(ticks) - 1)


def test_failed_runs_are_tried_again_and_remembered(pair):
    """What is to come and what was, in the time zone of the schedule."""

    def tried_again():
        [shown] = pair[0].operate("GET", "/schedules/express?next=3").json()["schedules"]
        return shown if any(run["result"] == "failed" and run.get("attempt") == 2 for run in shown["runs"]) else None

    shown = until(tried_again, 20, "a second attempt")
    run = next(run for run in shown["runs"] if run.get("attempt") == 2)
    assert "/scheduled@every 2s" in run["why"]
    assert run["tick"].endswith("+09:00")
    assert len(shown["next"]) == 3
    assert (shown["cron"], shown["retries"], shown["backoff"], shown["missed"]) == ("@every 2s", 1, 0.1, "skip")


def test_a_gateway_that_is_killed_does_not_stop_the_clock(pair):
    """The other one takes all ticks; with the next edit the schedule is gone."""
    first, second = pair
    first.process.kill()
    before = max(counts(second))
    until(lambda: len([tick for tick in counts(second) if tick > before]) > 2, 20, "more ticks")
    assert set(counts(second).values()) == {1}
    (second.folder / "functions/web/function.toml").write_text("schedule = []\n")
    until(lambda: not second.operate("GET", "/schedules/web").json()["schedules"], 10, "the reload")
    last = max(counts(second))
    [entry] = second.operate("GET", "/schedules").json()["schedules"]
    assert entry["function"] == "express"
    seen = len(second.log(event="scheduled_run", function="express"))
    until(lambda: len(second.log(event="scheduled_run", function="express")) > seen + 1, 20, "time to pass")
    assert max(counts(second)) <= last + 1000


@pytest.mark.parametrize(
    ("path", "status", "part"),
    [
        ("/schedules/nobody", 404, "there is no function"),
        ("/schedules?next=many", 400, "is not a number of ticks"),
        ("/schedules?next=-1", 400, "is not a number of ticks"),
    ],
)
def test_what_cannot_be_shown_is_said(pair, path, status, part):
    """With the reason."""
    answer = pair[1].operate("GET", path)
    assert answer.status_code == status
    assert part in answer.text
