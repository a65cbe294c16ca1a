// What the parts of the runtime share: is a snapshot being built, and which invocation does the running code belong to.

import { asyncContext, setAsyncContext } from './async_context.js';

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

/** A macrotask of this invocation begins; null for one of the runtime itself. */
export function enterTask(invocation) {
  task = invocation;
  setAsyncContext(invocation ?? undefined);
}

/**
 * The invocation that the running code belongs to, ended or not; null without one.  Code belongs to the invocation that
 * started it.  What modules started when they were loaded belongs to whichever invocation makes it go on.
 */
export function contextInvocation() {
  return asyncContext() ?? task;
}

/** The same, but null when that invocation has ended. */
export function currentInvocation() {
  const found = contextInvocation();
  return found === null || found.over ? null : found;
}
