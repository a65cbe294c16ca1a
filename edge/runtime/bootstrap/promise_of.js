// What a handler returned: is it a promise?

import { Promise, PromiseResolve, ReflectGetPrototypeOf } from './primordials.js';

/** A native promise of what `value` is a promise of; null when it is none.  It stays one when its `then` has been replaced. */
export function promiseOf(value) {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return null;
  if (ReflectGetPrototypeOf(value) === Promise.prototype) return value;
  return typeof value.then === 'function' ? PromiseResolve(value) : null;
}
