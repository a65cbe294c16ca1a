"""`caches` in functions of every contract; purging what is kept, by the admin API and by `edge cache`."""

from __future__ import annotations

import json

import pytest

from tests.support.gateway_process import gateway, run_edge

pytestmark = [pytest.mark.integration, pytest.mark.slow]

ENGINE_MODES = ("cells",)

# What a request asks for runs in the function: `code` is the body of an async function.
RUN = """
const run = async (code) => (await new (Object.getPrototypeOf(async () => {}).constructor)(code)()) ?? null;
"""
WEB = f"{RUN}\nexport default {{ fetch: async (request) => Response.json(await run(await request.text())) }};"
FUNCTIONS = {
    "web/index.mjs": WEB,
    "other/index.mjs": WEB,
    "express/index.js": f"{RUN}\nmodule.exports = async (req, res) => res.json(await run(req.body));",
    "event/index.js": f"{RUN}\nexports.handler = async ({{ body }}) => ({{ statusCode: 200, body: await text(body) }});"
    "const text = async (code) => JSON.stringify(await run(code));",
    "page/index.mjs": """
let n = 0;
export default { async fetch(request, env) {
  const { pathname } = new URL(request.url);
  const count = await env.KV.incr(pathname);
  const headers = { 'cache-control': 'max-age=60', 'cache-tag': `page, P${pathname.at(-1)}` };
  return new Response(`${count}`, { headers });
} };
""",
}
CONFIG = """
[packages]
root = "."
[cache]
max_entry = "768KiB"
size = "2MiB"
[functions.web]
[functions.other]
[functions.express]
[functions.event]
[functions.page]
[[routes]]
path = "/web"
function = "web"
[[routes]]
path = "/other"
function = "other"
[[routes]]
path = "/express"
function = "express"
[[routes]]
path = "/event"
function = "event"
[[routes]]
path = "/page/*rest"
function = "page"
cache = {}
"""


@pytest.fixture(scope="module")
def edge(tmp_path_factory, engine_mode):
    with gateway(
        tmp_path_factory.mktemp("caches"), "--config", "edge.toml", files={**FUNCTIONS, "edge.toml": CONFIG}
    ) as running:
        yield running


@pytest.fixture
def run(edge):
    def in_function(code, name="web"):
        answer = edge.post(f"/{name}", content=code, headers={"content-type": "text/plain"})
        assert answer.status_code == 200, answer.text
        return answer.json()

    yield in_function
    edge.operate("POST", "/cache/purge?everything=true")


KEEP = """
const cache = caches.default;
const before = await cache.match('https://a.test/x');
const headers = { 'cache-control': 'max-age=60', a: 'b' };
await cache.put('https://a.test/x', new Response('kept', { status: 203, headers }));
"""
LOOK = """
const found = await caches.default.match('https://a.test/x#fragment');
return found && [found.status, await found.text(), found.headers.get('a')];
"""


@pytest.mark.parametrize("contract", ["web", "express", "event"])
def test_what_an_invocation_keeps_the_next_one_finds(run, contract):
    """In every contract; nobody else finds it."""
    assert run(KEEP + "return before ?? null;", contract) is None
    assert run(LOOK, contract) == [203, "kept", "b"]
    assert run(LOOK, "other") is None


def test_caches_have_names(run):
    """Open, has, keys, delete; `match` looks into all of them, and not into the default one."""
    assert run("""
      await caches.default.put('https://a.test/d', new Response('default'));
      const a = await caches.open('a'), b = await caches.open('b');
      await a.put('https://a.test/1', new Response('in a'));
      await b.put('https://a.test/1', new Response('in b'));
      const first = await caches.match('https://a.test/1');
      const named = await caches.match('https://a.test/1', { cacheName: 'b' });
      return [await caches.keys(), await caches.has('a'), await caches.has('c'), await first.text(), await named.text(),
        (await caches.match('https://a.test/d')) === undefined];
    """) == [["a", "b"], True, False, "in a", "in b", True]
    assert run("return [await caches.delete('a'), await caches.delete('a'), await caches.keys()]") == [
        True,
        False,
        ["b"],
    ]
    assert run("return (await (await caches.open('a')).keys()).length") == 0
    assert run("return await caches.delete('b') && await caches.delete('a')") is True


