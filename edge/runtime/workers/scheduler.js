// scheduler.wait: https://developers.cloudflare.com/workers/runtime-apis/scheduler/

import { ObjectFreeze, Promise } from '../bootstrap/primordials.js';
import { abortReason, isAborted, onAbort } from '../abort/index.js';
import { globals as timers } from '../timers/index.js';
import { toDictionary } from '../webidl/index.js';

/** Resolves after so many milliseconds; rejects with the reason of `signal` when that aborts before. */
async function wait(milliseconds, options = undefined) {
  const { signal } = toDictionary(options, 'The options');
  if (signal !== undefined && isAborted(signal)) throw abortReason(signal);
  await new Promise((resolve, reject) => {
    const timer = timers.setTimeout(resolve, milliseconds);
    if (signal === undefined) return;
    onAbort(signal, (reason) => {
      timers.clearTimeout(timer);
      reject(reason);
    });
  });
}

export const scheduler = ObjectFreeze({ wait });
