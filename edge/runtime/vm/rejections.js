// Promises that are rejected while nobody handles them.  The host calls `note` in the middle of whatever runs
// (edge/engine/rejections.py); what is still there when microtasks have run was not handled in time.

import { ObjectDefineProperty, SafeArray, SafeArrayPush, SafeMap } from '../bootstrap/primordials.js';
import { keepPlaces } from '../bootstrap/scripts.js';
import { takeExtras } from './globals.js';

const PLACE = 0;
const UNHANDLED = 0;
const HANDLED_AFTER_ALL = 1;
const MAX_NOTED = 1000;

let noted = null;

function note(event, promise, reason) {
  if (event === UNHANDLED) {
    noted ??= new SafeMap();
    if (noted.size < MAX_NOTED) noted.set(promise, reason);
  } else if (event === HANDLED_AFTER_ALL) noted?.delete(promise);
}

/** While shaking hands: `bring` makes the host lay V8's extras binding on the global object for a moment. */
export function watchRejections(bring) {
  const extras = takeExtras(bring);
  if (extras === undefined) return;
  ObjectDefineProperty(extras, PLACE, { __proto__: null, value: note });
  keepPlaces(extras);
}

/** What was not handled: a list of reasons, or null. */
export function takeRejections() {
  if (noted === null || noted.size === 0) return null;
  const reasons = new SafeArray();
  noted.forEach((reason) => SafeArrayPush(reasons, reason));
  noted = null;
  return reasons;
}