def test_what_is_looked_for(run):
    """Query, method and Vary count, unless the options say otherwise."""
    assert run("""
      const cache = await caches.open('look');
      const put = (url, text, headers, asked) =>
        cache.put(new Request(url, { headers: asked }), new Response(text, { headers }));
      await put('https://a.test/q?1', 'one');
      await put('https://a.test/q?2', 'two');
      await put('https://a.test/v', 'de', { vary: 'X-L' }, { 'x-l': 'de' });
      await put('https://a.test/v', 'en', { vary: 'X-L' }, { 'x-l': 'en' });
      const text = async (...args) => (await cache.match(...args))?.text() ?? null;
      const both = await cache.matchAll('https://a.test/q', { ignoreSearch: true });
      const all = await Promise.all(both.map((one) => one.text()));
      const found = [
        await text('https://a.test/q'), await text('https://a.test/q?2'), all,
        await text('http://a.test/q?2'), await text('http://a.test/q', { ignoreSearch: true }),
        await text(new Request('https://a.test/v', { headers: { 'x-l': 'en' } })),
        await text('https://a.test/v'), await text('https://a.test/v', { ignoreVary: true }),
        await text(new Request('https://a.test/q?1', { method: 'HEAD' })),
        await text(new Request('https://a.test/q?1', { method: 'POST' }), { ignoreMethod: true }),
        (await cache.keys()).map((key) => [key.url, key.headers.get('x-l')]),
        await cache.delete('https://a.test/q', { ignoreSearch: true }), await cache.delete('https://a.test/q?1'),
        (await cache.keys()).length,
      ];
      await caches.delete('look');
      return found;
    """) == [
        *(None, "two", ["one", "two"], None, None, "en", None, "de", None, "one"),
        [[f"https://a.test/{url}", said] for url, said in (("q?1", None), ("q?2", None), ("v", "de"), ("v", "en"))],
        *(True, False, 2),
    ]  # fmt: skip


def test_large_bodies_come_in_pieces(run):
    """Whole, in part, cloned, unread, and all of them together."""
    assert run("""
      const cache = await caches.open('large');
      const bytes = new Uint8Array(700000).map((_, i) => i * 7);
      await cache.put('https://a.test/1', new Response(bytes));
      await cache.put('https://a.test/2', new Response(bytes.slice(0, 200000)));
      const same = (got, wanted) => got.length === wanted.length && got.every((byte, i) => byte === wanted[i]);
      const found = await cache.match('https://a.test/1');
      const copy = found.clone();
      void await cache.match('https://a.test/1');
      const part = await cache.match(new Request('https://a.test/1', { headers: { range: 'bytes=100000-499999' } }));
      const all = await cache.matchAll();
      const sizes = await Promise.all(all.map(async (one) => (await one.arrayBuffer()).byteLength));
      const result = [same(await found.bytes(), bytes), same(await copy.bytes(), bytes), part.status,
        same(await part.bytes(), bytes.slice(100000, 500000)), sizes, found.bodyUsed];
      await caches.delete('large');
      return result;
    """) == [True, True, 206, True, [700000, 200000], True]


def test_parts_and_conditions(run):
    """As Cloudflare answers them."""
    assert run("""
      const cache = caches.default, url = 'https://a.test/r';
      await cache.put(url, new Response('0123456789', { headers: { etag: '"e"', 'cache-control': 'max-age=9' } }));
      const ask = async (headers) => {
        const found = await cache.match(new Request(url, { headers }));
        return [found.status, await found.text(), found.headers.get('content-range')];
      };
      const parts = [await ask({ range: 'bytes=2-4' }), await ask({ range: 'bytes=20-' })];
      return [...parts, await ask({ 'if-none-match': '"e"' }), await ask({})];
    """) == [
        [206, "234", "bytes 2-4/10"], [416, "", "bytes */10"], [304, "", None], [200, "0123456789", None]
    ]  # fmt: skip


NOT_KEPT = ["no-store", "private", "no-cache", "max-age=0", "s-maxage=0, max-age=60"]


def test_what_is_not_kept(run):
    """By its Cache-Control, by its cookie; what was kept before is gone then."""
    for control in NOT_KEPT:
        assert run(f"""
          const cache = caches.default, url = 'https://a.test/n';
          await cache.put(url, new Response('old', {{ headers: {{ 'cache-control': 'max-age=60' }} }}));
          await cache.put(url, new Response('new', {{ headers: {{ 'cache-control': '{control}' }} }}));
          return (await cache.match(url)) === undefined;
        """), control
    assert run("""
      const cache = caches.default, url = 'https://a.test/c';
      await cache.put(url, new Response('x', { headers: { 'set-cookie': 'a=b', 'cache-control': 'max-age=60' } }));
      const first = (await cache.match(url)) === undefined;
      const headers = { 'set-cookie': 'a=b', 'cache-control': 'private=Set-Cookie, max-age=60' };
      await cache.put(url, new Response('x', { headers }));
      return [first, (await cache.match(url)).headers.get('set-cookie')];
    """) == [True, None]
    assert run("""
      const cache = caches.default, url = 'https://a.test/e';
      await cache.put(url, new Response('x', { headers: { expires: new Date(Date.now() + 1500).toUTCString() } }));
      const now = (await cache.match(url)) !== undefined;
      for (let i = 0; i < 40 && await cache.match(url); i++) await sleep(50);
      return [now, (await cache.match(url)) === undefined];
    """) == [True, True]


