// Crypto: https://w3c.github.io/webcrypto/#crypto-interface

import {
  StringPrototypeSlice, TypedArrayPrototypeGetBuffer, TypedArrayPrototypeGetByteLength, TypedArrayPrototypeGetByteOffset,
  TypedArrayPrototypeGetSymbolToStringTag, TypedArrayPrototypeSet, TypeError, Uint8Array, Uint8ArrayPrototypeToHex,
} from '../bootstrap/primordials.js';
import { DOMException } from '../events/dom_exception.js';
import { defineInterface, illegalConstructor, isObject, requireArguments } from '../webidl/index.js';
import { randomBytes } from './random.js';

const QUOTA = 65536;
const INTEGERS = {
  __proto__: null,
  Int8Array: true, Uint8Array: true, Uint8ClampedArray: true, Int16Array: true, Uint16Array: true, Int32Array: true, Uint32Array: true,
  BigInt64Array: true, BigUint64Array: true,
};
const TOKEN = { __proto__: null };

let check;

export class Crypto {
  #brand = true;

  static {
    check = (value) => {
      if (!isObject(value) || !(#brand in value)) throw new TypeError('Illegal invocation: not a Crypto');
    };
  }

  constructor(token = undefined) {
    if (token !== TOKEN) illegalConstructor();
  }

  get subtle() {
    check(this);
    return import('./subtle.js').subtle;
  }

  getRandomValues(array) {
    check(this);
    requireArguments(arguments.length, 1, 'crypto.getRandomValues');
    const kind = TypedArrayPrototypeGetSymbolToStringTag(array);
    if (kind === undefined || INTEGERS[kind] !== true) {
      throw new DOMException('crypto.getRandomValues: the argument is not an integer typed array', 'TypeMismatchError');
    }
    const size = TypedArrayPrototypeGetByteLength(array);
    if (size > QUOTA) {
      const { QuotaExceededError } = import('../events/quota_exceeded_error.js');
      throw new QuotaExceededError(`crypto.getRandomValues: ${size} bytes wanted, at most ${QUOTA} at once`);
    }
    if (size > 0) {
      TypedArrayPrototypeSet(new Uint8Array(TypedArrayPrototypeGetBuffer(array), TypedArrayPrototypeGetByteOffset(array), size), randomBytes(size));
    }
    return array;
  }

  randomUUID() {
    check(this);
    const bytes = randomBytes(16);
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = Uint8ArrayPrototypeToHex(bytes);
    const part = (start, end) => StringPrototypeSlice(hex, start, end);
    return `${part(0, 8)}-${part(8, 12)}-${part(12, 16)}-${part(16, 20)}-${part(20, 32)}`;
  }
}
defineInterface(Crypto, 'Crypto');

export const crypto = new Crypto(TOKEN);
