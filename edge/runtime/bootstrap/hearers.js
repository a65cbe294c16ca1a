// Who is told of what nothing caught, before it fails the invocation: see uncaught.js.

import { SafeArray, SafeArrayPush } from './primordials.js';

let hearers = null;

/**
 * `hear(kind, value, promise)` tells the function and answers whether it has dealt with it.  Kinds are error,
 * unhandledrejection and rejectionhandled; it must not throw.
 */
export function addHearer(hear) {
  hearers ??= new SafeArray();
  SafeArrayPush(hearers, hear);
}

/** Tell everybody; whether anybody has dealt with it. */
export function isDealtWith(kind, value, promise) {
  let dealtWith = false;
  for (let i = 0; hearers !== null && i < hearers.length; i++) dealtWith = hearers[i](kind, value, promise) || dealtWith;
  return dealtWith;
}
