"""`edge test`: tests of packages, run inside the runtime as a user runs them."""

from __future__ import annotations

import json

import pytest

from tests.support.gateway_process import run_edge, write_files
from tests.support.terminal import terminal

pytestmark = [pytest.mark.integration, pytest.mark.slow]

INDEX = """
let served = 0;
export default {
  async fetch(request, env, ctx) {
    const { pathname } = new URL(request.url);
    served += 1;
    if (pathname === '/boom') throw new Error('boom');
    if (pathname === '/upstream') return new Response(await (await fetch('https://example.com/')).text());
    if (pathname === '/echo') return new Response(request.body, { status: 201, headers: request.headers });
    if (pathname === '/late') {
      ctx.waitUntil(new Promise((resolve) => setTimeout(resolve, 5)).then(() => env.KV.set('late', 1)));
      return new Response('soon');
    }
    return Response.json({ served, greeting: env.GREETING, secret: env.API_KEY, at: Date.now() });
  },
  async scheduled(controller, env) { await env.KV.set('cron', controller.cron); },
};
"""

FILES = {
    "index.mjs": INDEX,
    "function.toml": 'secrets = ["API_KEY"]\nmemory = "64MiB"\n[env]\nGREETING = "Hi"\n',
    "all.test.js": """
const { app, env } = require('edge:test');
const seen = [];
beforeAll(() => seen.push('beforeAll'));
afterEach(() => seen.push('afterEach'));
describe('the function', () => {
  beforeEach(() => seen.push('beforeEach'));
  it('answers', async () => {
    const body = await (await app.fetch('/')).json();
    expect(body).toMatchObject({ served: 1, greeting: 'Hi', secret: 'key of the test' });
  });
  it('takes bodies', async () => {
    const answer = await app.fetch('/echo', { method: 'POST', body: 'abc', headers: { 'x-a': 'b' } });
    expect([answer.status, answer.headers.get('x-a'), await answer.text()]).toEqual([201, 'b', 'abc']);
  });
  it('throws', () => expect(app.fetch('/boom')).rejects.toThrow('boom'));
  it('can have its upstream replaced', async () => {
    const spy = vi.spyOn(globalThis, 'fetch').mockResolvedValue(new Response('replaced'));
    expect(await (await app.fetch('/upstream')).text()).toBe('replaced');
    expect(spy).toHaveBeenCalledExactlyOnceWith('https://example.com/');
    vi.restoreAllMocks();
  });
  it('has its background work done', async () => {
    await app.fetch('/late');
    expect(await kv.get('late')).toBe(1);
  });
  it('runs as scheduled', async () => {
    await app.scheduled({ cron: '* * * * *' });
    expect(await env.KV.get('cron')).toBe('* * * * *');
  });
  it('has the time that a test gives it', async () => {
    vi.useFakeTimers({ now: 1000 });
    expect((await (await app.fetch('/')).json()).at).toBe(1000);
    vi.useRealTimers();
  });
});
test.each([[1, 2], [2, 3]])('%i and %i', (a, b) => expect(a + 1).toBe(b));
test.todo('more');
test.skip('not this', () => expect(1).toBe(2));
test.fails('known to fail', () => expect(1).toBe(2));
test('hooks ran around', () => {
  expect(seen.slice(0, 4)).toEqual(['beforeAll', 'beforeEach', 'afterEach', 'beforeEach']);
});
test('each file has its own store', async () => expect(await kv.get('other')).toBeNull());
""",
    "src/typed.spec.ts": """
import { describe, expect, it } from 'vitest';
import { half } from './half.ts';
describe('half', () => {
  it('is half', async () => { await kv.set('other', 1); expect(half(4)).toBe(2); });
  it('is wrong', () => {
    const given: number = 4;
    expect({ value: half(given) }).toEqual({ value: 3 });
  });
  it('waits for nothing', { timeout: 50 }, () => new Promise(() => {}));
  it('forgets a promise', () => { Promise.reject(new Error('forgotten')); });
});
""",
    "src/half.ts": "export const half = (value: number): number => value / 2;\n",
    "loop.test.js": "test('good', () => {});\ntest('loops', () => { for (;;) {} });\ntest('behind it', () => {});\n",
    "hungry.test.js": "test('eats', () => { const all = []; for (;;) all.push(new Array(1e6).fill(1)); }, 30000);\n",
    "late.test.js": "setTimeout(() => { throw new Error('by a timer'); }, 5);\n"
    "test('waits', () => new Promise((resolve) => setTimeout(resolve, 100)));\n",
    "many.test.js": "for (let n = 0; n < 200; n++) test(`n${n}`, () => expect(n).toBe(n));\n",
    "broken.test.js": "test('half",
    "__tests__/only.js": "test.only('this', () => console.log('said'));\ntest('not that', () => { throw 1; });\n",
    "node_modules/x/index.test.js": "throw new Error('not ours');\n",
}


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """All of it at once: file -> result; and how it ended."""
    folder = write_files(tmp_path_factory.mktemp("tests") / "pkg", FILES)
    done = run_edge(
        *("test", str(folder), "--output", "json", "--timeout", "1s", "--env", "API_KEY=key of the test", "-j", "4"),
        cwd=folder.parent,
        timeout=120,
    )
    found = json.loads(done.stdout)
    return {file["path"]: file for file in found["files"]}, done, found


