// node:timers/promises: https://nodejs.org/api/timers.html#timers-promises-api

import { Error, Promise, PromiseReject } from '../bootstrap/primordials.js';
import { isAbortSignal, onAbort } from '../abort/index.js';
import { globals } from '../timers/index.js';
import { coded, invalidArgType, validateNumber, validateObject } from './internal/errors.js';

function abortError(signal) {
  const error = coded(Error, 'ABORT_ERR', 'The operation was aborted', abortError);
  error.name = 'AbortError';
  error.cause = signal.reason;
  return error;
}

function check(options) {
  validateObject(options, 'options');
  if (options.signal !== undefined && !isAbortSignal(options.signal)) throw invalidArgType('options.signal', 'AbortSignal', options.signal);
  if (options.ref !== undefined && typeof options.ref !== 'boolean') throw invalidArgType('options.ref', 'boolean', options.ref);
}

/** A promise that `start(resolve)` settles; the signal of the options rejects it and calls `stop`. */
function wait(options, start, stop) {
  try {
    check(options);
  } catch (error) {
    return PromiseReject(error);
  }
  const { signal } = options;
  if (signal?.aborted) return PromiseReject(abortError(signal));
  return new Promise((resolve, reject) => {
    let forget = () => {};
    const handle = start((value) => {
      forget();
      resolve(value);
    });
    if (signal !== undefined) forget = onAbort(signal, () => {
      stop(handle);
      reject(abortError(signal));
    });
  });
}

function setTimeout(delay, value, options = {}) {
  try {
    if (delay !== undefined) validateNumber(delay, 'delay');
  } catch (error) {
    return PromiseReject(error);
  }
  return wait(options, (resolve) => globals.setTimeout(() => resolve(value), delay), globals.clearTimeout);
}

function setImmediate(value, options = {}) {
  return wait(options, (resolve) => globals.setImmediate(() => resolve(value)), globals.clearImmediate);
}

/** Yields `value` every `delay` milliseconds; ticks that nobody took are not lost. */
async function* setInterval(delay, value, options = {}) {
  check(options);
  const { signal } = options;
  if (signal?.aborted) throw abortError(signal);
  let ticks = 0;
  let wake = () => {};
  const interval = globals.setInterval(() => {
    ticks++;
    wake();
  }, delay);
  const forget = signal === undefined ? () => {} : onAbort(signal, () => wake());
  try {
    for (;;) {
      if (ticks === 0 && !signal?.aborted) await new Promise((resolve) => { wake = resolve; });
      for (; ticks > 0; ticks--) yield value;
      if (signal?.aborted) throw abortError(signal);
    }
  } finally {
    globals.clearInterval(interval);
    forget();
  }
}

export default {
  setTimeout,
  setImmediate,
  setInterval,
  scheduler: {
    wait: (delay, options) => setTimeout(delay, undefined, options),
    yield: () => setImmediate(),
  },
};
