// The name that user code sees: a bundler renames what clashes with a global.

import { ObjectDefineProperty } from '../../bootstrap/primordials.js';

/** Gives a function or class its public name, and returns it. */
export function named(name, callable) {
  return ObjectDefineProperty(callable, 'name', { __proto__: null, value: name, writable: false, enumerable: false, configurable: true });
}
