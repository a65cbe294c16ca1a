// CryptoKey: https://w3c.github.io/webcrypto/#cryptokey-interface
//
// The key itself is bytes in here, out of reach of scripts: it ends with the isolate, and no table of the host must
// be kept in step.  Each operation takes it along.  What `material` is, the files of the algorithms say.

import {
  ArrayPrototypeSlice, ObjectDefineProperty, ReflectOwnKeys, TypeError, TypedArrayPrototypeSlice,
} from '../bootstrap/primordials.js';
import { impure } from '../bootstrap/host.js';
import { defineInterface, illegalConstructor, isObject, serializable } from '../webidl/index.js';

let adopted = null;
let holds;
let stateOf;

export class CryptoKey {
  #state;
  // The objects that scripts see: made once, theirs to change without effect on the key.
  #algorithm = null;
  #usages = null;

  static {
    holds = (value) => isObject(value) && #state in value;
    stateOf = (key) => key.#state;
  }

  constructor() {
    if (adopted === null) illegalConstructor();
    this.#state = adopted;
    adopted = null;
  }

  get type() { return this.#state.type; }
  get extractable() { return this.#state.extractable; }

  get algorithm() {
    this.#algorithm ??= visible(this.#state.algorithm);
    return this.#algorithm;
  }

  get usages() {
    this.#usages ??= ArrayPrototypeSlice(this.#state.usages);
    return this.#usages;
  }
}
defineInterface(CryptoKey, 'CryptoKey');

// `hash` is a name inside and a dictionary outside, the exponent of RSA is the script's own copy.
function visible(algorithm) {
  const object = {};
  const names = ReflectOwnKeys(algorithm);
  for (let i = 0; i < names.length; i++) {
    let value = algorithm[names[i]];
    if (names[i] === 'hash') value = { name: value };
    else if (names[i] === 'publicExponent') value = TypedArrayPrototypeSlice(value);
    ObjectDefineProperty(object, names[i], { __proto__: null, value, writable: true, enumerable: true, configurable: true });
  }
  return object;
}

/** A key of `{type, extractable, algorithm, usages, material}`.  A snapshot must not hold one. */
export function createKey(state) {
  impure('a CryptoKey');
  adopted = state;
  return new CryptoKey();
}

/** The state of a key; a TypeError for anything else. */
export function keyState(value, what = 'The key') {
  if (!holds(value)) throw new TypeError(`${what} is not a CryptoKey`);
  return stateOf(value);
}

// States never change, so that a clone can have the one of its original.
serializable(CryptoKey, holds, (key) => createKey(stateOf(key)));
