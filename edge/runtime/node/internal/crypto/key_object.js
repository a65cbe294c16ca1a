// KeyObject: https://nodejs.org/api/crypto.html#class-keyobject
//
// As with CryptoKey, the key is bytes in here: a secret as it is, a private key as PKCS #8, a public one as SPKI.

import {
  BigInt, Error, ObjectDefineProperty, ObjectSetPrototypeOf, Symbol, SymbolToStringTag, TypeError, TypedArrayPrototypeGetLength,
  TypedArrayPrototypeSlice, Uint8Array, Uint8ArrayPrototypeToBase64,
} from '../../../bootstrap/primordials.js';
import { hostCallSync, impure } from '../../../bootstrap/host.js';
import { bufferOver } from '../buffer/class.js';
import { coded, invalidArgType, invalidArgValue, validateObject, validateString } from '../errors.js';
import { named } from '../named.js';
import { compute } from './compute.js';
import { exportAsymmetric } from './key_encoding.js';

const TOKEN = Symbol('KeyObject');
let stateOf;
let isInstance;

export class KeyObject {
  #state;

  static {
    isInstance = (value) => typeof value === 'object' && value !== null && #state in value;
    stateOf = (key) => key.#state;
  }

  constructor(type, state, token) {
    if (token !== TOKEN) {
      if (type !== 'secret' && type !== 'public' && type !== 'private') throw invalidArgValue('type', type);
      throw invalidArgType('handle', 'object', state);
    }
    this.#state = state;
  }

  get type() { return this.#state.type; }

  equals(other) {
    if (!isInstance(other)) throw invalidArgType('otherKeyObject', 'KeyObject', other);
    const left = this.#state;
    const right = stateOf(other);
    if (left.type !== right.type || TypedArrayPrototypeGetLength(left.material) !== TypedArrayPrototypeGetLength(right.material)) return false;
    return hostCallSync('crypto.equal', { __proto__: null, length: left.material.length }, [left.material, right.material]).value;
  }

  /** https://nodejs.org/api/crypto.html#static-method-keyobjectfromkey */
  static from(key) {
    return import('./web_key.js').fromCryptoKey(key);
  }

  toCryptoKey(algorithm, extractable, usages) {
    return import('./web_key.js').toCryptoKey(this, algorithm, extractable, usages);
  }
}
named('KeyObject', KeyObject);
ObjectDefineProperty(KeyObject.prototype, SymbolToStringTag, { __proto__: null, value: 'KeyObject', configurable: true });

class SecretKeyObject extends KeyObject {
  get symmetricKeySize() { return TypedArrayPrototypeGetLength(stateOf(this).material); }

  export(options) {
    const { material } = stateOf(this);
    if (options !== undefined) {
      validateObject(options, 'options');
      if (options.format === 'jwk') return { kty: 'oct', k: Uint8ArrayPrototypeToBase64(material, { __proto__: null, alphabet: 'base64url', omitPadding: true }) };
      if (options.format !== undefined && options.format !== 'buffer') throw invalidArgValue('options.format', options.format);
    }
    return bufferOver(TypedArrayPrototypeSlice(material));
  }
}

class AsymmetricKeyObject extends KeyObject {
  get asymmetricKeyType() { return stateOf(this).kind; }

  get asymmetricKeyDetails() {
    const { details } = stateOf(this);
    if (details.publicExponent !== undefined) return { ...details, publicExponent: BigInt(details.publicExponent) };
    return { ...details };
  }

  export(options) {
    return exportAsymmetric(stateOf(this), options, 'options');
  }
}

class PublicKeyObject extends AsymmetricKeyObject {}
class PrivateKeyObject extends AsymmetricKeyObject {}
named('SecretKeyObject', SecretKeyObject);
named('PublicKeyObject', PublicKeyObject);
named('PrivateKeyObject', PrivateKeyObject);
ObjectSetPrototypeOf(SecretKeyObject, KeyObject);

export const isKey = (value) => isInstance(value);

/** `{type, material, kind, details}` of a KeyObject. */
export const keyState = (key) => stateOf(key);

function make(Class, state) {
  // A snapshot must not hold a key.
  impure('a KeyObject');
  return new Class(state.type, { __proto__: null, ...state }, TOKEN);
}

/** A key of a copy of these bytes. */
export const secretKey = (bytes) => make(SecretKeyObject, { type: 'secret', material: new Uint8Array(bytes) });

/** A key of `{value: {type, details}, data}`, as the host answers. */
export function asymmetricKey(type, { value, data }) {
  const Class = type === 'private' ? PrivateKeyObject : PublicKeyObject;
  return make(Class, { type, kind: value.type, details: value.details, material: data });
}

/** The other half of a private key. */
export const publicOf = (key) => asymmetricKey('public', compute('keys.public', {}, [stateOf(key).material]));

/** The bytes of a secret key; throws for other keys. */
export function secretBytes(key) {
  const { type, material } = stateOf(key);
  if (type !== 'secret') throw coded(TypeError, 'ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE', `Invalid key object type ${type}, expected secret.`);
  return material;
}

/** https://nodejs.org/api/crypto.html#cryptogeneratekeysynctype-options */
export function generateSecret(type, options) {
  validateString(type, 'type');
  validateObject(options, 'options');
  const { length } = options;
  if (type === 'aes') {
    if (length !== 128 && length !== 192 && length !== 256) throw invalidArgValue('options.length', length, 'must be one of: 128, 192, 256');
  } else if (type === 'hmac') {
    import('../errors.js').validateInteger(length, 'options.length', 8, 2 ** 24);
  } else {
    throw invalidArgValue('type', type, 'must be a supported key type');
  }
  return secretKey(hostCallSync('crypto.random', { __proto__: null, n: length >> 3 }).data);
}

/** What is thrown where a key of one type is given and another one needed. */
export const wrongType = (type, expected) => coded(TypeError, 'ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE', `Invalid key object type ${type}, expected ${expected}.`);
export const incompatible = (option, value) => coded(Error, 'ERR_CRYPTO_INCOMPATIBLE_KEY_OPTIONS', `The selected key encoding ${option} ${value}.`);
