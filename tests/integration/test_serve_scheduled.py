"""Runs that no client asked for, in every contract, begun by an operator."""

from __future__ import annotations

import pytest

from tests.support.gateway_process import gateway

pytestmark = [pytest.mark.integration, pytest.mark.slow]

WEB = """
const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
export default {
  async scheduled(controller, env, ctx) {
    const { cron, scheduledTime, type } = controller;
    console.log(JSON.stringify([cron, scheduledTime, type, Object.prototype.toString.call(controller)]));
    if (cron === '@daily') controller.noRetry();
    if (cron === '@hourly') throw new Error('the run broke');
    ctx.waitUntil(pause(100).then(() => env.KV.set('ran', scheduledTime)));
    if (cron === '@weekly') ctx.waitUntil(pause(10).then(() => { throw new Error('the work broke'); }));
  },
  fetch: () => new Response('fetched'),
};
"""
EXPRESS = """
module.exports = (req, res) => {
  if (req.path !== '/scheduled') return res.status(404).send('no');
  const { 'x-scheduled-execution': by, 'x-scheduled-cron': cron, 'x-scheduled-time': time } = req.headers;
  res.json({ method: req.method, by, cron, time });
};
"""
EVENT = """
exports.handler = async (event, context) => {
  if (event.source === undefined) return { statusCode: 200, body: 'asked' };
  console.log(JSON.stringify([event['detail-type'], event.source, event.time, event.detail.cron, event.resources[0]]));
};
"""
CONFIG = """
[functions.web]
[functions.express]
[functions.event]
[functions.plain]
[functions.broken]
[[routes]]
path = "/express/*rest"
function = "express"
strip_prefix = true
"""
FILES = {
    "edge.toml": CONFIG,
    "functions/web/index.mjs": WEB,
    "functions/express/index.js": EXPRESS,
    "functions/event/index.js": EVENT,
    "functions/plain/index.mjs": "export default { fetch: () => new Response('x') };",
    "functions/broken/index.js": "throw new Error('never loads');",
}


@pytest.fixture(scope="module")
def edge(tmp_path_factory, engine_mode):
    """A gateway with a function of each contract."""
    with gateway(tmp_path_factory.mktemp("scheduled"), files=FILES) as running:
        yield running


def run(edge, name, **query):
    """What the admin listener says of a run."""
    return edge.operate("POST", f"/schedules/{name}/run", params=query)


def test_a_web_function_gets_a_controller(edge):
    """With the expression and time that the operator says, or none and now; the run waits for waitUntil."""
    ran = run(edge, "web").json()
    assert (ran["ok"], ran["outcome"], ran["status"], ran["no_retry"]) == (True, "ok", 204, False)
    assert ran["cron"] == ""
    assert edge.operate("GET", "/kv/web/ran").json() == ran["scheduled_time"]
    [(_, text)] = edge.console(ran["request_id"])
    assert text == f'["",{ran["scheduled_time"]},"scheduled","[object ScheduledController]"]'
    ran = run(edge, "web", cron="@daily", time="2026-01-02T03:04:05Z").json()
    assert (ran["cron"], ran["scheduled_time"], ran["no_retry"]) == ("@daily", 1767323045000, True)


@pytest.mark.parametrize(
    ("cron", "message"), [("@hourly", "Error: the run broke"), ("@weekly", "Error: the work broke")]
)
def test_a_run_that_fails_says_so(edge, cron, message):
    """Also when the work failed that it gave to waitUntil."""
    ran = run(edge, "web", cron=cron)
    assert ran.status_code == 200
    assert (ran.json()["ok"], ran.json()["outcome"], ran.json()["error"]) == (False, "exception", message)
    [entry] = edge.log(event="scheduled_run", request_id=ran.json()["request_id"])
    assert (entry["level"], entry["function"], entry["cron"]) == ("warning", "web", cron)


def test_an_express_function_gets_a_request(edge):
    """POST /scheduled, with a header that no client can send."""
    assert run(edge, "express").json()["status"] == 200
    forged = edge.post("/express/scheduled", headers={"x-scheduled-execution": "true", "x_scheduled_cron": "* * * * *"})
    assert forged.json() == {"method": "POST"}


def test_an_event_function_gets_an_event(edge):
    """Of EventBridge, whatever it returns."""
    ran = run(edge, "event", cron="*/5 * * * *", time="1767323045000").json()
    assert ran["ok"]
    [(_, text)] = edge.console(ran["request_id"])
    arn = "arn:aws:events:local:000000000000:rule/event"
    assert text == f'["Scheduled Event","aws.events","2026-01-02T03:04:05.000Z","*/5 * * * *","{arn}"]'


def test_what_cannot_run_is_said(edge):
    """No such function, one that does not load, one without scheduled(), an expression or time that is none."""
    assert run(edge, "nobody").status_code == 404
    assert run(edge, "broken").json()["error"].startswith("Error: never loads")
    plain = run(edge, "plain").json()
    assert (plain["ok"], plain["outcome"]) == (False, "bad-response")
    assert "no scheduled function" in plain["error"]
    assert run(edge, "web", cron="soon").status_code == 400
    assert run(edge, "web", time="tomorrow").status_code == 400
    metrics = edge.operate("GET", "/metrics").text
    assert 'edge_scheduled_runs_total{function="plain",outcome="bad-response"} 1.0' in metrics
