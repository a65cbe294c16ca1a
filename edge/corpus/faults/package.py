"""A case as a package: files to deploy.

A handler is a module of the web contract as it is.  A script is run inside an invocation as its authors ran it: as a
script in the global scope (indirect eval), in an isolate that has seen no other.  Then the host delivers an event: a
timer, so that what the script left in the microtask queue has to come to an end before anything can be answered.

The answer of a script describes its completion value; what it throws is thrown on, for the runtime to describe.
Scripts of the group `pollution` change builtins under a function that is at work: after them the request's body goes
through KV and comes back, and must come back as it went.  Nothing in the wrapper looks up a builtin after the script.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edge.corpus.faults.case import Case

ECHO = b"the same bytes, whatever became of the builtins: \xc3\xa9\xe2\x82\xac"
"""Body of every request to a script; a polluted one answers with it."""
LEAK_STATUS = 299
"""A polluted script answers with this when its traps have caught a function that is none of its own."""

_WRAPPER = """\
const { Promise, Response, setTimeout } = globalThis;
const { apply } = Reflect;
const { log } = console;
const readText = Request.prototype.text;
const toText = String;
const { hasOwn } = Object;
const functionText = Function.prototype.toString;
const { includes } = String.prototype;
const evaluate = eval;
const source = %(source)s;

function describe(value) {
  const type = typeof value;
  if (type === 'string') return value;
  return type === 'object' || type === 'function' || type === 'bigint' ? type : toText(value);
}

// A function whose text is not in the script: of the runtime, or of V8.
const isForeign = (value) => typeof value === 'function' && !apply(includes, source, [apply(functionText, value, [])]);

function caught() {
  if (!hasOwn(globalThis, 'leak')) return false;
  const { leak } = globalThis;
  if (typeof leak !== 'object' || leak === null) return isForeign(leak);
  return isForeign(leak[0]) || isForeign(leak[1]);
}

%(handler)s
"""

_PLAIN = """\
export default {
  async fetch() {
    const value = evaluate(source);
    %(inspect)sawait new Promise((resolve) => { setTimeout(resolve, 5); });
    return new Response(describe(value));
  },
};
"""

_POLLUTED = """\
export default {
  async fetch(request, env) {
    evaluate(source);
    await new Promise((resolve) => { setTimeout(resolve, 5); });
    const text = await apply(readText, request, []);
    await env.KV.put('echo', text);
    log(text);
    const back = await env.KV.get('echo');
    return new Response(back, { __proto__: null, status: caught() ? %(leak)d : 200 });
  },
};
"""


def files(case: Case, origin: str) -> Mapping[str, bytes]:
    """Files by path.  `origin` (http://HOST:PORT) takes the place of http://example.com."""
    source = case.js.replace("http://example.com", origin)
    if case.kind == "script":
        source = _wrapped(source, case.group)
    # A source that is no Unicode stays none: the package has to cope with the bytes.
    return {"index.mjs": source.encode("utf-8", "surrogatepass")}


def _wrapped(source: str, group: str) -> str:
    inspect = "log(value);\n    " if group == "result" else ""
    handler = _POLLUTED % {"leak": LEAK_STATUS} if group == "pollution" else _PLAIN % {"inspect": inspect}
    return _WRAPPER % {"source": json.dumps(source), "handler": handler}
