"""Functions and a client for tests of deferred invocations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.gateway_process import until

if TYPE_CHECKING:
    from tests.support.gateway_process import GatewayProcess

FILES = {
    "functions/echo/index.js": """
exports.handler = async (event, context) => {
  const { 'edge-attempt': attempt, 'edge-invocation-id': id, 'x-amz-invocation-type': type } = event.headers;
  return { statusCode: 200, body: JSON.stringify({ method: event.httpMethod, path: event.rawPath, body: event.body,
    attempt, type, same: id === context.awsRequestId, key: event.headers['idempotency-key'] ?? null,
    token: event.headers.authorization ?? null }) };
};""",
    "functions/flaky/index.js": """
module.exports = async (req, res) => {
  const n = await kv.incr(req.path);
  if (req.path === '/throw' && n < 2) throw new Error('not yet');
  res.status(n < 3 ? Number(req.query.status ?? 500) : 200).send(String(n));
};""",
    "functions/poison/index.js": "module.exports = () => { throw new Error('poison') };",
    "functions/letters/index.js": """
module.exports = async (req, res) => { await kv.set(req.body.id, req.body); throw new Error('letters fail too') };""",
    "functions/slow/index.js": """
module.exports = async (req, res) => {
  await kv.set(`began${req.path}`, 1);
  await sleep(Number(req.query.ms ?? 15000));
  res.send('slow');
};""",
    "functions/count/index.js": """
module.exports = async (req, res) => {
  const now = await kv.incr('now');
  await kv.set(`now:${now}`, true);
  await sleep(20);
  await kv.incr('now', -1);
  await kv.incr('all');
  res.send('');
};""",
    "functions/big/index.js": "module.exports = (req, res) => res.type('bin').send(Buffer.alloc(100000, 255));",
}
GONE = "[functions.gone]\npackage = 'echo'\n"
CONFIG = """
[egress]
allow = ["all"]
[queue]
concurrency = 4
max_payload = "10KiB"
max_waiting = 1200
[functions.echo]
[functions.flaky]
async = { backoff = "20ms" }
[functions.poison]
async = { retries = 1, backoff = "10ms", dead_letter = "letters" }
[functions.letters]
async = { retries = 0 }
[functions.slow]
async = { backoff = "10ms" }
[functions.count]
concurrency = 3
[functions.big]
"""


class Queue:
    """The deferred invocations of a gateway, over its admin listener."""

    def __init__(self, edge: GatewayProcess) -> None:
        self.edge = edge

    def put(self, path: str, **options):
        """Accept one; its id."""
        answer = self.edge.operate("POST", f"/invoke-async/{path}", **options)
        assert answer.status_code == 202, answer.text
        return answer.json()["id"]

    def get(self, name):
        """What is known of it."""
        return self.edge.operate("GET", f"/invocations/{name}").json()

    def end(self, name, seconds=10):
        """What is known of it when it is over."""
        return until(
            lambda: found if (found := self.get(name))["status"] not in {"queued", "running"} else None, seconds, name
        )

    def listing(self, **query):
        """A page of them."""
        return self.edge.operate("GET", "/invocations", params=query).json()
