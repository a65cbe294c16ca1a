// HMAC: https://w3c.github.io/webcrypto/#hmac

import {
  ArrayPrototypeIncludes, ArrayPrototypePush, MathCeil, TypedArrayPrototypeGetLength, TypedArrayPrototypeSet,
  TypedArrayPrototypeSlice, TypedArrayPrototypeGetBuffer, Uint8Array, Uint8ArrayFromBase64, Uint8ArrayPrototypeToBase64, TypeError,
} from '../bootstrap/primordials.js';
import { hostCallSync } from '../bootstrap/host.js';
import { DOMException } from '../events/index.js';
import { bytesCopy, isObject, toIntegerInRange } from '../webidl/index.js';
import { createKey } from './crypto_key.js';
import { HASHES, hashName } from './hashes.js';

const BASE64URL = { __proto__: null, alphabet: 'base64url', omitPadding: true };
const BASE64URL_IN = { __proto__: null, alphabet: 'base64url', lastChunkHandling: 'loose' };

function lengthOf(algorithm) {
  return algorithm.length === undefined ? undefined : toIntegerInRange(algorithm.length, 0, 0xffffffff, 'The length of the key');
}

function checkUsages(usages) {
  for (let i = 0; i < usages.length; i++) {
    if (usages[i] !== 'sign' && usages[i] !== 'verify') throw new DOMException(`An HMAC key cannot be used to ${usages[i]}`, 'SyntaxError');
  }
  if (usages.length === 0) throw new DOMException('A secret key needs at least one usage', 'SyntaxError');
}

function makeKey(bytes, hash, length, extractable, usages) {
  return createKey({ __proto__: null, type: 'secret', name: 'HMAC', hash, length, extractable, usages, bytes });
}

export function generateKey(algorithm, extractable, usages) {
  const hash = hashName(algorithm.hash);
  const length = lengthOf(algorithm) ?? HASHES[hash].block;
  checkUsages(usages);
  if (length === 0) throw new DOMException('The length of the key is 0', 'OperationError');
  const bytes = clipped(hostCallSync('crypto.random', { __proto__: null, n: MathCeil(length / 8) }).data, length);
  return makeKey(bytes, hash, length, extractable, usages);
}

// Bits beyond a length that is no multiple of 8 are zero.
function clipped(bytes, length) {
  if (length % 8 !== 0) bytes[bytes.length - 1] &= 0xff << (8 - (length % 8));
  return bytes;
}

export function importKey(format, data, algorithm, extractable, usages) {
  const hash = hashName(algorithm.hash);
  const wanted = lengthOf(algorithm);
  checkUsages(usages);
  const bytes = format === 'raw' ? bytesCopy(data, 'The key data') : fromJwk(data, hash, extractable, usages);
  const bits = TypedArrayPrototypeGetLength(bytes) * 8;
  if (bits === 0) throw new DOMException('The key is empty', 'DataError');
  if (wanted !== undefined && (wanted > bits || wanted <= bits - 8)) {
    throw new DOMException(`The key has ${bits} bits, which do not fit the length of ${wanted}`, 'DataError');
  }
  return makeKey(clipped(bytes, wanted ?? bits), hash, wanted ?? bits, extractable, usages);
}

function fromJwk(jwk, hash, extractable, usages) {
  if (!isObject(jwk)) throw new TypeError('The key data is not a JSON Web Key');
  const refuse = (why) => { throw new DOMException(`The JSON Web Key cannot be used: ${why}`, 'DataError'); };
  if (jwk.kty !== 'oct') refuse('"kty" is not "oct"');
  if (jwk.alg !== undefined && jwk.alg !== HASHES[hash].jwk) refuse(`"alg" is not "${HASHES[hash].jwk}"`);
  if (jwk.use !== undefined && jwk.use !== 'sig') refuse('"use" is not "sig"');
  if (jwk.ext !== undefined && !jwk.ext && extractable) refuse('"ext" says that it is not extractable');
  if (jwk.key_ops !== undefined) {
    for (let i = 0; i < usages.length; i++) if (!ArrayPrototypeIncludes(jwk.key_ops, usages[i])) refuse(`"key_ops" lacks "${usages[i]}"`);
  }
  if (typeof jwk.k !== 'string') refuse('"k" is missing');
  try {
    return Uint8ArrayFromBase64(jwk.k, BASE64URL_IN);
  } catch {
    return refuse('"k" is not base64url');
  }
}

export function exportKey(format, key) {
  const { bytes, hash, extractable, usages } = key;
  if (format === 'raw') return TypedArrayPrototypeGetBuffer(TypedArrayPrototypeSlice(bytes));
  const ops = [];
  for (let i = 0; i < usages.length; i++) ArrayPrototypePush(ops, usages[i]);
  return { kty: 'oct', k: Uint8ArrayPrototypeToBase64(bytes, BASE64URL), alg: HASHES[hash].jwk, key_ops: ops, ext: extractable };
}

function keyed(key, message) {
  const size = TypedArrayPrototypeGetLength(key.bytes);
  const data = new Uint8Array(size + TypedArrayPrototypeGetLength(message));
  TypedArrayPrototypeSet(data, key.bytes);
  TypedArrayPrototypeSet(data, message, size);
  return data;
}

export function sign(key, message) {
  const algorithm = HASHES[key.hash].op;
  const { data } = hostCallSync('crypto.hmac', { __proto__: null, algorithm, key_length: TypedArrayPrototypeGetLength(key.bytes) }, keyed(key, message));
  return TypedArrayPrototypeGetBuffer(data);
}

/** Compares in constant time, in the host. */
export function verify(key, signature, message) {
  const algorithm = HASHES[key.hash].op;
  const size = TypedArrayPrototypeGetLength(signature);
  const rest = keyed(key, message);
  const all = new Uint8Array(TypedArrayPrototypeGetLength(rest) + size);
  TypedArrayPrototypeSet(all, signature);
  TypedArrayPrototypeSet(all, rest, size);
  const args = { __proto__: null, algorithm, key_length: TypedArrayPrototypeGetLength(key.bytes), signature_length: size };
  return hostCallSync('crypto.hmac_verify', args, all).value;
}