def statuses(file):
    """Test -> status."""
    return {" > ".join(test["path"]): test["status"] for test in file["tests"]}


def test_a_package_is_tested_by_its_contract_with_mocks_and_its_own_settings(ran):
    """Everything that a test may want of the function under test works."""
    found = statuses(ran[0]["all.test.js"])
    expected = dict.fromkeys(found, "pass") | {"more": "todo", "not this": "skip"}
    assert found == expected, ran[0]["all.test.js"]
    assert len(found) == 14


def test_failures_have_difference_and_place(ran):
    """In TypeScript, too: lines and columns are those of the source."""
    file = ran[0]["src/typed.spec.ts"]
    assert statuses(file) == {
        "half > is half": "pass",
        "half > is wrong": "fail",
        "half > waits for nothing": "fail",
        "half > forgets a promise": "fail",
    }
    wrong, late, forgotten = [test["errors"][0] for test in file["tests"][1:]]
    assert '-   "value": 3,' in wrong["diff"]
    assert "/app/src/typed.spec.ts:8:" in wrong["stack"]
    assert "more than 50 ms" in late["message"]
    assert forgotten["message"] == "forgotten"


def test_what_does_not_come_back_fails_its_file_only(ran):
    """An endless loop ends in time, what was told before it is kept, and it is told which test it was."""
    loop = ran[0]["loop.test.js"]
    assert statuses(loop) == {"good": "pass", "loops": "fail"}
    assert "endless loop" in loop["tests"][1]["errors"][0]["message"]
    hungry = ran[0]["hungry.test.js"]
    assert statuses(hungry) == {"eats": "fail"}
    assert "memory" in hungry["tests"][0]["errors"][0]["message"]


def test_a_file_that_cannot_be_read_as_code_says_where(ran):
    """The others run."""
    [error] = ran[0]["broken.test.js"]["errors"]
    assert "/app/broken.test.js:1:" in error["message"]


def test_only_is_for_its_file_and_logs_are_kept(ran):
    """`__tests__` holds tests whatever they are called; those of dependencies are not ours."""
    file = ran[0]["__tests__/only.js"]
    assert statuses(file) == {"this": "pass", "not that": "skip"}
    assert [line["text"] for line in file["logs"]] == ["said"]
    assert set(ran[0]) == {name for name in FILES if "test" in name or "spec" in name} - {
        "node_modules/x/index.test.js"
    }


def test_what_nobody_waits_for_is_not_lost(ran):
    """It is the failure of the test that it comes in, or else of the file."""
    late = ran[0]["late.test.js"]
    errors = [*late["errors"], *(error for test in late["tests"] for error in test["errors"])]
    assert [error["message"] for error in errors] == ["by a timer"]
    assert set(statuses(ran[0]["many.test.js"]).values()) == {"pass"}


def test_a_watch_runs_again_and_ends_with_a_key(tmp_path):
    """In a terminal, where Ctrl-C is no failure of the program."""
    write_files(tmp_path, {"p/index.js": "", "p/index.test.js": "test('x', () => expect(1).toBe(2));"})
    with terminal("test", "p", "--watch", cwd=tmp_path) as shown:
        shown.wait_for("1 failed.*waiting for changes")
        (tmp_path / "p" / "index.test.js").write_text("test('x', () => expect(2).toBe(2));")
        shown.wait_for("1 passed.*waiting for changes")
        shown.press("\x03")
        assert shown.wait_ended() == 130
        assert "Traceback" not in shown.text


def test_a_failure_is_exit_code_one(ran):
    """And the report says so."""
    assert ran[1].returncode == 1
    assert ran[2]["ok"] is False


def test_people_get_code_frames_and_a_summary(tmp_path):
    """What the first line of a failure is about is shown with its surroundings."""
    source = "test('x', () => {\n  expect(1).toBe(2);\n});\n"
    write_files(tmp_path, {"a/index.test.js": source, "a/package.json": "{}", "b/index.js": "x = 1"})
    done = run_edge("test", str(tmp_path), "-t", "x", cwd=tmp_path)
    text = done.stdout.decode()
    assert done.returncode == 1, done.stderr
    assert "> 2 |   expect(1).toBe(2);" in text
    assert "1 failed" in text


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["empty"], 2, "edge init empty"),
        (["pkg"], 1, "there are no tests"),
        (["pkg", "--pass-with-no-tests"], 0, "there are no tests"),
        (["pkg", "-t", "("], 2, "no regular expression"),
        (["pkg", "--timeout", "soon"], 2, "--timeout"),
        (["secret"], 1, "API_KEY"),
        (["missing"], 2, "does not exist"),
    ],
)
def test_mistakes_are_told(tmp_path, arguments, code, says):
    """With what to do next."""
    write_files(tmp_path, {"empty/x.txt": "", "pkg/index.js": "", "secret/index.test.js": "", "secret/index.js": ""})
    write_files(tmp_path, {"secret/function.toml": 'secrets = ["API_KEY"]\n'})
    done = run_edge("test", *arguments, cwd=tmp_path)
    assert (done.returncode, "Traceback" in done.stderr.decode()) == (code, False), done.stderr
    assert says in done.stderr.decode()
