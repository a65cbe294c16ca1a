// The macrotask queue: one task a turn of the host, so that microtasks run in between.

import { SafeMap } from './primordials.js';
import { asyncValues, contextInvocation, enterTask } from './state.js';

let queue = new SafeMap();
let afterTask = null;
let first = 0;
let last = 0;

/** Queue a macrotask of an invocation, by default of the one whose code this is; null for one of the runtime itself. */
export function queueTask(run, owner = contextInvocation(), values = asyncValues()) {
  queue.set(last, { __proto__: null, run, owner, values });
  last += 1;
}

/** Run the oldest task; false when there is none. */
export function runTask() {
  if (!hasTask()) return false;
  const { run, owner, values } = queue.get(first);
  queue.delete(first);
  first += 1;
  enterTask(owner, values);
  run();
  if (afterTask !== null) afterTask();
  return true;
}

/** Call something at the end of each task, before its promise jobs. */
export function setAfterTask(callback) {
  afterTask = callback;
}

/** Whether there is a task; those of invocations that have ended are dropped. */
export function hasTask() {
  for (; first !== last; first += 1) {
    const { owner } = queue.get(first);
    if (owner === null || !owner.over) return true;
    queue.delete(first);
  }
  return false;
}

/** Drop every task. */
export function clearTasks() {
  queue = new SafeMap();
  first = last;
}
