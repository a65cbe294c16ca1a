// What the parts of the runtime share: is a snapshot being built, and which invocation is running.

let building = true;
let reason = '';
let invocation = null;

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

/** The invocation whose code is running, or null. */
export function currentInvocation() {
  return invocation;
}

export function setCurrentInvocation(value) {
  invocation = value;
}
