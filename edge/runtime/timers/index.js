// Timers: https://html.spec.whatwg.org/multipage/timers-and-user-prompts.html#timers
// They return Node's Timeout objects, which convert to the number that the web knows.

import {
  Error, Number, ReflectApply, SafeMap, SymbolToPrimitive, TypeError, MathMax, MathTrunc, NumberIsNaN,
} from '../bootstrap/primordials.js';
import { impure, monotonicNow } from '../bootstrap/host.js';
import { queueTask } from '../bootstrap/tasks.js';
import { TimerHeap } from './heap.js';

const MAX_TIMERS = 10000;
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

  ref() { this.#referenced = true; return this; }
  unref() { this.#referenced = false; return this; }
  hasRef() { return this.#referenced; }
  refresh() { restart(this.#id); return this; }
  close() { clear(this.#id); return this; }
  [SymbolToPrimitive]() { return this.#id; }
  static isTimeout(value) { return typeof value === 'object' && value !== null && #id in value; }
  static id(timeout) { return timeout.#id; }
}
const { isTimeout, id: timeoutId } = Timeout;
delete Timeout.isTimeout;
delete Timeout.id;

function wholeDelay(delay) {
  const number = MathTrunc(Number(delay));
  return NumberIsNaN(number) || number > MAX_DELAY ? 1 : MathMax(number, 1);
}

function start(callback, delay, args, repeat, reference) {
  if (typeof callback !== 'function') throw new TypeError('The "callback" argument must be of type function');
  impure('a timer');
  if (active.size >= MAX_TIMERS) throw new Error(`too many timers (at most ${MAX_TIMERS} at once)`);
  lastId += 1;
  let wait = wholeDelay(delay);
  if (nesting >= NESTING_LIMIT && wait < MIN_NESTED_DELAY) wait = MIN_NESTED_DELAY;
  const timer = { __proto__: null, id: lastId, order: lastId, due: monotonicNow() + wait, wait, callback, args, repeat, level: nesting + 1, live: true };
  active.set(lastId, timer);
  heap.add(timer);
  return reference(lastId);
}

function clear(id) {
  const timer = active.get(id);
  if (timer === undefined) return;
  timer.live = false;
  active.delete(id);
}

function restart(id) {
  const timer = active.get(id);
  if (timer === undefined) return;
  clear(id);
  const again = { __proto__: null, ...timer, due: monotonicNow() + timer.wait, live: true };
  active.set(id, again);
  heap.add(again);
}

function fire(timer) {
  if (!timer.live) return;
  nesting = timer.level;
  if (timer.repeat) {
    timer.level += 1;
    restart(timer.id);
  } else clear(timer.id);
  try {
    ReflectApply(timer.callback, globalThis, timer.args);
  } finally {
    nesting = 0;
  }
}

function dropDead() {
  while (heap.size > 0 && !heap.peek().live) heap.take();
}

/** Queue a task for each timer that is due. */
export function runDueTimers() {
  const at = monotonicNow();
  for (dropDead(); heap.size > 0 && heap.peek().due <= at; dropDead()) {
    const timer = heap.take();
    queueTask(() => fire(timer));
  }
}

/** Milliseconds until the next timer, or null. */
export function nextTimer() {
  dropDead();
  return heap.size === 0 ? null : MathMax(0, heap.peek().due - monotonicNow());
}

/** Timers die with their invocation. */
export function clearTimers() {
  active.clear();
  heap.clear();
}

const timeout = (id) => new Timeout(id);

function cancel(handle) {
  if (isTimeout(handle)) clear(timeoutId(handle));
  else if (typeof handle === 'number' || typeof handle === 'string') clear(Number(handle));
}

const immediates = new SafeMap();

class Immediate {
  #id;
  constructor(id) { this.#id = id; }
  ref() { return this; }
  unref() { return this; }
  hasRef() { return true; }
  static isImmediate(value) { return typeof value === 'object' && value !== null && #id in value; }
  static id(immediate) { return immediate.#id; }
}
const { isImmediate, id: immediateId } = Immediate;
delete Immediate.isImmediate;
delete Immediate.id;

function runImmediate(id) {
  const run = immediates.get(id);
  if (run === undefined) return;
  immediates.delete(id);
  run();
}

export const globals = {
  setTimeout(callback, delay = 0, ...args) { return start(callback, delay, args, false, timeout); },
  setInterval(callback, delay = 0, ...args) { return start(callback, delay, args, true, timeout); },
  clearTimeout(id) { cancel(id); },
  clearInterval(id) { cancel(id); },
  setImmediate(callback, ...args) {
    if (typeof callback !== 'function') throw new TypeError('The "callback" argument must be of type function');
    impure('an immediate');
    if (immediates.size >= MAX_TIMERS) throw new Error(`too many immediates (at most ${MAX_TIMERS} at once)`);
    lastId += 1;
    const id = lastId;
    immediates.set(id, () => ReflectApply(callback, globalThis, args));
    queueTask(() => runImmediate(id));
    return new Immediate(id);
  },
  clearImmediate(handle) { if (isImmediate(handle)) immediates.delete(immediateId(handle)); },
};
