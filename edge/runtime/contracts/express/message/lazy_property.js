// Properties that are made when they are read first, and may be set.

import { ObjectDefineProperty, ReflectApply } from '../../../bootstrap/primordials.js';

export function define(object, name, value) {
  ObjectDefineProperty(object, name, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
  return value;
}

/** `compute` is called with the object as `this`. */
export function lazy(target, name, compute) {
  ObjectDefineProperty(target, name, {
    __proto__: null,
    get() {
      const value = ReflectApply(compute, this, []);
      return this === target && value === undefined ? undefined : define(this, name, value);
    },
    set(value) {
      define(this, name, value);
    },
    enumerable: true,
    configurable: true,
  });
}
