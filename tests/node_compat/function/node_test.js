// What Node's tests find as `node:test`: enough of it to run theirs, one after the other.

const assert = require('assert');

const results = [];
let last = Promise.resolve();
let running = 0;

function parse(args) {
  const name = typeof args[0] === 'string' ? args[0] : '';
  const run = args.find((arg) => typeof arg === 'function');
  const options = args.find((arg) => typeof arg === 'object' && arg !== null) || {};
  return { name: name || run?.name || '<anonymous>', run, options };
}

class MockFunction {
  constructor() { this.calls = []; }
  callCount() { return this.calls.length; }
  resetCalls() { this.calls = []; }
}

function mockFn(original = () => {}, implementation = original) {
  const mock = new MockFunction();
  const mocked = function (...args) {
    const call = { arguments: args, this: this, result: undefined, error: undefined, target: new.target };
    mock.calls.push(call);
    try {
      call.result = Reflect.apply(implementation, this, args);
      return call.result;
    } catch (error) {
      call.error = error;
      throw error;
    }
  };
  mocked.mock = mock;
  return mocked;
}

function makeMock() {
  const restores = [];
  return {
    fn: mockFn,
    method(object, name, implementation) {
      const descriptor = Object.getOwnPropertyDescriptor(object, name);
      const mocked = mockFn(object[name], implementation);
      Object.defineProperty(object, name, { value: mocked, configurable: true, writable: true });
      restores.push(() => (descriptor ? Object.defineProperty(object, name, descriptor) : delete object[name]));
      return mocked;
    },
    getter(object, name, implementation) {
      const descriptor = Object.getOwnPropertyDescriptor(object, name);
      const mocked = mockFn(descriptor?.get, implementation);
      Object.defineProperty(object, name, { get: mocked, configurable: true });
      restores.push(() => (descriptor ? Object.defineProperty(object, name, descriptor) : delete object[name]));
      return mocked;
    },
    restoreAll() { for (const restore of restores.splice(0)) restore(); },
    reset() { this.restoreAll(); },
  };
}

const mock = makeMock();

class Context {
  constructor(name, hooks) {
    this.name = name;
    this.hooks = hooks;
    this.mock = makeMock();
    this.assert = assert;
    this.cleanups = [];
    this.signal = new AbortController().signal;
  }

  test(...args) { return one(parse(args), `${this.name} > `, this.hooks); }
  after(run) { this.cleanups.push(run); }
  beforeEach(run) { this.hooks.beforeEach.push(run); }
  afterEach(run) { this.hooks.afterEach.push(run); }
  before(run) { return run(); }
  diagnostic() {}
  plan() {}
  skip() { this.skipped = true; }
  todo() { this.skipped = true; }
}

async function call(run, context) {
  if (run.length < 2) return run.call(context, context);
  return new Promise((resolve, reject) => { run.call(context, context, (error) => (error ? reject(error) : resolve())); });
}

async function one({ name, run, options }, prefix, hooks) {
  if (run === undefined || options.skip || options.todo) return;
  const context = new Context(prefix + name, { beforeEach: [...hooks.beforeEach], afterEach: [...hooks.afterEach] });
  running++;
  try {
    for (const hook of hooks.beforeEach) await hook();
    await call(run, context);
    for (const hook of hooks.afterEach) await hook();
    results.push({ name: prefix + name, error: null });
  } catch (error) {
    results.push({ name: prefix + name, error });
  } finally {
    for (const cleanup of context.cleanups) await cleanup();
    context.mock.restoreAll();
    running--;
  }
}

const top = { prefix: '', hooks: { beforeEach: [], afterEach: [] }, after: [] };
let suite = top;

function queue(work) {
  running++;
  last = last.then(work).finally(() => { running--; });
  return last;
}

function test(...args) {
  const parsed = parse(args);
  const { prefix, hooks } = suite;
  return queue(() => one(parsed, prefix, hooks));
}

function describe(...args) {
  const { name, run, options } = parse(args);
  if (run === undefined || options.skip) return Promise.resolve();
  const outer = suite;
  suite = { prefix: `${outer.prefix}${name} > `, hooks: { beforeEach: [...outer.hooks.beforeEach], afterEach: [...outer.hooks.afterEach] }, after: [] };
  const { after } = suite;
  try {
    run();
  } finally {
    suite = outer;
  }
  return queue(async () => { for (const hook of after) await hook(); });
}

for (const kind of [test, describe]) {
  kind.skip = () => Promise.resolve();
  kind.todo = () => Promise.resolve();
  kind.only = kind;
}

module.exports = Object.assign(test, {
  test, it: test, describe, suite: describe, mock, results,
  before: (run) => { queue(run); },
  after: (run) => { suite.after.push(run); },
  beforeEach: (run) => { suite.hooks.beforeEach.push(run); },
  afterEach: (run) => { suite.hooks.afterEach.push(run); },
  settled: () => running === 0,
  finish: async () => { for (const hook of top.after) await hook(); },
});
