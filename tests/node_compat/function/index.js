// Runs one of Node's tests, and answers with a line of JSON per subtest: the file itself, and each test() in it.

const common = require('./test/common');
const nodeTest = require('./node_test.js');

const MAIN = '/app/TEST';
const PATIENCE = 8000;
const REST = 30;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const describe = (error) => String(error?.stack ?? error).slice(0, 3000);

// A literal in either case, so that the package is seen to hold the test: the runner keeps the one that fits.
const loadModule = () => import('./TEST');

let failure = null;

async function untilSettled() {
  const end = Date.now() + PATIENCE;
  do await pause(REST); while (Date.now() < end && failure === null && !(common.settled() && nodeTest.settled()));
  // What is called too often is called after it was called enough.
  await pause(REST);
}

async function run() {
  process.argv[1] = MAIN;
  try {
    if (MAIN.endsWith('.mjs')) await loadModule();
    else require('./TEST');
  } catch (error) {
    if (error instanceof common.Skipped) return { skipped: error.message };
    // What Node does with what a main module throws.
    if (process.listenerCount('uncaughtException') === 0) return { error };
    process.emit('uncaughtException', error, 'uncaughtException');
  }
  await untilSettled();
  try {
    await nodeTest.finish();
    if (process.emit('beforeExit', 0)) await untilSettled();
    process.emit('exit', 0);
  } catch (error) {
    return { error };
  }
  if (failure !== null) return { error: failure };
  const unmet = common.unmet();
  return unmet.length > 0 ? { error: unmet.join('\n') } : {};
}

// What a test hears itself is no failure.
const heard = new Set();
for (const name of ['on', 'once', 'addListener', 'prependListener']) {
  const add = process[name];
  process[name] = function (event, listener) {
    heard.add(event);
    return add.call(this, event, listener);
  };
}

// Nothing that a test leaves behind ends the invocation before it has told of it.
addEventListener('error', (event) => {
  if (heard.has('uncaughtException')) return;
  failure ??= event.error ?? event.message;
  event.preventDefault();
});
addEventListener('unhandledrejection', (event) => {
  if (heard.has('unhandledRejection')) return;
  failure ??= event.reason;
  event.preventDefault();
});

module.exports = async (req, res) => {
  const { error, skipped } = await run();
  const lines = nodeTest.results.map((one) => ({ name: one.name, error: one.error === null ? null : describe(one.error) }));
  res.type('text/plain').send([{ name: '', error: error === undefined ? null : describe(error), skipped }, ...lines].map((line) => JSON.stringify(line)).join('\n'));
};
