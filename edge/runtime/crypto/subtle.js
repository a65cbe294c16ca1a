// SubtleCrypto: https://w3c.github.io/webcrypto/#subtlecrypto-interface
//
// Each method has two halves, as in the standard.  The first one runs at once: it converts the arguments, normalises the
// algorithm and copies the bytes.  What it fails with rejects the promise right away.  The second one is what the
// standard does "in parallel": here it is a task of its own, so that other tasks come in between.

import { ObjectDefineProperty, Promise, PromiseReject, TypeError, Uint8Array } from '../bootstrap/primordials.js';
import { contextInvocation, enterTask, impure } from '../bootstrap/state.js';
import { queueTask } from '../bootstrap/tasks.js';
import { defineInterface, illegalConstructor, isObject, requireArguments, toEnum, toInteger } from '../webidl/index.js';
import { copyBytes, isBufferSource, toBufferSource } from './buffer_source.js';
import { invalidAccess, notSupported } from './compute.js';
import { createKey, keyState } from './crypto_key.js';
import { toJsonWebKey } from './jwk.js';
import { normalize } from './normalize.js';
import { identifier } from './params.js';
import { familyOf, registered } from './registry.js';
import { timingSafeEqual } from './timing_safe_equal.js';
import { checkAccess, checkUseful, toUsages } from './usages.js';

const TOKEN = { __proto__: null };

let check;

const toFormat = (value) => toEnum(value, ['raw', 'spki', 'pkcs8', 'jwk'], 'crypto.subtle: the key format');
const toData = (value) => toBufferSource(value, 'crypto.subtle: the data');

/** The promise of a method: `prepare` is its first half, and gives the second one. */
function begin(target, given, required, method, prepare) {
  impure('crypto.subtle');
  let perform;
  try {
    check(target);
    requireArguments(given, required, `crypto.subtle.${method}`);
    perform = prepare();
  } catch (error) {
    return PromiseReject(error);
  }
  const owner = contextInvocation();
  // As with timers, nothing happens any more: what goes on for ever after its invocation must not keep the isolate busy.
  if (owner !== null && owner.over) return new Promise(() => {});
  return new Promise((resolve, reject) => {
    // Of the runtime itself, as the reply of a host call is: another invocation may wait for the promise.
    queueTask(() => {
      enterTask(owner);
      try {
        resolve(perform());
      } catch (error) {
        reject(error);
      }
    }, null);
  });
}

// encrypt and decrypt
function transform(target, given, method, algorithm, key, data) {
  return begin(target, given, 3, method, () => {
    const wanted = identifier(algorithm);
    const state = keyState(key);
    const source = toData(data);
    const normalized = normalize(wanted, method);
    const bytes = copyBytes(source);
    return () => {
      checkAccess(state, normalized, method);
      return familyOf(normalized.name)[method](normalized, state, bytes);
    };
  });
}

/** The key of the state that an algorithm has made, once it is known what it may be used for. */
function finishKey(state, extractable, usages) {
  if (state.type !== 'public') checkUseful(usages);
  return createKey({ ...state, extractable, usages });
}

function importKeyOf(normalized, format, data, extractable, usages) {
  return finishKey(familyOf(normalized.name).importKey(normalized, format, data, extractable, usages), extractable, usages);
}

/** `importKey` for those who need not wait: `data` are bytes of the caller's own. */
export function importKeySync(format, data, algorithm, extractable, usages) {
  return importKeyOf(normalize(algorithm, 'importKey'), format, copyBytes(data), !!extractable, toUsages(usages));
}

function exportKeyOf(format, state) {
  const { name } = state.algorithm;
  if (registered(name).exportKey === undefined) throw notSupported(`A key for ${name} cannot be exported.`);
  if (!state.extractable) throw invalidAccess('The key is not extractable.');
  return familyOf(name).exportKey(format, state);
}

