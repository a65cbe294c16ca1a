// The function in which a test runs: evaluates the scripts of `job.json` as one realm's classic scripts, and answers
// with a line of JSON per subtest.  The last line is {"done": status}, or missing.

const TOO_MANY = 200;
const { scripts, href, idl, relative, seconds } = require('./job.json');

function setGlobals(sources) {
  const { origin, protocol, host, hostname, port, pathname, search, hash } = new URL(href);
  globalThis.location = { href, origin, protocol, host, hostname, port, pathname, search, hash, toString: () => href };
  globalThis.GLOBAL = { isWindow: () => false, isWorker: () => true, isShadowRealm: () => false };
  const { fetch } = globalThis;
  if (relative) Object.assign(globalThis, { fetch: (input, ...init) => fetch(typeof input === 'string' ? new URL(input, href) : input, ...init) });
  // The harness notes what nothing catches; it is no reason to end the test.
  for (const type of ['error', 'unhandledrejection']) addEventListener(type, (event) => event.preventDefault());
  // Globals are made when they are read first.  Those that a package mentions are in its snapshot; a test is not built into one.
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    if (idl || sources.some(({ source }) => source.includes(name))) void globalThis[name];
  }
  if (idl) globalThis.Window = class Window {};
}

// Scripts of a page share what they declare at their top level; one evaluation of all of them does, too.
function evaluate(some) {
  const parts = some.map(({ path, source }) => `//# ${path}\n${source}\n`);
  (0, eval)(parts.join(';'));
}

function report(res, done) {
  let lines = [];
  const flush = () => {
    if (lines.length > 0) res.write(lines.join(''));
    lines = [];
  };
  const wellFormed = (text) => String(text ?? '').toWellFormed();
  add_result_callback(({ name, status, message, stack }) => {
    lines.push(`${JSON.stringify({ name: wellFormed(name), status, message: wellFormed(message).slice(0, 500), stack: wellFormed(stack).slice(0, 1000) })}\n`);
    if (lines.length > TOO_MANY) flush();
  });
  add_completion_callback((_, { status, message }) => {
    lines.push(`${JSON.stringify({ done: status, message: wellFormed(message) })}\n`);
    flush();
    done();
  });
}

module.exports = (req, res) =>
  new Promise((resolve, reject) => {
    const [harness, ...rest] = scripts;
    const clock = setTimeout(() => timeout(), seconds * 1000);
    const finish = (settle) => (value) => {
      clearTimeout(clock);
      settle(value);
    };
    try {
      evaluate([harness]);
      setGlobals(rest);
      report(res, finish(resolve));
      evaluate(rest);
    } catch (error) {
      finish(reject)(error);
    }
  }).then(() => res.end());
