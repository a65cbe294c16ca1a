"""Escapes from node:vm inside a function: to the function's own realm where Node lets them, and never out of it."""

from __future__ import annotations

import json

import pytest

from tests.support.escapes import ESCAPES, PRELUDE
from tests.support.gateway_process import run_edge, write_files

pytestmark = [pytest.mark.integration, pytest.mark.slow]

ENDS_THE_FUNCTION = ("microtask", "thenable without end", "memory", "finalizer", "a recursion", "regular expression")
"""Cases that use up what the whole function has: its limits are tested elsewhere."""

LEADS_TO_THE_FUNCTION = ("the stack's end",)
"""What is thrown at the end of the stack may be the function's own error, as in Node."""

FUNCTION = """
import fs from 'node:fs';
import vm from 'node:vm';

const { prelude, cases } = JSON.parse(fs.readFileSync('/app/cases.json', 'utf8'));
const LOCAL = `
  globalThis.now = (...a) => { if (a[0] === 'raise') throw new Error('no'); return a[0]; };
  globalThis.later = async (...a) => { await null; /* raise */ return now(a[0]); };
  globalThis.shared = ['good'];
`;
const sizes = () => [Object, Array, Promise, Error].map((one) => Reflect.ownKeys(one.prototype).length);
const state = () => [...sizes(), Reflect.ownKeys(globalThis).length].join();

export default {
  async fetch() {
    process.on('unhandledRejection', () => {}); // cases leave some
    const won = {};
    const before = state();
    for (const [name, code] of Object.entries(cases)) {
      // Values alone: objects of the function lead to the function, as in Node.
      const context = vm.createContext({ n: 1, text: 'x' });
      vm.runInContext(LOCAL, context);
      vm.runInContext(prelude, context);
      const moment = new Promise((done) => setTimeout(done, 1));
      try {
        await Promise.race([vm.runInContext(code, context, { timeout: 30 }), moment]);
      } catch { /* as it should be */ }
      try {
        const found = vm.runInContext('globalThis.won ? "" + won[0] : ""', context, { timeout: 30 });
        if (typeof found === 'string' && found !== '') won[name] = found;
      } catch { /* it has broken its own realm */ }
    }
    const after = state();
    const objects = vm.runInNewContext("list.constructor.constructor('return typeof process')()", { list: [] });
    const plain = [1, 2].map((n) => n * 2);
    return Response.json({ won, same: before === after, count: Object.keys(cases).length, objects, plain });
  },
};
"""


@pytest.mark.parametrize("mode", ["cells", "embedded"])
def test_contexts_of_plain_values_keep_everything_in(tmp_path, mode):
    """The function's realm is as it was; an object that it has put there leads to it, as in Node."""
    left_out = (*ENDS_THE_FUNCTION, *LEADS_TO_THE_FUNCTION)
    cases = {name: code for name, code in ESCAPES.items() if not any(word in name for word in left_out)}
    data = {"prelude": PRELUDE, "cases": cases}
    write_files(tmp_path / "escape", {"index.mjs": FUNCTION, "cases.json": json.dumps(data)})
    done = run_edge("invoke", str(tmp_path / "escape"), "--set", f"engine.mode={mode}", cwd=tmp_path, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    found = json.loads(done.stdout)
    assert found["count"] >= 90
    assert found["won"] == {}
    assert found["same"]
    assert (found["objects"], found["plain"]) == ("object", [2, 4])
