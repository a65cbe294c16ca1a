// Host calls of invocations that have ended.  Loaded when there is one.

import { Error, ErrorCaptureStackTrace, Promise, PromiseReject } from './primordials.js';

// Code that tries again for ever must not keep the isolate busy for ever: at some point it gets no answer any more.
const MAX_REFUSALS = 100;

function endedError(op, what) {
  const error = new Error(`${op} ${what} (await host calls before answering, keep the invocation open with waitUntil, or begin the work in the request that needs it)`);
  error.code = 'ERR_INVOCATION_ENDED';
  ErrorCaptureStackTrace(error, endedError);
  return error;
}

/** The promise of a call that cannot be made: `owner` has ended, or is null where code runs for no invocation. */
export function refuse(op, owner) {
  if (owner === null) return PromiseReject(endedError(op, 'was called outside of any invocation'));
  owner.refusals += 1;
  if (owner.refusals > MAX_REFUSALS) return new Promise(() => {});
  return PromiseReject(endedError(op, 'belongs to an invocation that has ended'));
}

/** Fail calls whose invocation ended before their reply came. */
export function failAll(calls) {
  for (let i = 0; i < calls.length; i++) calls[i].reject(endedError(calls[i].op, 'had no answer yet when its invocation ended'));
}
