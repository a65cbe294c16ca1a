// Timers: https://html.spec.whatwg.org/multipage/timers-and-user-prompts.html#timers
// They return Node's Timeout objects, which convert to the number that the web knows.
// A timer belongs to the invocation that set it, and ends with it.

import {
  Error, Number, ReflectApply, SafeMap, SafeSet, SetPrototypeForEach, SymbolToPrimitive, TypeError, MathMax, MathTrunc, NumberIsNaN,
} from '../bootstrap/primordials.js';
import { currentInvocation, impure, monotonicNow } from '../bootstrap/host.js';
import { asyncValues } from '../bootstrap/state.js';
import { queueTask } from '../bootstrap/tasks.js';
import { TimerHeap } from './heap.js';

const MAX_TIMERS = 10000; // of one invocation
const MAX_DELAY = 2147483647;
const MIN_NESTED_DELAY = 4;
const NESTING_LIMIT = 5;

const heap = new TimerHeap();
const active = new SafeMap();
let lastId = 0;
let nesting = 0;

class Timeout {
  #id;
  #referenced = true;

  constructor(id) {
    this.#id = id;
  }

  ref() { return this.#refer(true); }
  unref() { return this.#refer(false); }
  hasRef() { return this.#referenced; }
  refresh() { restart(this.#id); return this; }
  close() { clear(this.#id); return this; }
  [SymbolToPrimitive]() { return this.#id; }
  #refer(referenced) {
    this.#referenced = referenced;
    const timer = active.get(this.#id);
    if (timer !== undefined) timer.referenced = referenced;
    return this;
  }
  static isTimeout(value) { return typeof value === 'object' && value !== null && #id in value; }
  static id(timeout) { return timeout.#id; }
}
const { isTimeout, id: timeoutId } = Timeout;
delete Timeout.isTimeout;
delete Timeout.id;

function wholeDelay(delay) {
  const number = MathTrunc(+delay);
  return NumberIsNaN(number) || number > MAX_DELAY ? 1 : MathMax(number, 1);
}

function start(callback, delay, args, repeat, reference) {
  if (typeof callback !== 'function') throw new TypeError('The "callback" argument must be of type function');
  impure('a timer');
  lastId += 1;
  const owner = currentInvocation();
  // Code whose invocation has ended waits for ever, as it does for the timers that it had.
  if (owner === null) return reference(lastId);
  owner.timers ??= new SafeSet();
  if (owner.timers.size >= MAX_TIMERS) throw new Error(`too many timers (at most ${MAX_TIMERS} at once)`);
  let wait = wholeDelay(delay);
  if (nesting > NESTING_LIMIT && wait < MIN_NESTED_DELAY) wait = MIN_NESTED_DELAY;
  const timer = { __proto__: null, id: lastId, order: lastId, due: monotonicNow() + wait, at: -1, wait, callback, args, repeat, level: nesting + 1, referenced: true, owner, values: asyncValues() };
  owner.timers.add(timer);
  active.set(lastId, timer);
  heap.add(timer);
  return reference(lastId);
}

function clear(id) {
  const timer = active.get(id);
  if (timer === undefined) return;
  active.delete(id);
  timer.owner.timers.delete(timer);
  heap.remove(timer);
}

function restart(id) {
  const timer = active.get(id);
  if (timer === undefined) return;
  heap.remove(timer);
  timer.due = monotonicNow() + timer.wait;
  heap.add(timer);
}

function fire(timer) {
  // Cleared since it became due, or set anew.
  if (active.get(timer.id) !== timer || timer.at >= 0) return;
  nesting = timer.level;
  if (timer.repeat) {
    if (timer.level > NESTING_LIMIT) timer.wait = MathMax(timer.wait, MIN_NESTED_DELAY);
    timer.level += 1;
    restart(timer.id);
  } else clear(timer.id);
  try {
    ReflectApply(timer.callback, globalThis, timer.args);
  } finally {
    nesting = 0;
  }
}

/** Queue a task for each timer that is due. */
export function runDueTimers() {
  if (heap.size === 0) return;
  const at = monotonicNow();
  while (heap.size > 0 && heap.peek().due <= at) {
    const timer = heap.take();
    queueTask(() => fire(timer), timer.owner, timer.values);
  }
}

/** Milliseconds until the next timer of any invocation, or null. */
export function nextTimer() {
  return heap.size === 0 ? null : MathMax(0, heap.peek().due - monotonicNow());
}

/** Whether a timer of an invocation is set that has not been told not to be waited for. */
export function isWaitedFor(owner) {
  let found = false;
  if (owner.timers !== null) SetPrototypeForEach(owner.timers, ({ referenced }) => (found ||= referenced));
  return found;
}

/** Timers die with their invocation. */
export function clearTimers(owner) {
  if (owner.timers === null) return;
  SetPrototypeForEach(owner.timers, (timer) => {
    active.delete(timer.id);
    heap.remove(timer);
  });
  owner.timers = null;
}

const timeout = (id) => new Timeout(id);

function cancel(handle) {
  if (isTimeout(handle)) clear(timeoutId(handle));
  else if (typeof handle === 'number' || typeof handle === 'string') clear(Number(handle));
}

class Immediate {
  #callback;
  #args;
  #owner;

  constructor(callback, args, owner) {
    this.#callback = callback;
    this.#args = args;
    this.#owner = owner;
  }

  ref() { return this; }
  unref() { return this; }
  hasRef() { return true; }
  static isImmediate(value) { return typeof value === 'object' && value !== null && #callback in value; }
  static clear(immediate) {
    if (immediate.#callback !== null) immediate.#owner.immediates -= 1;
    immediate.#callback = null;
  }
  static run(immediate) {
    const callback = immediate.#callback;
    clearImmediate(immediate);
    if (callback !== null) ReflectApply(callback, globalThis, immediate.#args);
  }
}
const { isImmediate, clear: clearImmediate, run: runImmediate } = Immediate;
delete Immediate.isImmediate;
delete Immediate.clear;
delete Immediate.run;

function startImmediate(callback, args) {
  if (typeof callback !== 'function') throw new TypeError('The "callback" argument must be of type function');
  impure('an immediate');
  const owner = currentInvocation();
  if (owner === null) return new Immediate(null, args, null);
  if (owner.immediates >= MAX_TIMERS) throw new Error(`too many immediates (at most ${MAX_TIMERS} at once)`);
  owner.immediates += 1;
  const immediate = new Immediate(callback, args, owner);
  queueTask(() => runImmediate(immediate), owner);
  return immediate;
}

export const globals = {
  setTimeout(callback, delay = 0, ...args) { return start(callback, delay, args, false, timeout); },
  setInterval(callback, delay = 0, ...args) { return start(callback, delay, args, true, timeout); },
  clearTimeout(id = undefined) { cancel(id); },
  clearInterval(id = undefined) { cancel(id); },
  setImmediate(callback, ...args) { return startImmediate(callback, args); },
  clearImmediate(handle) { if (isImmediate(handle)) clearImmediate(handle); },
};
