// Promises that are rejected while nobody handles them, until the function is told about them (uncaught.js).
// https://html.spec.whatwg.org/multipage/webappapis.html#unhandled-promise-rejections

import { SafeArray, SafeArrayPush, SafeMap, SafeWeakMap } from './primordials.js';
import { contextInvocation } from './state.js';

// What V8 says of a promise (v8::PromiseRejectEvent).  It says two things more: that a settled one is settled again.
const UNHANDLED = 0;
const HANDLED_AFTER_ALL = 1;

let noted = null; // promise -> {promise, reason, owner}
let told = null; // the same, of those that the function has been told about
let late = null; // of those, what has been handled since

/** Called by the host in the middle of whatever runs. */
export function noteRejection(event, promise, reason) {
  if (event === UNHANDLED) {
    noted ??= new SafeMap();
    noted.set(promise, { __proto__: null, promise, reason, owner: contextInvocation() });
  } else if (event === HANDLED_AFTER_ALL && !noted?.delete(promise)) {
    const rejection = told?.get(promise);
    if (rejection === undefined) return;
    told.delete(promise);
    late ??= new SafeArray();
    SafeArrayPush(late, rejection);
  }
}

/** Whether there is something to tell.  Asked when microtasks have run: what is there then was not handled in time. */
export function hasRejections() {
  return late !== null || (noted !== null && noted.size > 0);
}

/** Take what there is: `{unhandled, handledLate}`, lists. */
export function takeRejections() {
  const unhandled = new SafeArray();
  noted?.forEach((rejection) => SafeArrayPush(unhandled, rejection));
  const handledLate = late ?? new SafeArray();
  noted = null;
  late = null;
  return { __proto__: null, unhandled, handledLate };
}

/** The function has been told about a rejection: it is told again when that is handled after all. */
export function rememberTold(rejection) {
  told ??= new SafeWeakMap();
  told.set(rejection.promise, rejection);
}

/** Forget everything, as if nothing had run. */
export function resetRejections() {
  noted = null;
  told = null;
  late = null;
}
