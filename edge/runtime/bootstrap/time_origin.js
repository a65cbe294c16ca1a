// The time origin: an invocation's begin.  https://www.w3.org/TR/hr-time-3/#sec-time-origin
// Never part of a snapshot, and no invocation sees that of another.

import { MathMax } from './primordials.js';
import { contextInvocation, impure, isBuilding, monotonicNow } from './host.js';

let isolateOrigin = -1; // of code that runs for no invocation

/** Unix time in whole milliseconds.  It is the step of the clock before the begin, so that no time since then is 0. */
export function timeOrigin() {
  impure('the clock');
  if (isBuilding()) return 0;
  const invocation = contextInvocation();
  if (invocation !== null) return invocation.started - 1;
  if (isolateOrigin < 0) isolateOrigin = monotonicNow() - 1;
  return isolateOrigin;
}

/** Milliseconds since the time origin; 0 while a snapshot is built. */
export function sinceOrigin() {
  const origin = timeOrigin();
  return origin === 0 ? 0 : MathMax(0, monotonicNow() - origin);
}
