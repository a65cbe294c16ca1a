"""What a function reads of the store, by whichever way the answer comes: in the middle of a turn or at its end."""

from __future__ import annotations

import pytest

from tests.support.gateway_process import serving

pytestmark = [pytest.mark.integration]

CODE = """
const steps = {
  async 'a write that is waited for'() { await kv.set('a', 2); return await kv.get('a'); },
  async 'many reads of one turn'() {
    await kv.set('a', 5);
    let sum = 0;
    for (let i = 0; i < 500; i++) sum += await kv.get('a');
    return sum;
  },
  async 'many reads at once'() {
    await kv.put('b', new Uint8Array([1, 2, 255]));
    const all = await Promise.all(Array.from({ length: 200 }, () => kv.get('b')));
    return all.every((one) => new Uint8Array(one).join() === '1,2,255') && new Set(all).size;
  },
  async 'what is not there'() { return [await kv.get('none'), (await kv.getWithMetadata('none')).value]; },
  async 'empty values'() {
    await kv.put('e', new Uint8Array(0)); await kv.put('t', '');
    return [(await kv.get('e')).byteLength, await kv.get('t'), await kv.get('e', 'text')];
  },
  async 'large values'() { await kv.put('l', 'ä'.repeat(300000)); return (await kv.get('l')).length; },
  async 'misuse'() { try { await kv.get('..'); } catch (error) { return [error.name, error.message.includes('..')]; } },
  async 'metadata'() {
    await kv.put('m', 'x', { metadata: { n: 1 } });
    const { value, metadata, versionstamp } = await kv.getWithMetadata('m');
    return [value, metadata, typeof versionstamp];
  },
  async 'poisoned prototypes'() {
    await kv.set('p', { x: 1 });
    Object.defineProperty(Object.prototype, 'value', { get() { return 'poison'; }, configurable: true });
    Array.prototype[0] = 'poison';
    try { return await kv.get('p'); } finally { delete Object.prototype.value; delete Array.prototype[0]; }
  },
};
module.exports = async (req, res) => { res.json(await steps[req.query.step]()); };
"""
EXPECTED = {
    "a write that is waited for": 2,
    "many reads of one turn": 2500,
    "many reads at once": 200,
    "what is not there": [None, None],
    "empty values": [0, "", ""],
    "large values": 300_000,
    "misuse": ["TypeError", True],
    "metadata": ["x", {"n": 1}, "string"],
    "poisoned prototypes": {"x": 1},
}


@pytest.fixture(scope="module")
def edge(tmp_path_factory, engine_mode):
    functions = {"fresh": CODE, "reused": {"index.js": CODE, "function.toml": "reuse = true"}}
    with serving(tmp_path_factory.mktemp("order"), functions, "--engine", engine_mode) as running:
        yield running


@pytest.mark.parametrize("name", ["fresh", "reused"])
@pytest.mark.parametrize("step", EXPECTED)
def test_a_read_gives_what_is_there(edge, name, step):
    """In a fresh isolate and in one that others share."""
    answer = edge.get(f"/{name}", params={"step": step})
    assert answer.status_code == 200, answer.text
    assert answer.json() == EXPECTED[step]
