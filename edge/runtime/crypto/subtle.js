// SubtleCrypto: https://w3c.github.io/webcrypto/#subtlecrypto-interface

import {
  ArrayPrototypeIncludes, ArrayPrototypePush, ObjectDefineProperty, StringPrototypeToUpperCase, TypedArrayPrototypeGetBuffer, TypeError,
} from '../bootstrap/primordials.js';
import { hostCallSync } from '../bootstrap/host.js';
import { DOMException } from '../events/index.js';
import { bytesCopy, defineInterface, illegalConstructor, isObject, requireArguments, toDOMString, toEnum } from '../webidl/index.js';
import { keyState } from './crypto_key.js';
import { HASHES, hashName, unsupported } from './hashes.js';
import * as hmac from './hmac.js';

const FORMATS = ['raw', 'spki', 'pkcs8', 'jwk'];
const USAGES = ['encrypt', 'decrypt', 'sign', 'verify', 'deriveKey', 'deriveBits', 'wrapKey', 'unwrapKey'];
const TOKEN = { __proto__: null };

let check;

function hmacOnly(algorithm) {
  const name = toDOMString(isObject(algorithm) ? algorithm.name : algorithm);
  if (StringPrototypeToUpperCase(name) !== 'HMAC') throw unsupported(`the algorithm ${name}`);
  return isObject(algorithm) ? algorithm : { __proto__: null };
}

function withHash(algorithm) {
  const known = hmacOnly(algorithm);
  if (known.hash === undefined) throw new TypeError('crypto.subtle: HMAC needs a hash');
  return known;
}

// Each usage once, in the order of the standard.
function toUsages(value) {
  if (!isObject(value)) throw new TypeError('crypto.subtle: the key usages are not a sequence');
  const given = [];
  // eslint-disable-next-line no-restricted-syntax -- the user's iterable, as the standard asks
  for (const usage of value) ArrayPrototypePush(given, toEnum(usage, USAGES, 'key usage'));
  const usages = [];
  for (let i = 0; i < USAGES.length; i++) if (ArrayPrototypeIncludes(given, USAGES[i])) ArrayPrototypePush(usages, USAGES[i]);
  return usages;
}

function toFormat(value) {
  const format = toEnum(value, FORMATS, 'key format');
  if (format !== 'raw' && format !== 'jwk') throw unsupported(`the key format ${format}`);
  return format;
}

function keyFor(key, usage) {
  const state = keyState(key);
  if (!ArrayPrototypeIncludes(state.usages, usage)) throw new DOMException(`The key cannot be used to ${usage}`, 'InvalidAccessError');
  return state;
}

export class SubtleCrypto {
  #brand = true;

  static {
    check = (value, given, required, method) => {
      if (!isObject(value) || !(#brand in value)) throw new TypeError('Illegal invocation: not a SubtleCrypto');
      requireArguments(given, required, `crypto.subtle.${method}`);
    };
  }

  constructor(token = undefined) {
    if (token !== TOKEN) illegalConstructor();
  }

  async digest(algorithm, data) {
    check(this, arguments.length, 2, 'digest');
    const bytes = bytesCopy(data, 'The data');
    const reply = hostCallSync('crypto.digest', { __proto__: null, algorithm: HASHES[hashName(algorithm)].op }, bytes);
    return TypedArrayPrototypeGetBuffer(reply.data);
  }

  async generateKey(algorithm, extractable, keyUsages) {
    check(this, arguments.length, 3, 'generateKey');
    return await hmac.generateKey(withHash(algorithm), !!extractable, toUsages(keyUsages));
  }

  async importKey(format, keyData, algorithm, extractable, keyUsages) {
    check(this, arguments.length, 5, 'importKey');
    return await hmac.importKey(toFormat(format), keyData, withHash(algorithm), !!extractable, toUsages(keyUsages));
  }

  async exportKey(format, key) {
    check(this, arguments.length, 2, 'exportKey');
    const wanted = toFormat(format);
    const state = keyState(key);
    if (!state.extractable) throw new DOMException('The key is not extractable', 'InvalidAccessError');
    return await hmac.exportKey(wanted, state);
  }

  async sign(algorithm, key, data) {
    check(this, arguments.length, 3, 'sign');
    hmacOnly(algorithm);
    return await hmac.sign(keyFor(key, 'sign'), bytesCopy(data, 'The data'));
  }

  async verify(algorithm, key, signature, data) {
    check(this, arguments.length, 4, 'verify');
    hmacOnly(algorithm);
    return await hmac.verify(keyFor(key, 'verify'), bytesCopy(signature, 'The signature'), bytesCopy(data, 'The data'));
  }
}

// What this version does not have: name -> number of arguments.
const ABSENT = { __proto__: null, encrypt: 3, decrypt: 3, deriveBits: 2, deriveKey: 5, wrapKey: 4, unwrapKey: 7 };

function defineAbsent(name) {
  const { [name]: method } = {
    async [name](...given) {
      check(this, given.length, ABSENT[name], name);
      throw unsupported(name);
    },
  };
  ObjectDefineProperty(method, 'length', { __proto__: null, value: ABSENT[name], configurable: true });
  ObjectDefineProperty(SubtleCrypto.prototype, name, { __proto__: null, value: method, writable: true, configurable: true });
}
for (const name in ABSENT) defineAbsent(name);
defineInterface(SubtleCrypto, 'SubtleCrypto');

export const subtle = new SubtleCrypto(TOKEN);
