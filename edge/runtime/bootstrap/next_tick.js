// process.nextTick: https://nodejs.org/api/process.html#processnexttickcallback-args
//
// Ticks run when the current task is done, before the promise jobs that it left; ticks of a promise job run after those that
// were queued before it.

import { ReflectApply, SafeArray, SafeArrayPush } from './primordials.js';
import { queueMicrotask, reportException } from '../events/index.js';
import { validateFunction } from '../node/internal/errors.js';
import { asyncContext, setAsyncContext } from './async_context.js';
import { setAfterTask } from './tasks.js';

let queue = null;

function runTicks() {
  const context = asyncContext();
  for (; queue !== null; ) {
    const ticks = queue;
    queue = null;
    for (let i = 0; i < ticks.length; i++) runTick(ticks[i]);
  }
  setAsyncContext(context);
}

function runTick({ callback, args, context }) {
  setAsyncContext(context);
  try {
    ReflectApply(callback, undefined, args);
  } catch (error) {
    reportException(error);
  }
}

export function nextTick(callback, ...args) {
  validateFunction(callback, 'callback');
  if (queue === null) {
    const ticks = new SafeArray();
    queue = ticks;
    setAfterTask(runTicks);
    // Unless the end of the task has been first.
    queueMicrotask(() => {
      if (queue === ticks) runTicks();
    });
  }
  SafeArrayPush(queue, { __proto__: null, callback, args, context: asyncContext() });
}
