"""Functions of every contract through a real gateway process, with startup snapshots and without."""

from __future__ import annotations

import pytest

from tests.support.gateway_process import serving
from tests.support.local_origin import local_origin

pytestmark = [pytest.mark.integration, pytest.mark.slow]

SYNC = """
module.exports = (req, res) => {
  console.log('seen', req.method, req.path);
  console.error(new Error('only said'));
  res.set('X-Base', req.baseUrl).status(201).json({ url: req.originalUrl, query: req.query, body: req.body });
};
"""
ASYNC = """
const { setTimeout: wait } = require('node:timers/promises');
module.exports = async (req, res) => {
  const seen = [];
  setTimeout(() => seen.push('timeout'), 20);
  setImmediate(() => seen.push('immediate'));
  queueMicrotask(() => seen.push('microtask'));
  const interval = setInterval(() => seen.push('interval'), 15);
  await wait(5);
  await sleep(50);
  clearInterval(interval);
  seen.push('end');
  res.send(seen.join(' '));
};
"""
ROUTER = """
const router = Router();
router.use((req, res, next) => { res.set('x-middleware', 'ran'); next(); });
router.get('/items/:id', (req, res) => res.json({ id: req.params.id }));
router.post('/items', (req, res) => res.status(201).send(`made ${req.body.name}`));
router.get('/throws', () => { throw new TypeError('from a route'); });
module.exports = router;
"""
WEB = {
    "index.ts": """
import { greet, type Greeting } from './lib/greet';
import data from './data.json';
interface Env { KV: { incr(key: string): Promise<number> } }
export default {
  async fetch(request: Request, env: Env, ctx: { waitUntil(p: Promise<unknown>): void }): Promise<Response> {
    const url = new URL(request.url);
    const said: Greeting = greet(url.searchParams.get('name') ?? 'nobody');
    ctx.waitUntil(env.KV.incr('visits'));
    const seen = { said, data, body: await request.text(), path: url.pathname };
    return Response.json(seen, { headers: { 'x-web': 'yes' } });
  },
};
""",
    "lib/greet.ts": "export type Greeting = string;\nexport const greet = (name: string): Greeting => `hello ${name}`;",
    "data.json": '{"from": "json"}',
}
FUNCTION_ONLY = "export default async (request) => new Response(`${request.method} ${await request.text()}`);"
EVENT = """
exports.handler = async (event, context) => ({
  statusCode: 202,
  headers: { 'x-version': event.version },
  body: Buffer.from(
    `${event.requestContext.http.method} ${event.rawPath} ${event.body} ${typeof context.awsRequestId}`,
  ).toString('base64'),
  isBase64Encoded: true,
});
"""
ENVIRONMENT = """
module.exports = (req, res) => {
  const before = process.env.GREETING;
  (function () {
    'use strict';
    process.env.GREETING = 'changed'; process.env.NEW = 'made'; delete process.env.GREETING;
  })();
  const { GREETING: after, NEW: made = null, HOST_ONLY: gateways = null } = process.env;
  res.json({ before, after, made, gateways, names: Object.keys(process.env) });
};
"""
KV = """
module.exports = async (req, res) => {
  await kv.set('plain', { deep: [1, 'two', null] });
  await kv.set('short', 'gone', 30);
  const written = await kv.get('plain');
  const count = await kv.incr('count', 2);
  await sleep(60);
  const missing = await kv.get('nothing'), short = await kv.get('short');
  res.json({ written, count, missing, short, had: await kv.delete('plain'), has: await kv.has('plain') });
};
"""
FETCH = """
module.exports = async (req, res) => {
  try {
    const answer = await fetch(req.query.url, { headers: { 'x-to': req.query.to ?? '' } });
    res.json({ status: answer.status, body: await answer.json() });
  } catch (error) {
    res.json({ refused: `${error.name}: ${error.message}`, cause: String(error.cause ?? '') });
  }
};
"""
REJECTS = """
let told = 0;
addEventListener('unhandledrejection', (event) => {
  told += 1;
  if (event.reason === 'expected') event.preventDefault();
});
module.exports = async (req, res) => {
  Promise.reject(req.path === '/expected' ? 'expected' : new Error('nobody handles this'));
  await sleep(1);
  res.send(`told ${told}`);
};
"""
FUNCTIONS = {
    "sync": SYNC,
    "rejects": REJECTS,
    "async": ASYNC,
    "router": ROUTER,
    "web": WEB,
    "plain": {"index.mjs": FUNCTION_ONLY},
    "event": EVENT,
    "environment": {"index.js": ENVIRONMENT, "function.toml": '[env]\nGREETING = "hi"\n'},
    "kv": KV,
    "fetch": FETCH,
    "allowed": {"index.js": FETCH},
}


@pytest.fixture(scope="module")
def origin(engine_mode):
    with local_origin() as server:
        yield server


@pytest.fixture(scope="module", params=[True, False], ids=["snapshots", "no snapshots"])
def edge(request, tmp_path_factory, origin, engine_mode):
    """One gateway for the module; only fetches to the local origin are allowed."""
    allow = f'egress.allow=[{{ host = "127.0.0.1", port = {origin.server_port}, private = true }}]'
    folder = tmp_path_factory.mktemp("contracts")
    with serving(folder, FUNCTIONS, "--set", allow, env={"HOST_ONLY": "1"}, snapshots=request.param) as running:
        running.snapshots = request.param
        yield running
        assert running.alive()


def test_snapshots_are_used_exactly_where_they_are_available(edge):
    """Otherwise half of this module would test the same thing twice."""
    levels = {function["name"]: function["level"] for function in edge.operate("GET", "/functions").json()["functions"]}
    if edge.snapshots:
        assert set(levels.values()) == {"initialised"}
    else:
        assert set(levels.values()) == {"source"}