// Key data: bytes, or a JsonWebKey.
function toKeyData(value) {
  if (isBufferSource(value)) return value;
  if (value === undefined || value === null) return toJsonWebKey({ __proto__: null });
  if (!isObject(value)) throw new TypeError('crypto.subtle.importKey: the key data is neither a BufferSource nor a JsonWebKey.');
  return toJsonWebKey(value);
}

function keyBytes(format, data) {
  const isBytes = isBufferSource(data);
  if (isBytes === (format === 'jwk')) throw new TypeError(`crypto.subtle.importKey: key data for "${format}" is ${isBytes ? 'a JsonWebKey' : 'bytes'}.`);
  return isBytes ? copyBytes(data) : data;
}

// The algorithm of wrapping and unwrapping is one for keys or, failing that, one for data.
function normalizeWrapping(algorithm, operation, instead) {
  try {
    return { __proto__: null, way: operation, normalized: normalize(algorithm, operation) };
  } catch {
    return { __proto__: null, way: instead, normalized: normalize(algorithm, instead) };
  }
}

export class SubtleCrypto {
  #brand = true;

  static {
    check = (value) => {
      if (!isObject(value) || !(#brand in value)) throw new TypeError('Illegal invocation: not a SubtleCrypto');
    };
  }

  constructor(token = undefined) {
    if (token !== TOKEN) illegalConstructor();
  }

  encrypt(algorithm, key, data) {
    return transform(this, arguments.length, 'encrypt', algorithm, key, data);
  }

  decrypt(algorithm, key, data) {
    return transform(this, arguments.length, 'decrypt', algorithm, key, data);
  }

  sign(algorithm, key, data) {
    return transform(this, arguments.length, 'sign', algorithm, key, data);
  }

  verify(algorithm, key, signature, data) {
    return begin(this, arguments.length, 4, 'verify', () => {
      const wanted = identifier(algorithm);
      const state = keyState(key);
      const signatureSource = toBufferSource(signature, 'crypto.subtle.verify: the signature');
      const source = toData(data);
      const normalized = normalize(wanted, 'verify');
      const signatureBytes = copyBytes(signatureSource);
      const bytes = copyBytes(source);
      return () => {
        checkAccess(state, normalized, 'verify');
        return familyOf(normalized.name).verify(normalized, state, signatureBytes, bytes);
      };
    });
  }

  digest(algorithm, data) {
    return begin(this, arguments.length, 2, 'digest', () => {
      const wanted = identifier(algorithm);
      const source = toData(data);
      const normalized = normalize(wanted, 'digest');
      const bytes = copyBytes(source);
      return () => familyOf(normalized.name).digest(normalized, bytes);
    });
  }

  generateKey(algorithm, extractable, keyUsages) {
    return begin(this, arguments.length, 3, 'generateKey', () => {
      const wanted = identifier(algorithm);
      const isExtractable = !!extractable;
      const usages = toUsages(keyUsages);
      const normalized = normalize(wanted, 'generateKey');
      return () => {
        const made = familyOf(normalized.name).generateKey(normalized, isExtractable, usages);
        if (made.privateKey === undefined) return finishKey(made, isExtractable, usages);
        return { publicKey: createKey(made.publicKey), privateKey: createKey(made.privateKey) };
      };
    });
  }

  deriveKey(algorithm, baseKey, derivedKeyType, extractable, keyUsages) {
    return begin(this, arguments.length, 5, 'deriveKey', () => {
      const wanted = identifier(algorithm);
      const state = keyState(baseKey);
      const derived = identifier(derivedKeyType);
      const isExtractable = !!extractable;
      const usages = toUsages(keyUsages);
      const normalized = normalize(wanted, 'deriveBits');
      const forImport = normalize(derived, 'importKey');
      const forLength = normalize(derived, 'getKeyLength');
      return () => {
        checkAccess(state, normalized, 'deriveKey');
        const length = familyOf(forLength.name).getKeyLength(forLength);
        const secret = new Uint8Array(familyOf(normalized.name).deriveBits(normalized, state, length));
        return importKeyOf(forImport, 'raw', secret, isExtractable, usages);
      };
    });
  }

  deriveBits(algorithm, baseKey, length = null) {
    return begin(this, arguments.length, 2, 'deriveBits', () => {
      const wanted = identifier(algorithm);
      const state = keyState(baseKey);
      const bits = length === null ? null : toInteger(length, 2 ** 32, false);
      const normalized = normalize(wanted, 'deriveBits');
      return () => {
        checkAccess(state, normalized, 'deriveBits');
        return familyOf(normalized.name).deriveBits(normalized, state, bits);
      };
    });
  }

  importKey(format, keyData, algorithm, extractable, keyUsages) {
    return begin(this, arguments.length, 5, 'importKey', () => {
      const wantedFormat = toFormat(format);
      const given = toKeyData(keyData);
      const wanted = identifier(algorithm);
      const isExtractable = !!extractable;
      const usages = toUsages(keyUsages);
      const normalized = normalize(wanted, 'importKey');
      const data = keyBytes(wantedFormat, given);
      return () => importKeyOf(normalized, wantedFormat, data, isExtractable, usages);
    });
  }

  exportKey(format, key) {
    return begin(this, arguments.length, 2, 'exportKey', () => {
      const wantedFormat = toFormat(format);
      const state = keyState(key);
      return () => exportKeyOf(wantedFormat, state);
    });
  }

  wrapKey(format, key, wrappingKey, wrapAlgorithm) {
    return begin(this, arguments.length, 4, 'wrapKey', () => {
      const wantedFormat = toFormat(format);
      const state = keyState(key);
      const wrapping = keyState(wrappingKey, 'The wrapping key');
      const { normalized, way } = normalizeWrapping(identifier(wrapAlgorithm), 'wrapKey', 'encrypt');
      return () => {
        checkAccess(wrapping, normalized, 'wrapKey');
        const exported = exportKeyOf(wantedFormat, state);
        const bytes = wantedFormat === 'jwk' ? import('./jwk_text.js').encodeJwk(exported) : new Uint8Array(exported);
        return familyOf(normalized.name)[way](normalized, wrapping, bytes);
      };
    });
  }

  unwrapKey(format, wrappedKey, unwrappingKey, unwrapAlgorithm, unwrappedKeyAlgorithm, extractable, keyUsages) {
    return begin(this, arguments.length, 7, 'unwrapKey', () => {
      const wantedFormat = toFormat(format);
      const source = toBufferSource(wrappedKey, 'crypto.subtle.unwrapKey: the wrapped key');
      const unwrapping = keyState(unwrappingKey, 'The unwrapping key');
      const wanted = identifier(unwrapAlgorithm);
      const wantedKey = identifier(unwrappedKeyAlgorithm);
      const isExtractable = !!extractable;
      const usages = toUsages(keyUsages);
      const { normalized, way } = normalizeWrapping(wanted, 'unwrapKey', 'decrypt');
      const forImport = normalize(wantedKey, 'importKey');
      const bytes = copyBytes(source);
      return () => {
        checkAccess(unwrapping, normalized, 'unwrapKey');
        const key = new Uint8Array(familyOf(normalized.name)[way](normalized, unwrapping, bytes));
        const data = wantedFormat === 'jwk' ? import('./jwk_text.js').decodeJwk(key) : key;
        return importKeyOf(forImport, wantedFormat, data, isExtractable, usages);
      };
    });
  }
}
defineInterface(SubtleCrypto, 'SubtleCrypto');
// Not of the standard: Workers have it there.
ObjectDefineProperty(SubtleCrypto.prototype, 'timingSafeEqual', { __proto__: null, value: timingSafeEqual, writable: true, enumerable: true, configurable: true });

export const subtle = new SubtleCrypto(TOKEN);
