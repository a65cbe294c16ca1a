// What the parts of the runtime share: is a snapshot being built, and which invocation does the running code belong to.

import { asyncContext, setAsyncContext } from './async_context.js';
import { AsyncFrame } from './async_frame.js';

let building = true;
let reason = '';
let task = null;

/** True while a startup snapshot is being built: there is no host, no clock and no randomness to be had. */
export function isBuilding() {
  return building;
}

export function setBuilding(value) {
  building = value;
}

/** Called by everything that reads the clock, draws randomness or needs the host.  Costs nothing at run time. */
export function impure(what) {
  if (building && reason === '') reason = what;
}

/** Why the package being built cannot keep its initialised state; '' when it can. */
export function impurity() {
  return reason;
}

export function clearImpurity() {
  reason = '';
}

/** A macrotask of this invocation begins; null for one of the runtime itself.  `values` are those of whoever queued it. */
export function enterTask(invocation, values = null) {
  task = invocation;
  setAsyncContext(values === null ? invocation ?? undefined : new AsyncFrame(invocation, values));
}

/** What AsyncLocalStorage keeps for the running code: a map that is never changed, or null. */
export function asyncValues() {
  return AsyncFrame.valuesOf(asyncContext());
}

/** Set it, for what runs from now on in this task and for what that starts. */
export function setAsyncValues(values) {
  const invocation = contextInvocation();
  setAsyncContext(values === null ? invocation ?? undefined : new AsyncFrame(invocation, values));
}

/**
 * The invocation that the running code belongs to, ended or not; null without one.  Code belongs to the invocation that
 * started it.  What modules started when they were loaded belongs to whichever invocation makes it go on.
 */
export function contextInvocation() {
  const context = asyncContext();
  return context === undefined ? task : AsyncFrame.invocationOf(context);
}

/** The same, but null when that invocation has ended. */
export function currentInvocation() {
  const found = contextInvocation();
  return found === null || found.over ? null : found;
}
