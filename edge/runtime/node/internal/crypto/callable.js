// Classes that Node lets be called without `new`.

import { ObjectDefineProperty, ObjectSetPrototypeOf, ReflectConstruct } from '../../../bootstrap/primordials.js';
import { named } from '../named.js';

/** The class under its name, as a function that makes an instance in either case. */
export function callable(name, Class) {
  function make(...args) {
    return ReflectConstruct(Class, args, new.target ?? make);
  }
  ObjectDefineProperty(make, 'length', { __proto__: null, value: Class.length, configurable: true });
  ObjectDefineProperty(make, 'prototype', { __proto__: null, value: Class.prototype });
  ObjectDefineProperty(Class.prototype, 'constructor', { __proto__: null, value: make, writable: true, configurable: true });
  return named(name, ObjectSetPrototypeOf(make, Class));
}
