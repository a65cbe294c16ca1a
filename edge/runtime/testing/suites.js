// `describe`, `test` and hooks: what a test file says is collected into a tree of suites.

import { titleOf, rowsOf } from './each.js';

const createSuite = (name, parent, mode) => ({
  name, parent, mode, suite: true, children: [], hooks: { beforeAll: [], beforeEach: [], afterEach: [], afterAll: [] },
});

/** The suite of the file. */
export const root = createSuite('', null, 'run');
let current = root;
/** The test that runs, null between tests; its `finished` are to be called after it. */
export const running = { test: null };
/** Milliseconds that a test may take when it says nothing itself. */
export const defaults = { timeout: 5000 };

// `(name, function, options)` and `(name, options, function)`; options may be the timeout alone.
function sorted(first, second) {
  const [body, options] = typeof first === 'function' || first === undefined ? [first, second] : [second, first];
  return { body, options: typeof options === 'number' ? { timeout: options } : (options ?? {}) };
}

const modeOf = (mode, { only, skip, todo }) => (skip ? 'skip' : todo ? 'todo' : only ? 'only' : mode);
const nameOf = (name) => (typeof name === 'function' ? name.name : String(name));

function refuseInTest(what) {
  if (running.test !== null) throw new Error(`${what} is called inside a test: tests and hooks are said at the top of a file or in describe()`);
}

function addTest(name, first, second, mode, fails = false) {
  refuseInTest(`test("${nameOf(name)}")`);
  const { body, options } = sorted(first, second);
  const own = modeOf(mode, options);
  if (body === undefined && own !== 'todo' && own !== 'skip') throw new TypeError(`test("${nameOf(name)}") has no function; test.todo("...") notes what is to be written`);
  const { timeout, retry = 0 } = options;
  current.children.push({ name: nameOf(name), parent: current, mode: own, body, said: new Error('here'), timeout, retry, fails: fails || options.fails === true, finished: [] });
}

function addSuite(name, first, second, mode) {
  refuseInTest(`describe("${nameOf(name)}")`);
  const { body, options } = sorted(first, second);
  const outer = current;
  const suite = createSuite(nameOf(name), outer, modeOf(mode, options));
  outer.children.push(suite);
  current = suite;
  try {
    const result = body?.();
    if (typeof result?.then === 'function') throw new TypeError(`describe("${suite.name}") has an async function: what is awaited belongs into beforeAll or into a test`);
  } finally {
    current = outer;
  }
}

/** A function with `.only`, `.skip`, `.each` and what goes with them. */
function withModifiers(add, { fails } = {}) {
  const make = (mode, failing) => {
    const say = (name, first, second) => add(name, first, second, mode, failing);
    const each = (table, ...values) => (name, first, second) => {
      const { body, options } = sorted(first, second);
      rowsOf(table, values).forEach((row, index) => {
        const bound = body && (() => body(...row.args));
        add(titleOf(nameOf(name), row, index), bound, options, mode, failing);
      });
    };
    return Object.assign(say, { each, for: (table) => (name, first, second) => {
      const { body, options } = sorted(first, second);
      [...table].forEach((value, index) => add(titleOf(nameOf(name), { args: [value], named: value }, index), (context) => body(value, context), options, mode, failing));
    } });
  };
  const all = make('run', false);
  for (const mode of ['only', 'skip', 'todo']) all[mode] = make(mode, false);
  all.concurrent = all.sequential = all;
  all.skipIf = (condition) => (condition ? all.skip : all);
  all.runIf = (condition) => (condition ? all : all.skip);
  if (fails) all.fails = all.failing = make('run', true);
  return all;
}

export const test = withModifiers(addTest, { fails: true });
export const it = test;
export const describe = withModifiers(addSuite);
export const suite = describe;

const hook = (kind) => (body, timeout) => {
  refuseInTest(`${kind}()`);
  current.hooks[kind].push({ body, timeout: typeof timeout === 'number' ? timeout : timeout?.timeout });
};
export const beforeAll = hook('beforeAll');
export const beforeEach = hook('beforeEach');
export const afterAll = hook('afterAll');
export const afterEach = hook('afterEach');
export const before = beforeAll;
export const after = afterAll;

/** Have something done after the test that runs, whatever comes of it. */
export function onTestFinished(body) {
  if (running.test === null) throw new Error('onTestFinished() is for inside a test');
  running.test.finished.push(body);
}
