// Shapes classes as Web IDL asks: enumerable members, a class string, constants, pair iterators.
// https://webidl.spec.whatwg.org/#javascript-binding

import {
  ArrayPrototypeMap, ArrayPrototypeSlice, ArrayPrototypeSymbolIterator, ObjectDefineProperty, ObjectGetPrototypeOf, ObjectSetPrototypeOf, ReflectApply,
  ReflectOwnKeys, SafeWeakMap, SymbolFor, SymbolIterator, SymbolToStringTag, TypeError,
} from '../bootstrap/primordials.js';
import { registerPlatformClass } from './platform.js';

const iteratorPrototype = ObjectGetPrototypeOf(ObjectGetPrototypeOf(ArrayPrototypeSymbolIterator([])));

// A bundler may rename what it declares.
function setName(target, name) {
  ObjectDefineProperty(target, 'name', { __proto__: null, value: name, configurable: true });
}

/** Gives global functions the names that they have as properties. */
export function nameFunctions(functions) {
  const names = ReflectOwnKeys(functions);
  for (let i = 0; i < names.length; i++) setName(functions[names[i]], names[i]);
  return functions;
}

/** Makes the string-keyed members of a class enumerable and names its instances. */
export function defineInterface(Class, name) {
  registerPlatformClass(Class);
  setName(Class, name);
  enumerateMembers(Class.prototype);
  enumerateMembers(Class);
  ObjectDefineProperty(Class.prototype, SymbolToStringTag, { __proto__: null, value: name, configurable: true });
  return Class;
}

function enumerateMembers(object) {
  const isClass = typeof object === 'function';
  const keys = ReflectOwnKeys(object);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    if (typeof key !== 'string' || key === 'constructor') continue;
    if (isClass && (key === 'prototype' || key === 'name' || key === 'length')) continue;
    ObjectDefineProperty(object, key, { __proto__: null, enumerable: true });
  }
}

/** Constants, on the class and on its prototype. */
export function defineConstants(Class, constants) {
  const names = ReflectOwnKeys(constants);
  for (let i = 0; i < names.length; i++) {
    const descriptor = { __proto__: null, value: constants[names[i]], enumerable: true };
    ObjectDefineProperty(Class, names[i], descriptor);
    ObjectDefineProperty(Class.prototype, names[i], descriptor);
  }
}

/** Throws when a class that scripts cannot construct is constructed by one. */
export function illegalConstructor() {
  throw new TypeError('Illegal constructor');
}

const pairLists = new SafeWeakMap();

/** What definePairIteration was given for the class of this prototype; undefined without that. */
export function pairsOfClass(prototype) {
  return pairLists.get(prototype);
}

/**
 * Adds entries, keys, values, forEach and @@iterator to a class.  `pairsOf(object)` gives its live array
 * of [name, value] and throws a TypeError for an object of another class.
 */
export function definePairIteration(Class, name, pairsOf) {
  pairLists.set(Class.prototype, pairsOf);
  class PairIterator {
    #target;
    #kind;
    #index = 0;

    constructor(target, kind) {
      this.#target = target;
      this.#kind = kind;
    }

    next() {
      PairIterator.#check(this);
      const pairs = pairsOf(this.#target);
      if (this.#index >= pairs.length) return { value: undefined, done: true };
      return { value: this.#item(pairs[this.#index++]), done: false };
    }

    [SymbolFor('nodejs.util.inspect.custom')](depth, options) {
      PairIterator.#check(this);
      const rest = ArrayPrototypeMap(ArrayPrototypeSlice(pairsOf(this.#target), this.#index), (pair) => this.#item(pair));
      return import('../url/inspect.js').inspectIterator(`${name} Iterator`, rest, depth, options);
    }

    #item(pair) {
      if (this.#kind === 'entries') return [pair[0], pair[1]];
      return this.#kind === 'keys' ? pair[0] : pair[1];
    }

    static #check(value) {
      if (!((typeof value === 'object' && value !== null) && #target in value)) throw import('../url/errors.js').invalidThis(`${name}Iterator`);
    }
  }
  shapeIterator(PairIterator.prototype, name);
  const begin = (target, kind) => {
    pairsOf(target);
    return new PairIterator(target, kind);
  };
  const methods = {
    entries() { return begin(this, 'entries'); },
    keys() { return begin(this, 'keys'); },
    values() { return begin(this, 'values'); },
    forEach(callback, thisArg = undefined) { forEachPair(this, pairsOf, callback, thisArg); },
  };
  const keys = ReflectOwnKeys(methods);
  for (let i = 0; i < keys.length; i++) {
    ObjectDefineProperty(Class.prototype, keys[i], { __proto__: null, value: methods[keys[i]], writable: true, enumerable: true, configurable: true });
  }
  ObjectDefineProperty(Class.prototype, SymbolIterator, { __proto__: null, value: methods.entries, writable: true, configurable: true });
}

function shapeIterator(prototype, name) {
  ObjectSetPrototypeOf(prototype, iteratorPrototype);
  delete prototype.constructor;
  ObjectDefineProperty(prototype, 'next', { __proto__: null, enumerable: true });
  ObjectDefineProperty(prototype, SymbolToStringTag, { __proto__: null, value: `${name} Iterator`, configurable: true });
}

function forEachPair(target, pairsOf, callback, thisArg) {
  let pairs = pairsOf(target);
  if (typeof callback !== 'function') throw import('../url/errors.js').invalidCallback(callback);
  for (let i = 0; i < pairs.length; i++) {
    ReflectApply(callback, thisArg, [pairs[i][1], pairs[i][0], target]);
    pairs = pairsOf(target);
  }
}
