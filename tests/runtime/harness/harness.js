// What a behaviour test sees: `test` and a few assertions.  The collector (conftest.py) runs one file per isolate.

const tests = [];
const util = require('util');

function fail(message, extra) {
  throw new Error(extra ? `${extra}: ${message}` : message);
}

const show = (value) => util.inspect(value, { depth: 6 });

function matches(error, wanted) {
  if (typeof wanted === 'function') return error instanceof wanted;
  return error != null && (error.name === wanted || error.code === wanted);
}

Object.assign(globalThis, {
  test(name, run) { tests.push([name, run]); },
  assert_true(value, message) { if (value !== true) fail(`expected true, got ${show(value)}`, message); },
  assert_false(value, message) { if (value !== false) fail(`expected false, got ${show(value)}`, message); },
  assert_equals(actual, expected, message) { if (!Object.is(actual, expected)) fail(`expected ${show(expected)}, got ${show(actual)}`, message); },
  assert_deep_equals(actual, expected, message) { if (!util.isDeepStrictEqual(actual, expected)) fail(`expected ${show(expected)}, got ${show(actual)}`, message); },
  assert_throws(wanted, run, message) {
    try { run(); } catch (error) {
      if (!matches(error, wanted)) fail(`threw ${show(error)}, expected ${typeof wanted === 'function' ? wanted.name : wanted}`, message);
      return error;
    }
    return fail(`did not throw ${typeof wanted === 'function' ? wanted.name : wanted}`, message);
  },
  async assert_rejects(wanted, what, message) {
    try { await (typeof what === 'function' ? what() : what); } catch (error) {
      if (!matches(error, wanted)) fail(`rejected with ${show(error)}, expected ${typeof wanted === 'function' ? wanted.name : wanted}`, message);
      return error;
    }
    return fail(`did not reject with ${typeof wanted === 'function' ? wanted.name : wanted}`, message);
  },
});

async function runAll() {
  const failures = [];
  for (const [name, run] of tests) {
    try { await run(); } catch (error) { failures.push(`${name}\n    ${error && error.stack ? error.stack : show(error)}`); }
  }
  return { count: tests.length, failures };
}

module.exports = async (req, res) => {
  require(req.query.file);
  res.json(await runAll());
};
