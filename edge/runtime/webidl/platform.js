// What structuredClone and message ports may do with the instances of a platform class.  A class says so itself when it is
// loaded, so that cloning loads none of them: what is not loaded has no instances.
// https://html.spec.whatwg.org/multipage/structured-data.html#serializable-objects

import { Iterator, Promise, SafeWeakMap, WeakMap, WeakSet } from '../bootstrap/primordials.js';

// prototype -> {is, clone, detached, transfer}.  Those that have neither `clone` nor `transfer` are refused.
const classes = new SafeWeakMap();

const OPAQUE = { __proto__: null, is: () => true, clone: null, detached: null, transfer: null };
classes.set(Promise.prototype, OPAQUE);
classes.set(WeakMap.prototype, OPAQUE);
classes.set(WeakSet.prototype, OPAQUE);
classes.set(Iterator.prototype, OPAQUE);

function recordOf({ prototype }) {
  const record = classes.get(prototype);
  if (record !== undefined && record !== OPAQUE) return record;
  const fresh = { __proto__: null, is: OPAQUE.is, clone: null, detached: null, transfer: null };
  classes.set(prototype, fresh);
  return fresh;
}

/** A class whose instances have state that is not in properties: they are neither cloned nor transferred. */
export function registerPlatformClass({ prototype }) {
  if (!classes.has(prototype)) classes.set(prototype, OPAQUE);
}

/** [Serializable]: `clone(value)` gives the copy of an instance, which `is(value)` knows by its private fields; neither runs user code. */
export function serializable(Class, is, clone) {
  const record = recordOf(Class);
  record.is = is;
  record.clone = clone;
}

/**
 * [Transferable]: `transfer(value)` gives the object that takes the place of an instance and leaves that one detached, or
 * throws a DataCloneError; `detached(value)` tells whether that has happened already.
 */
export function transferable(Class, is, detached, transfer) {
  const record = recordOf(Class);
  record.is = is;
  record.detached = detached;
  record.transfer = transfer;
}

/** What is registered for the class of this prototype; undefined when nothing is. */
export function platformClass(prototype) {
  return classes.get(prototype);
}
