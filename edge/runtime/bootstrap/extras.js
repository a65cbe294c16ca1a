// V8's extras binding: functions for embedders that no script can name, and a place that only the host and this file know.

import { ObjectDefineProperty } from './primordials.js';
import { setAsyncContextFunctions } from './async_context.js';
import { usePlaces } from './doorbell.js';
import { takeExtras } from './globals.js';
import { noteRejection } from './rejections.js';

// Where edge/engine/rejections.py looks for the function that it calls.
const PLACE = 0;

let binding;

/** While shaking hands: `bring` makes the host lay the binding on the global object for a moment. */
export function captureExtras(bring) {
  binding = takeExtras(bring);
  if (binding === undefined) return;
  ObjectDefineProperty(binding, PLACE, { __proto__: null, value: noteRejection });
  usePlaces(binding);
}

/** V8's binding, for the places of scripts (./scripts.js); undefined where this build of V8 does not give it. */
export const extrasBinding = () => binding;

/** From now on each promise reaction knows whose it is.  Where it would always be the same one's, it need not. */
export function followAsyncContext() {
  if (binding !== undefined) setAsyncContextFunctions(binding);
}
