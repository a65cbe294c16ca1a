// AES-CTR, AES-CBC, AES-GCM and AES-KW: https://w3c.github.io/webcrypto/#aes-ctr.  The material of a key is its bytes.

import {
  ArrayPrototypeIncludes, StringPrototypeSlice, TypedArrayPrototypeGetBuffer, TypedArrayPrototypeGetLength, TypedArrayPrototypeSlice, Uint8Array,
} from '../bootstrap/primordials.js';
import { computeBuffer, dataError, notSupported, operationError } from './compute.js';
import { checkAlg, checkJwk, decodeSecret, encodeSecret, finishJwk } from './jwk.js';
import { randomBytes } from './random.js';
import { checkUsages, checkUseful } from './usages.js';

const LENGTHS = [128, 192, 256];
const TAG_LENGTHS = [32, 64, 96, 104, 112, 120, 128];
const BLOCK = 16;

const usagesOf = (name) => (name === 'AES-KW' ? ['wrapKey', 'unwrapKey'] : ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey']);
const jwkName = ({ name, length }) => `A${length}${StringPrototypeSlice(name, 4)}`;

function secret(name, length, material) {
  return { __proto__: null, type: 'secret', algorithm: { __proto__: null, name, length }, material };
}

export function generateKey({ name, length }, extractable, usages) {
  checkUsages(usages, usagesOf(name), `An ${name} key`);
  getKeyLength({ length });
  checkUseful(usages);
  return secret(name, length, randomBytes(length / 8));
}

export function getKeyLength({ length }) {
  if (!ArrayPrototypeIncludes(LENGTHS, length)) throw operationError(`An AES key has 128, 192 or 256 bits, not ${length}.`);
  return length;
}

export function importKey({ name }, format, data, extractable, usages) {
  checkUsages(usages, usagesOf(name), `An ${name} key`);
  if (format !== 'raw' && format !== 'jwk') throw notSupported(`An ${name} key has no format ${format}.`);
  if (format === 'jwk') checkJwk(data, { kty: 'oct', use: 'enc' }, extractable, usages);
  const bytes = format === 'raw' ? data : decodeSecret(data);
  const length = TypedArrayPrototypeGetLength(bytes) * 8;
  if (!ArrayPrototypeIncludes(LENGTHS, length)) throw dataError(`An AES key has 128, 192 or 256 bits, not ${length}.`);
  const key = secret(name, length, bytes);
  if (format === 'jwk') checkAlg(data, [jwkName(key.algorithm)]);
  return key;
}

export function exportKey(format, key) {
  if (format === 'raw') return TypedArrayPrototypeGetBuffer(TypedArrayPrototypeSlice(key.material));
  if (format !== 'jwk') throw notSupported(`An ${key.algorithm.name} key has no format ${format}.`);
  return finishJwk({ kty: 'oct', k: encodeSecret(key.material), alg: jwkName(key.algorithm) }, key);
}

export function encrypt(algorithm, key, data) {
  return MODES[algorithm.name](algorithm, key.material, data, true);
}

export function decrypt(algorithm, key, data) {
  return MODES[algorithm.name](algorithm, key.material, data, false);
}

export function wrapKey(algorithm, key, data) {
  return computeBuffer('aes.kw', { encrypt: true }, [key.material, data]);
}

export function unwrapKey(algorithm, key, data) {
  return computeBuffer('aes.kw', { encrypt: false }, [key.material, data]);
}

function checkBlock(bytes, what) {
  const length = TypedArrayPrototypeGetLength(bytes);
  if (length !== BLOCK) throw operationError(`${what} has ${BLOCK} bytes, not ${length}.`);
}

const MODES = {
  __proto__: null,
  'AES-CBC'({ iv }, key, data, encrypt) {
    checkBlock(iv, 'The IV of AES-CBC');
    return computeBuffer('aes.cbc', { encrypt }, [key, iv, data]);
  },
  'AES-CTR'({ counter, length }, key, data) {
    checkBlock(counter, 'The counter of AES-CTR');
    if (length === 0 || length > 128) throw operationError(`The counter of AES-CTR has a length of 1 to 128 bits, not ${length}.`);
    return computeBuffer('aes.ctr', { length }, [key, counter, data]);
  },
  'AES-GCM'({ iv, additionalData = new Uint8Array(0), tagLength = 128 }, key, data, encrypt) {
    if (!ArrayPrototypeIncludes(TAG_LENGTHS, tagLength)) throw operationError(`AES-GCM has no tags of ${tagLength} bits.`);
    return computeBuffer('aes.gcm', { encrypt, tag_length: tagLength / 8 }, [key, iv, additionalData, data]);
  },
};