REFUSED = {
    "cache.put(new Request(url, { method: 'POST' }), new Response(''))": "TypeError",
    "cache.put('ftp://a.test/', new Response(''))": "TypeError",
    "cache.put(url, new Response('', { status: 206 }))": "TypeError",
    "cache.put(url, new Response('', { headers: { vary: 'a, *' } }))": "TypeError",
    "cache.put(url, 'text')": "TypeError",
    "cache.put(url)": "TypeError",
    "cache.put(url, new Response('x'.repeat(800000)))": "QuotaExceededError",
    "cache.put(url, new Response('', { headers: { x: 'x'.repeat(60000), y: 'y'.repeat(9000) } }))": (
        "QuotaExceededError"
    ),
    "cache.match()": "TypeError",
    "caches.open()": "TypeError",
    "caches.open('x'.repeat(2000))": "TypeError",
    "(async () => { for (let i = 0; i < 101; i++) await caches.open(`${i}`); })()": "QuotaExceededError",
    "(async () => { for (let i = 0; i < 1001; i++) await cache.match(url); })()": "QuotaExceededError",
    "(async () => { const used = new Response('x'); await used.text(); await cache.put(url, used); })()": "TypeError",
    "(async () => { await new Cache(); })()": "TypeError",
}


def test_what_is_refused(run):
    """Each by its error, which says what the limit is."""
    tries = [f"async (cache, url) => {{ await {code}; }}" for code in REFUSED]
    for code, wanted in zip(tries, REFUSED.values(), strict=True):
        found = run(f"""
          const name = (error) => error.name;
          return await ({code})(caches.default, 'https://a.test/').then(() => 'fine', name);
        """)
        assert found == wanted, code
    run("for (const name of await caches.keys()) await caches.delete(name);")


def test_a_function_cannot_disturb_the_runtime_under_its_caches(run):
    """Poisoned prototypes change nothing."""
    assert (
        run("""
      const mine = () => { throw new Error('mine'); };
      Array.prototype.push = Array.prototype.map = Promise.prototype.then = Object.prototype.toString = mine;
      Object.defineProperty(Object.prototype, 'cache', { get: () => '"stolen"', set() {}, configurable: true });
      String.prototype.split = RegExp.prototype.exec = () => null;
      const url = 'https://a.test/p';
      await caches.default.put(url, new Response('mine'));
      return await (await caches.default.match(url)).text();
    """)
        == "mine"
    )
    assert (
        run("return (await (await caches.open('stolen')).keys()).length + Number(await caches.delete('stolen'))") == 1
    )


# -- purging


def kept(edge, path):
    answer = edge.get(f"/page/{path}")
    return answer.headers["cache-status"].startswith("edge; hit")


PURGES = [
    ("url=http://127.0.0.1:{port}/page/a", {"b", "c"}),
    ("url=127.0.0.1:{port}/page/%2561", {"b", "c"}),
    ("url=127.0.0.1:{port}/page/", {"a", "b", "c"}),
    ("prefix=https://127.0.0.1:{port}/page/", set()),
    ("prefix=127.0.0.1:{port}/page/b&tag=pc", {"a"}),
    ("tag=PAGE", set()),
    ("tag=PAGE&function=web", {"a", "b", "c"}),
    ("function=page", set()),
    ("everything=true", set()),
]


@pytest.mark.parametrize(("query", "left"), PURGES)
def test_the_admin_api_purges(edge, query, left):
    """And says how many; what is left is still given."""
    for path in "abc":
        edge.get(f"/page/{path}")
        assert kept(edge, path)
    before = edge.operate("GET", "/cache").json()["entries"]
    answer = edge.operate("POST", f"/cache/purge?{query.format(port=edge.port)}").json()
    assert answer["purged"] == 3 - len(left)
    assert edge.operate("GET", "/cache").json()["entries"] == before - answer["purged"]
    assert {path for path in "abc" if kept(edge, path)} == left


NOTHING = [
    *("", "everything=false", "everything=true&tag=x", "everything=maybe"),
    *("url=", "url=/path", "url=a b/", "prefix=http://", "url=http://a/%zz"),
]


@pytest.mark.parametrize("query", NOTHING)
def test_a_purge_that_means_nothing_is_refused(edge, query):
    """400, and nothing is gone."""
    edge.get("/page/a")
    assert edge.operate("POST", f"/cache/purge?{query}").status_code == 400
    assert kept(edge, "a")


def test_the_command_purges(edge, run, tmp_path):
    """`edge cache`, in tables and JSON; also what functions keep in their caches."""
    edge.operate("POST", "/cache/purge?everything=true")
    edge.get("/page/a")
    assert run(KEEP) is None
    command = ("cache", "purge", "--admin", edge.admin)
    done = run_edge(*command, "https://a.test/x", "--tag", "page", "--output", "json", cwd=tmp_path)
    assert json.loads(done.stdout) == {"purged": 2}
    assert run(LOOK) is None
    assert not kept(edge, "a")
    refused = run_edge(*command, cwd=tmp_path)
    assert refused.returncode == 1
    assert b"has to say what is meant" in refused.stderr
    usage = run_edge("cache", "usage", "--admin", edge.admin, cwd=tmp_path)
    assert b"2097152" in usage.stdout
    assert "edge_cache_bytes" in edge.operate("GET", "/metrics").text
    assert 'edge_cache_requests_total{function="page",result="hit"}' in edge.operate("GET", "/metrics").text
    [line] = edge.log(event="request", path="/page/a", cache="hit")[-1:]
    assert line["function"] == "page"