def test_an_express_handler_answers_and_its_console_is_in_the_log_under_the_request_id(edge):
    """Parsed body and query, the part of the path that it does not see, and log lines that can be found again."""
    answer = edge.post("/sync/a/b?x=1&y=2", json={"k": [1]}, headers={"X-Request-Id": "contract-1"})
    assert (answer.status_code, answer.headers["edge-outcome"], answer.headers["edge-request-id"]) == (
        201,
        "ok",
        "contract-1",
    )
    assert answer.json() == {"url": "/sync/a/b?x=1&y=2", "query": {"x": "1", "y": "2"}, "body": {"k": [1]}}
    assert answer.headers["x-base"] == "/sync"
    edge.logged(event="request", request_id="contract-1")
    [(info, first), (error, second)] = edge.console("contract-1")
    assert (info, first, error) == ("info", "seen POST /a/b", "error")
    assert second.startswith("Error: only said\n    at module.exports (/app/index.js:4:17)")


def test_an_async_handler_waits_for_timers_in_their_order(edge):
    """Microtasks before tasks, tasks before timers, timers by their time."""
    answer = edge.get("/async")
    assert answer.status_code == 200
    seen = answer.text.split()
    assert seen[:2] == ["microtask", "immediate"]
    assert seen[-1] == "end"
    assert seen.count("timeout") == 1
    assert 2 <= seen.count("interval") <= 4


def test_an_unhandled_rejection_fails_the_invocation_unless_a_listener_of_the_module_prevents_it(edge):
    """V8 tells the runtime in every kind of process, and a listener may be part of the snapshot."""
    assert edge.get("/rejects/expected").text == "told 1"
    failed = edge.get("/rejects")
    assert (failed.status_code, failed.headers["edge-outcome"]) == (500, "exception")
    logged = edge.logged(event="request", request_id=failed.headers["edge-request-id"])
    assert "unhandled rejection: Error: nobody handles this" in str(logged)


def test_a_router_finds_its_routes(edge):
    """With middleware, parameters and parsed bodies; what it does not know is 404 by the function itself."""
    found = edge.get("/router/items/a%20b")
    assert (found.json(), found.headers["x-middleware"]) == ({"id": "a b"}, "ran")
    made = edge.post("/router/items", json={"name": "it"})
    assert (made.status_code, made.text) == (201, "made it")
    missing = edge.get("/router/nothing")
    assert (missing.status_code, missing.headers["edge-outcome"]) == (404, "ok")


def test_a_web_function_in_typescript_with_imports_answers(edge):
    """Modules in TypeScript, JSON imports, and work that goes on after the answer."""
    answer = edge.post("/web/x?name=Ada", content="text")
    assert answer.json() == {"said": "hello Ada", "data": {"from": "json"}, "body": "text", "path": "/x"}
    assert answer.headers["x-web"] == "yes"
    edge.logged(event="request", function="web")
    assert edge.operate("GET", "/kv/web/visits").text == "1"


def test_a_default_function_in_an_es_module_is_a_web_handler(edge):
    """No configuration says so: the syntax does."""
    assert edge.post("/plain", content="body").text == "POST body"


def test_an_event_function_gets_and_gives_what_lambda_functions_do(edge):
    """Payload format 2.0, and an answer in base64."""
    answer = edge.post("/event/p", content="text", headers={"content-type": "text/plain"})
    assert (answer.status_code, answer.headers["x-version"]) == (202, "2.0")
    assert answer.text in {"POST /p text string", "POST /event/p text string"}


def test_the_environment_is_that_of_the_function_and_cannot_be_changed(edge):
    """Neither by assignment nor by deletion, and nothing of the gateway's own environment is in it."""
    found = edge.get("/environment").json()
    assert (found["before"], found["after"], found["gateways"]) == ("hi", "hi", None)
    assert found["made"] is None
    assert "GREETING" in found["names"]
    assert not {"HOME", "PYTHONPATH", "PYTHONFAULTHANDLER"} & set(found["names"])


def test_kv_keeps_values_between_invocations(edge):
    """Structured values, counters, expiry and deletion."""
    first, second = edge.get("/kv").json(), edge.get("/kv").json()
    assert first["written"] == {"deep": [1, "two", None]}
    assert (second["count"] - first["count"], first["missing"], first["short"]) == (2, None, None)
    assert (first["had"], first["has"]) == (True, False)


def test_fetch_reaches_what_egress_allows_and_nothing_else(edge, origin):
    """The allowed address answers; another port, another name of it and a redirect to elsewhere are refused."""
    here = f"http://{origin.address}"
    allowed = edge.get("/fetch", params={"url": f"{here}/data"}).json()
    assert (allowed["status"], allowed["body"]["path"]) == (200, "/data")
    asked = len(origin.asked)
    for url in (
        f"{edge.admin}/config",
        f"http://127.0.0.1:{origin.server_port + 1}/",
        "http://169.254.169.254/latest/",
    ):
        answer = edge.get("/fetch", params={"url": url}).json()
        assert answer["refused"].startswith("TypeError: "), answer
    assert len(origin.asked) == asked
    redirected = edge.get("/fetch", params={"url": f"{here}/elsewhere", "to": f"{edge.admin}/config"}).json()
    assert redirected["refused"].startswith("TypeError: ")


def test_without_a_rule_loopback_is_out_of_reach(tmp_path, origin):
    """The default policy is the public internet only."""
    with serving(tmp_path, {"fetch": FETCH}) as edge:
        asked = len(origin.asked)
        answer = edge.get("/fetch", params={"url": f"http://{origin.address}/data"}).json()
        assert "Network policy blocked connection to 127.0.0.1" in answer["refused"]
        assert len(origin.asked) == asked
