// `vi`, which Jest calls `jest`: spies, fake timers, globals and variables for the time of a test.

import { clearAllMocks, fn, isMockFunction, resetAllMocks, restoreAllMocks, spyOn } from '@vitest/spy';
import { withGlobal } from '@sinonjs/fake-timers';
import { defaults } from './suites.js';

const FAKED = ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'clearImmediate', 'Date'];
const realDate = Date;
const { setTimeout: later } = globalThis;

let timers = null;

function clock() {
  if (timers === null) throw new Error('timers are real: call vi.useFakeTimers() first');
  return timers;
}

const onClock = (name) => (...args) => {
  const result = clock()[name](...args);
  return typeof result?.then === 'function' ? result.then(() => vi) : vi;
};

const globals = new Map(); // name -> descriptor before, undefined when there was none
const variables = new Map();

function stubGlobal(name, value) {
  if (!globals.has(name)) globals.set(name, Object.getOwnPropertyDescriptor(globalThis, name));
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: true });
  return vi;
}

function unstubAllGlobals() {
  for (const [name, before] of globals) {
    if (before === undefined) delete globalThis[name];
    else Object.defineProperty(globalThis, name, before);
  }
  globals.clear();
  return vi;
}

function stubEnv(name, value) {
  if (!variables.has(name)) variables.set(name, process.env[name]);
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
  return vi;
}

function unstubAllEnvs() {
  for (const [name, before] of variables) {
    if (before === undefined) delete process.env[name];
    else process.env[name] = before;
  }
  variables.clear();
  return vi;
}

/** Try until nothing is thrown. */
async function waitFor(body, options = {}) {
  const { timeout = 1000, interval = 50 } = typeof options === 'number' ? { timeout: options } : options;
  const end = performance.now() + timeout;
  for (;;) {
    try {
      return await body();
    } catch (error) {
      if (performance.now() >= end) throw error;
    }
    if (timers !== null) timers.tick(interval);
    await new Promise((resolve) => later(resolve, interval));
  }
}

async function waitUntil(body, options) {
  return await waitFor(async () => {
    const value = await body();
    if (!value) throw new Error('waitUntil: it did not become true in time');
    return value;
  }, options);
}

const chained = (change) => () => {
  change();
  return vi;
};

function cannotMock() {
  throw new Error('modules are not replaced from inside a test: vi.spyOn(object, "name"), vi.stubGlobal("fetch", ...), or `mock_modules` in function.toml');
}

export const vi = {
  fn, spyOn, isMockFunction, mocked: (value) => value,
  clearAllMocks: chained(clearAllMocks), resetAllMocks: chained(resetAllMocks), restoreAllMocks: chained(restoreAllMocks),
  useFakeTimers({ now = realDate.now(), toFake = FAKED, ...more } = {}) {
    vi.useRealTimers();
    timers = withGlobal(globalThis).install({ now, toFake, ...more, ignoreMissingTimers: true });
    return vi;
  },
  useRealTimers() {
    timers?.uninstall();
    timers = null;
    return vi;
  },
  isFakeTimers: () => timers !== null,
  advanceTimersByTime: onClock('tick'), advanceTimersByTimeAsync: onClock('tickAsync'),
  advanceTimersToNextTimer: onClock('next'), advanceTimersToNextTimerAsync: onClock('nextAsync'),
  runAllTimers: onClock('runAll'), runAllTimersAsync: onClock('runAllAsync'),
  runOnlyPendingTimers: onClock('runToLast'), runOnlyPendingTimersAsync: onClock('runToLastAsync'),
  clearAllTimers: onClock('reset'),
  getTimerCount: () => clock().countTimers(),
  setSystemTime(time) {
    if (timers === null) vi.useFakeTimers({ toFake: ['Date'] });
    timers.setSystemTime(time);
    return vi;
  },
  getMockedSystemTime: () => (timers === null ? null : new Date(timers.now)),
  getRealSystemTime: () => realDate.now(),
  stubGlobal, unstubAllGlobals, stubEnv, unstubAllEnvs, waitFor, waitUntil,
  hoisted: (make) => make(),
  setConfig({ testTimeout }) { if (testTimeout !== undefined) defaults.timeout = testTimeout; },
  setTimeout(timeout) {
    defaults.timeout = timeout;
    return vi;
  },
  mock: cannotMock, doMock: cannotMock, unmock: cannotMock,
};
