// What nothing caught: exceptions, and rejections that nobody handles.  The function is told first; when it does not deal
// with them, they fail the invocation whose code it was.  Loaded when there is something.
// https://html.spec.whatwg.org/multipage/webappapis.html#runtime-script-errors

import { isDealtWith } from './hearers.js';
import { isEnding } from './host.js';
import { failEvery, failUncaught } from './invocation.js';
import { rememberTold, takeRejections } from './rejections.js';
import { contextInvocation, enterTask, impure, isBuilding } from './state.js';

let reporting = false;

/** An exception that reached the end of a task, a listener or a microtask. */
export function reportException(error) {
  // In every invocation it would be thrown again, were it not for the snapshot.
  if (isBuilding()) return impure('an exception that nothing catches');
  if (tell(error)) return undefined;
  const invocation = contextInvocation();
  return invocation === null ? failEvery(error) : failUncaught(invocation, error);
}

// What is thrown by those who are told of an exception is not told them.
function tell(error) {
  if (reporting) return false;
  reporting = true;
  try {
    return isDealtWith('error', error);
  } finally {
    reporting = false;
  }
}

/** The macrotask that follows the microtasks in which promises were left rejected. */
export function tellRejections() {
  const { unhandled, handledLate } = takeRejections();
  for (let i = 0; i < handledLate.length; i++) {
    const { promise, reason, owner } = handledLate[i];
    enterTask(owner);
    isDealtWith('rejectionhandled', reason, promise);
  }
  for (let i = 0; i < unhandled.length; i++) tellRejection(unhandled[i]);
}

// Code that belongs to no invocation, or to one that is long over, is nobody's concern any more.
function tellRejection(rejection) {
  const { promise, reason, owner } = rejection;
  if (owner === null || (owner.over && !isEnding(owner.id))) return;
  enterTask(owner);
  if (!owner.over) rememberTold(rejection);
  if (!isDealtWith('unhandledrejection', reason, promise)) failUncaught(owner, reason, 'unhandled rejection');
}
