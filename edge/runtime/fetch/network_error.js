// Network errors: https://fetch.spec.whatwg.org/#concept-network-error
// Of what happened the standard shows nothing.  Here, as in Node, the TypeError has a `cause` that says it, with a code.

import { Error, StringPrototypeSlice, StringPrototypeStartsWith, TypeError } from '../bootstrap/primordials.js';

const PREFIX = 'fetch failed: ';

/** A network error of our own. */
export function networkError(reason, code) {
  const cause = new Error(reason);
  cause.code = code;
  const error = new TypeError(PREFIX + reason, { __proto__: null, cause });
  error.code = code;
  return error;
}

/** What a host call of a fetch failed with, with its cause. */
export function withCause(error) {
  if (!StringPrototypeStartsWith(error.message, PREFIX)) return error;
  return networkError(StringPrototypeSlice(error.message, PREFIX.length), error.code);
}

/** The network error of a request whose body could not be read, because of `cause`. */
export function bodyFailed(cause) {
  return new TypeError('fetch failed: the request body could not be read', { __proto__: null, cause });
}
