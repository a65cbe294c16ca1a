// The client left before it had the whole response.  Loaded when one does.

import { PromisePrototypeThen } from './primordials.js';
import { DOMException } from '../events/dom_exception.js';
import { failWrites } from './host.js';
import { promiseOf } from './promise_of.js';

const ignore = () => {};

function cancelSource(invocation, error) {
  if (invocation.onGone === null) return;
  try {
    const cancelled = promiseOf(invocation.onGone(error));
    if (cancelled !== null) invocation.hold(PromisePrototypeThen(cancelled, ignore, ignore));
  } catch {
    // The source is the function's own, and nobody is there to hear of its failure.
  }
}

/** Abort the request's signal, cancel the source of the response, refuse what is still written. */
export function leave(invocation, reason) {
  if (invocation.gone) return;
  const error = new DOMException(reason, 'AbortError');
  invocation.leave(error);
  cancelSource(invocation, error);
  failWrites(invocation, error);
}
