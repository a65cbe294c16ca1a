"""What must never pass from one invocation, or one function, to another; and what must never reach the disk."""

from __future__ import annotations

import concurrent.futures

import pytest

from tests.support.gateway_process import gateway, serving

pytestmark = [pytest.mark.integration, pytest.mark.slow]

STATE = """
let hits = 0;
globalThis.marks = [];
const own = { seen: [] };
module.exports = (req, res) => {
  hits += 1;
  globalThis.marks.push(req.path);
  own.seen.push(req.path);
  Object.prototype.polluted = (Object.prototype.polluted ?? 0) + 1;
  Array.prototype.extra = (Array.prototype.extra ?? 0) + 1;
  const cached = Object.keys(require('./other').bag).length;
  require('./other').bag[req.path] = 1;
  const lengths = { marks: globalThis.marks.length, own: own.seen.length };
  res.json({ hits, ...lengths, polluted: ({}).polluted, extra: [].extra, cached });
};
"""
OTHER = "exports.bag = {};"
# The same state behind a top level that no snapshot may hold.
IMPURE = "const seed = Math.random();\n" + STATE
TOP_LEVEL = """
const drawn = { uuid: %s, random: %s, date: %s, now: %s };
module.exports = (req, res) => res.json({ ...drawn, later: crypto.randomUUID(), also: Math.random() });
"""
DRAWS = ("crypto.randomUUID()", "Math.random()", "new Date().getTime()", "Date.now()")
BYTES = """
import { randomBytes, randomUUID } from 'node:crypto';
const drawn = [randomBytes(8).toString('hex'), randomUUID(), String(crypto.getRandomValues(new Uint32Array(2)))];
export default { fetch: () => Response.json(drawn) };
"""
SAME = """
const atTop = process.env.WHO;
const key = process.env.API_KEY ? process.env.API_KEY.length : 'none';
module.exports = (req, res) => res.json({ atTop, inside: process.env.WHO, length: key, key: process.env.API_KEY });
"""
SECRET = "s3cr3t-value-that-no-file-may-hold"
CONFIG = """
[packages]
root = "packages"
[functions.one]
package = "same"
env = { WHO = "one" }
secrets = ["API_KEY"]
[functions.two]
package = "same"
env = { WHO = "two" }
[[routes]]
path = "/one"
function = "one"
[[routes]]
path = "/two"
function = "two"
"""


@pytest.fixture(scope="module", params=[True, False], ids=["snapshots", "no snapshots"])
def edge(request, tmp_path_factory, engine_mode):
    """One gateway with functions that try to remember, and functions that draw at their top level."""
    functions = {
        "state": {"index.js": STATE, "other.js": OTHER},
        "impure": {"index.js": IMPURE, "other.js": OTHER},
        "bytes": {"index.mjs": BYTES},
        **{f"draw{n}": TOP_LEVEL % tuple(d if n == i else "0" for i, d in enumerate(DRAWS)) for n in range(len(DRAWS))},
    }
    with serving(tmp_path_factory.mktemp("isolation"), functions, snapshots=request.param) as running:
        running.snapshots = request.param
        yield running


def level(edge, name):
    return edge.operate("GET", f"/functions/{name}").json()["snapshot"]["level"]


@pytest.mark.parametrize(("name", "expected"), [("state", "initialised"), ("impure", "compiled")])
def test_global_state_never_survives_an_invocation(edge, name, expected):
    """Not in module variables, globals, prototypes or the module cache; whatever the snapshot holds."""
    assert level(edge, name) == (expected if edge.snapshots else "source")
    fresh = {"hits": 1, "marks": 1, "own": 1, "polluted": 1, "extra": 1, "cached": 0}
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda n: edge.get(f"/{name}/{n}").json(), range(40)))
    assert answers == [fresh] * 40


def test_no_two_requests_share_what_a_top_level_drew(edge):
    """Random numbers, identifiers and the time of day belong to one invocation."""
    for n in range(len(DRAWS)):
        assert level(edge, f"draw{n}") == ("compiled" if edge.snapshots else "source")
    for name, key in (("draw0", "uuid"), ("draw1", "random")):
        drawn = [edge.get(f"/{name}").json() for _ in range(10)]
        for field in (key, "later", "also"):
            assert len({answer[field] for answer in drawn}) == 10, (name, field)
    for name, key in (("draw2", "date"), ("draw3", "now")):
        times = [edge.get(f"/{name}").json()[key] for _ in range(12)]
        assert len(set(times)) > 1, name
        assert times[-1] > times[0]
    for answers in zip(*(edge.get("/bytes").json() for _ in range(10)), strict=True):
        assert len(set(answers)) == 10


def test_functions_of_one_package_keep_their_environments_apart_and_secrets_off_the_disk(tmp_path):
    """The compiled form is shared only where the environment is the same; a secret's value is in no file."""
    files = {"packages/same/index.js": SAME, "edge.toml": CONFIG}
    with gateway(tmp_path, "--config", "edge.toml", files=files, env={"API_KEY": SECRET}) as edge:
        for _ in range(3):
            one = {"atTop": "one", "inside": "one", "length": len(SECRET), "key": SECRET}
            assert edge.get("/one").json() == one
            two = {"atTop": "two", "inside": "two", "length": "none"}
            assert edge.get("/two").json() == two
        written = [path for path in (tmp_path / ".edge").rglob("*") if path.is_file()]
        assert any("compiled" in path.parts for path in written)
        assert [path for path in written if SECRET.encode() in path.read_bytes()] == []
        assert SECRET not in edge.text()
        assert SECRET not in edge.operate("GET", "/functions/one").text + edge.operate("GET", "/config").text
