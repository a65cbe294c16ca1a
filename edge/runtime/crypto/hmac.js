// HMAC: https://w3c.github.io/webcrypto/#hmac.  The material of a key is its bytes.

import {
  MathCeil, TypedArrayPrototypeGetBuffer, TypedArrayPrototypeGetLength, TypedArrayPrototypeSlice, TypeError,
} from '../bootstrap/primordials.js';
import { hostCallSync } from '../bootstrap/host.js';
import { dataError, notSupported, operationError } from './compute.js';
import { HASHES } from './digest.js';
import { checkAlg, checkJwk, decodeSecret, encodeSecret, finishJwk } from './jwk.js';
import { randomBytes } from './random.js';
import { checkUsages, checkUseful } from './usages.js';

const USAGES = ['sign', 'verify'];
const MAX_KEY = 2 ** 22 * 8;

function secret(hash, length, material) {
  return { __proto__: null, type: 'secret', algorithm: { __proto__: null, name: 'HMAC', length, hash }, material };
}

// Bits beyond a length that is no multiple of 8 are zero.
function clipped(bytes, length) {
  if (length % 8 !== 0) bytes[TypedArrayPrototypeGetLength(bytes) - 1] &= 0xff << (8 - (length % 8));
  return bytes;
}

const jwkName = (hash) => `HS${HASHES[hash].jwk}`;

export function generateKey({ hash, length = HASHES[hash].block }, extractable, usages) {
  checkUsages(usages, USAGES, 'An HMAC key');
  if (length === 0) throw operationError('The length of an HMAC key is 0.');
  if (length > MAX_KEY) throw operationError(`The length of an HMAC key is ${length} bits, and at most ${MAX_KEY} can be generated.`);
  checkUseful(usages);
  return secret(hash, length, clipped(randomBytes(MathCeil(length / 8)), length));
}

export function importKey({ hash, length: wanted }, format, data, extractable, usages) {
  checkUsages(usages, USAGES, 'An HMAC key');
  const bytes = format === 'raw' ? data : fromJwk(format, data, hash, extractable, usages);
  const bits = TypedArrayPrototypeGetLength(bytes) * 8;
  if (bits === 0) throw dataError('The key is empty.');
  if (wanted !== undefined && (wanted > bits || wanted <= bits - 8)) throw dataError(`The key has ${bits} bits, which do not fit the length of ${wanted}.`);
  return secret(hash, wanted ?? bits, clipped(bytes, wanted ?? bits));
}

function fromJwk(format, jwk, hash, extractable, usages) {
  if (format !== 'jwk') throw notSupported(`An HMAC key has no format ${format}.`);
  checkJwk(jwk, { kty: 'oct', use: 'sig' }, extractable, usages);
  checkAlg(jwk, [jwkName(hash)]);
  return decodeSecret(jwk);
}

export function exportKey(format, key) {
  if (format === 'raw') return TypedArrayPrototypeGetBuffer(TypedArrayPrototypeSlice(key.material));
  if (format !== 'jwk') throw notSupported(`An HMAC key has no format ${format}.`);
  return finishJwk({ kty: 'oct', k: encodeSecret(key.material), alg: jwkName(key.algorithm.hash) }, key);
}

export function getKeyLength({ hash, length }) {
  if (length === 0) throw new TypeError('The length of an HMAC key is 0.');
  return length ?? HASHES[hash].block;
}

export function sign(algorithm, key, message) {
  const args = { __proto__: null, algorithm: HASHES[key.algorithm.hash].op, key_length: TypedArrayPrototypeGetLength(key.material) };
  return TypedArrayPrototypeGetBuffer(hostCallSync('crypto.hmac', args, [key.material, message]).data);
}

/** Compares in constant time, in the host. */
export function verify(algorithm, key, signature, message) {
  const args = {
    __proto__: null,
    algorithm: HASHES[key.algorithm.hash].op,
    key_length: TypedArrayPrototypeGetLength(key.material),
    signature_length: TypedArrayPrototypeGetLength(signature),
  };
  return hostCallSync('crypto.hmac_verify', args, [signature, key.material, message]).value;
}
