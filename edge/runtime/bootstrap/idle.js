// Waiting until nothing of an invocation is under way: what Node calls an empty event loop.

import { ArrayPrototypePush } from './primordials.js';
import { isWaitedFor } from '../timers/index.js';
import { queueTask } from './tasks.js';

let waiting = null; // {owner, wake} of those who wait

/** Call `wake` in a task of its own when no host call, timer or task of `owner` is left. */
export function whenIdle(owner, wake) {
  waiting ??= [];
  ArrayPrototypePush(waiting, { __proto__: null, owner, wake });
}

// Sockets that are not waited for (unref) have calls under way that do not count.
function isIdle(owner) {
  return (owner.calls === null || owner.calls.size <= owner.neglected) && !isWaitedFor(owner);
}

/** Called when no task is left: wake those whose time has come, and say whether there were any. */
export function wakeIdle() {
  if (waiting === null) return false;
  const left = [];
  let any = false;
  for (let i = 0; i < waiting.length; i++) {
    const { owner, wake } = waiting[i];
    if (owner.over) continue;
    if (!isIdle(owner)) ArrayPrototypePush(left, waiting[i]);
    else {
      queueTask(wake, owner);
      any = true;
    }
  }
  waiting = left.length === 0 ? null : left;
  return any;
}
