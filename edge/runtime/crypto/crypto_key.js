// CryptoKey: https://w3c.github.io/webcrypto/#cryptokey-interface

import { ArrayPrototypeSlice, TypeError } from '../bootstrap/primordials.js';
import { defineInterface, illegalConstructor, isObject } from '../webidl/index.js';

let adopted = null;
let stateOf;

export class CryptoKey {
  #state;
  // The objects that scripts see: made once, theirs to change without effect on the key.
  #algorithm = null;
  #usages = null;

  static {
    stateOf = (value) => {
      if (!isObject(value) || !(#state in value)) throw new TypeError('The key is not a CryptoKey');
      return value.#state;
    };
  }

  constructor() {
    if (adopted === null) illegalConstructor();
    this.#state = adopted;
    adopted = null;
  }

  get type() { return this.#state.type; }
  get extractable() { return this.#state.extractable; }

  get algorithm() {
    const { name, hash, length } = this.#state;
    this.#algorithm ??= { name, hash: { name: hash }, length };
    return this.#algorithm;
  }

  get usages() {
    this.#usages ??= ArrayPrototypeSlice(this.#state.usages);
    return this.#usages;
  }
}
defineInterface(CryptoKey, 'CryptoKey');

/** A key of `{type, extractable, name, hash, length, usages, bytes}`. */
export function createKey(state) {
  adopted = state;
  return new CryptoKey();
}

/** The state of a key; a TypeError for anything else. */
export function keyState(value) {
  return stateOf(value);
}
