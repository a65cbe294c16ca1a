// The macrotask queue: one task a turn of the host, so that microtasks run in between.

import { SafeMap } from './primordials.js';

let queue = new SafeMap();
let first = 0;
let last = 0;

/** Queue a macrotask. */
export function queueTask(run) {
  queue.set(last, run);
  last += 1;
}

/** Run the oldest task; false when there is none. */
export function runTask() {
  if (first === last) return false;
  const run = queue.get(first);
  queue.delete(first);
  first += 1;
  run();
  return true;
}

export function hasTask() {
  return first !== last;
}

/** Drop every task: the invocation that queued them has ended. */
export function clearTasks() {
  queue = new SafeMap();
  first = last;
}
