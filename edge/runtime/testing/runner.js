// Runs what a test file says, one test after another, and tells what comes of it.

import { describeError, framesOf } from './failure.js';
import { checkAssertions, resetAssertions } from './expect.js';
import { defaults, root, running } from './suites.js';

// Whatever tests do to the clock and to globals: these are the real ones.
const { setTimeout: later, clearTimeout: never, setImmediate: soon, addEventListener: listen } = globalThis;
const clock = performance.now.bind(performance);

const nextTurn = () => new Promise((resolve) => soon(resolve));

class SkippedError extends Error {}

const loose = []; // errors of the test that runs which nobody waits for

function watchLooseErrors() {
  listen('unhandledrejection', (event) => {
    event.preventDefault();
    loose.push(event.reason);
  });
  listen('error', (event) => {
    event.preventDefault();
    loose.push(event.error);
  });
}

function tooLate(what, timeout, said) {
  const error = new Error(`${what} took more than ${timeout} ms; what it waits for did not come (another limit: --timeout, or a number behind the function)`);
  error.stack = `${error}\n${said === null ? '' : framesOf(said)}`;
  return error;
}

/** `body` within `timeout` milliseconds. */
async function inTime(body, timeout, what, args = [], said = null) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = later(() => reject(tooLate(what, timeout, said)), timeout);
  });
  try {
    await Promise.race([body(...args), late]);
  } finally {
    never(timer);
  }
}

const pathOf = (node) => (node.parent === null ? [] : [...pathOf(node.parent), node.name]);
const suitesOf = (node) => (node.parent === null ? [] : [...suitesOf(node.parent), node.parent]);
const testsOf = (node) => (node.suite ? node.children.flatMap(testsOf) : [node]);

/** What is to be run: all, or what is marked `only`; within that what the filter names. */
function select(filter) {
  const all = testsOf(root);
  const isOnly = (node) => node !== null && (node.mode === 'only' || isOnly(node.parent));
  const isSkipped = (node) => node !== null && (node.mode === 'skip' || node.mode === 'todo' ? node.mode : isSkipped(node.parent));
  const marked = all.some(isOnly);
  const pattern = filter === '' ? null : new RegExp(filter, 'i');
  for (const test of all) {
    test.path = pathOf(test);
    const left = pattern !== null && !pattern.test(test.path.join(' '));
    test.status = left ? 'left' : isSkipped(test) || (marked && !isOnly(test) ? 'skip' : 'run');
  }
  return all;
}

const timesOf = (list) => list.reduce((sum, { timeout }) => sum + (timeout ?? defaults.timeout), 0);

/** How long the host may hear nothing: what comes later than that does not come. */
function patienceOf(test) {
  const around = suitesOf(test).reduce((sum, { hooks: own }) => sum + timesOf(own.beforeEach) + timesOf(own.afterEach), 0);
  return (test.retry + 1) * ((test.timeout ?? defaults.timeout) + around);
}

async function hooks(list, what, args) {
  for (const { body, timeout } of list) await inTime(async (...given) => body(...given), timeout ?? defaults.timeout, what, args);
}

const contextOf = (test) => ({
  task: { name: test.name }, name: test.name, onTestFinished: (body) => test.finished.push(body),
  skip: (note = '') => { throw new SkippedError(note); },
});

/** Errors of one try of a test. */
async function attempt(test) {
  const errors = [];
  const keep = async (work) => {
    try {
      await work();
    } catch (error) {
      errors.push(error);
    }
  };
  const timeout = test.timeout ?? defaults.timeout;
  const outer = suitesOf(test);
  const context = contextOf(test);
  resetAssertions();
  await keep(async () => {
    for (const suite of outer) await hooks(suite.hooks.beforeEach, 'beforeEach', [context]);
    await inTime(async () => test.body(context), timeout, 'the test', [], test.said);
    checkAssertions();
  });
  for (const suite of outer.toReversed()) await keep(() => hooks(suite.hooks.afterEach.toReversed(), 'afterEach', [context]));
  for (const body of test.finished.splice(0).toReversed()) await keep(async () => body(context));
  await nextTurn(); // what is rejected by now has been told
  return [...errors, ...loose.splice(0)];
}

async function runTest(test, tell) {
  // Of what was thrown before, by a timer say, the test knows nothing.
  for (const error of loose.splice(0)) tell.note({ t: 'error', path: [], error: describeError(error) });
  await tell({ t: 'start', path: test.path, at: framesOf(test.said), patience: patienceOf(test) });
  const began = clock();
  running.test = test;
  let errors = [];
  for (let tries = 0; tries <= test.retry; tries++) {
    errors = await attempt(test);
    if (errors.length === 0 || errors.some((error) => error instanceof SkippedError)) break;
  }
  running.test = null;
  const skipped = errors.find((error) => error instanceof SkippedError);
  if (test.fails && skipped === undefined) errors = errors.length > 0 ? [] : [new Error('the test is marked as failing, and does not fail')];
  const status = skipped ? 'skip' : errors.length > 0 ? 'fail' : 'pass';
  const event = { t: 'end', path: test.path, status, ms: clock() - began, errors: skipped ? [] : errors.map(describeError) };
  if (skipped?.message) event.note = skipped.message;
  tell.note(event);
}

const wanted = (node) => testsOf(node).some(({ status }) => status === 'run');

async function runSuite(suite, tell, failure = null) {
  let broken = failure;
  const isWanted = wanted(suite);
  if (isWanted && broken === null) {
    try {
      if (suite.hooks.beforeAll.length > 0) await tell({ t: 'busy', patience: timesOf(suite.hooks.beforeAll) });
      await hooks(suite.hooks.beforeAll, 'beforeAll', []);
    } catch (error) {
      broken = describeError(error);
    }
  }
  for (const child of suite.children) {
    if (child.suite) await runSuite(child, tell, broken);
    else if (child.status === 'run' && broken !== null) tell.note({ t: 'end', path: child.path, status: 'fail', ms: 0, errors: [broken] });
    else if (child.status === 'run') await runTest(child, tell);
    else if (child.status !== 'left') tell.note({ t: 'end', path: child.path, status: child.status, ms: 0, errors: [] });
  }
  if (!isWanted || failure !== null) return;
  try {
    if (suite.hooks.afterAll.length > 0) await tell({ t: 'busy', patience: timesOf(suite.hooks.afterAll) });
    await hooks(suite.hooks.afterAll.toReversed(), 'afterAll', []);
  } catch (error) {
    tell.note({ t: 'error', path: pathOf(suite), error: describeError(error) });
  }
}

/** Load one file and run it; every event is told.  Never rejects. */
export async function runFile(load, { filter, timeout }, tell) {
  defaults.timeout = timeout;
  watchLooseErrors();
  try {
    await load();
    await nextTurn();
    if (loose.length > 0) throw loose.splice(0)[0];
    const all = select(filter);
    await tell({ t: 'found', tests: all.length });
    await runSuite(root, tell);
    await nextTurn();
    if (loose.length > 0) throw loose.splice(0)[0];
  } catch (error) {
    await tell({ t: 'error', path: [], error: describeError(error) });
  }
  await tell({ t: 'done' });
}
