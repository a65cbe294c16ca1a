// Work that a function gave to waitUntil: it outlives the response, a failure of the function, and the client.
// Loaded when there is some.

import { Error, PromisePrototypeThen, PromiseResolve } from './primordials.js';
import { describe } from './failures.js';
import { emit } from './host.js';
import { emitLog } from './logs.js';

function logError(invocation, what, error) {
  const { name, message, stack } = describe(error);
  emitLog(invocation, 'error', `${what}: ${stack || `${name}: ${message}`}`);
}

function changed(invocation) {
  const { pending, rejected } = invocation.background;
  const effect = { __proto__: null, t: 'background', id: invocation.id, pending: pending > 0 };
  if (rejected > 0) effect.rejected = rejected;
  invocation.background.rejected = 0;
  emit(effect);
}

/** Keep the invocation open until `promise` has settled; what it rejects with goes to the log. */
export function waitUntil(invocation, promise) {
  if (invocation.over) return;
  const work = PromiseResolve(promise);
  const tally = (invocation.background ??= { __proto__: null, pending: 0, rejected: 0, first: null });
  const settled = () => {
    tally.pending -= 1;
    if (tally.pending === 0 && !invocation.over) changed(invocation);
  };
  tally.pending += 1;
  if (tally.pending === 1) changed(invocation);
  invocation.hold(PromisePrototypeThen(work, settled, (error) => {
    tally.rejected += 1;
    tally.first ??= { __proto__: null, error };
    logError(invocation, 'waitUntil', error);
    settled();
  }));
}

/** The function failed while such work is under way, or failed already, or the client has gone; `finish` ends the invocation. */
export function failOpen(invocation, error, effect, finish) {
  if (invocation.closed === null) {
    effect.pending = true;
    emit(effect);
    invocation.closed = new Error('the function has failed, and its response with it');
  } else if (error !== invocation.closed && !(invocation.gone && describe(error).name === 'AbortError')) {
    logError(invocation, 'uncaught exception', error);
  }
  PromisePrototypeThen(invocation.settle(), finish);
}
