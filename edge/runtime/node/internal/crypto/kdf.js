// PBKDF2, scrypt and HKDF: https://nodejs.org/api/crypto.html#cryptopbkdf2password-salt-iterations-keylen-digest-callback

import { RangeError, TypeError, TypedArrayPrototypeGetBuffer, TypedArrayPrototypeGetLength, Uint8Array } from '../../../bootstrap/primordials.js';
import { hostCallSync } from '../../../bootstrap/host.js';
import { bufferOver } from '../buffer/class.js';
import { coded, invalidArgValue, outOfRange, validateFunction, validateInteger, validateObject, validateString } from '../errors.js';
import { bytesOf } from './bytes.js';
import { answer, compute } from './compute.js';
import { signingDigest } from './digests.js';
import { secretFrom } from './key_input.js';

const MAX = 2 ** 31 - 1;
// Most bytes of one derivation, here and in ../../../ops/nodecrypto/kdf.py.
const MAX_LENGTH = 4 * 2 ** 20;
const KINDS = ['string', 'ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'];
const copy = (value, name) => new Uint8Array(bytesOf(value, 'utf8', name, KINDS));

function digestOf(name) {
  validateString(name, 'digest');
  const digest = signingDigest(name);
  if (digest === undefined) throw coded(TypeError, 'ERR_CRYPTO_INVALID_DIGEST', `Invalid digest: ${name}`);
  return digest;
}

function preparePbkdf2(password, salt, iterations, length, digest) {
  const parts = [copy(password, 'password'), copy(salt, 'salt')];
  validateInteger(iterations, 'iterations', 1, MAX);
  validateInteger(length, 'keylen', 0, MAX_LENGTH);
  validateString(digest, 'digest');
  const args = { __proto__: null, digest: digestOf(digest), length, iterations };
  return () => bufferOver(compute('kdf.pbkdf2', args, parts).data);
}

export const pbkdf2Sync = (password, salt, iterations, length, digest) => preparePbkdf2(password, salt, iterations, length, digest)();

export function pbkdf2(password, salt, iterations, length, digest, callback) {
  const done = typeof digest === 'function' ? digest : callback;
  const perform = preparePbkdf2(password, salt, iterations, length, digest === done ? undefined : digest);
  validateFunction(done, 'callback');
  answer(perform, done);
}

function option(options, names, standard) {
  let found;
  for (let i = 0; i < names.length; i++) {
    const value = options?.[names[i]];
    if (value === undefined) continue;
    if (found !== undefined) throw coded(TypeError, 'ERR_INCOMPATIBLE_OPTION_PAIR', `Option "${names[0]}" cannot be used in combination with option "${names[i]}"`);
    validateInteger(value, names[i], 0);
    found = value;
  }
  return found ?? standard;
}

const invalid = (message) => coded(RangeError, 'ERR_CRYPTO_INVALID_SCRYPT_PARAMS', `Invalid scrypt params${message}`);

function prepareScrypt(password, salt, length, options) {
  const parts = [copy(password, 'password'), copy(salt, 'salt')];
  validateInteger(length, 'keylen', 0, MAX_LENGTH);
  const n = option(options, ['N', 'cost'], 16384) || 16384;
  const r = option(options, ['r', 'blockSize'], 8) || 8;
  const p = option(options, ['p', 'parallelization'], 1) || 1;
  const maxmem = option(options, ['maxmem'], 32 * 2 ** 20) || 32 * 2 ** 20;
  if (n < 2 || n > 2 ** 30 || (n & (n - 1)) !== 0) throw invalid('');
  // As OpenSSL counts: p blocks, and N more of them with two to spare.  N has a bound by r in RFC 7914, section 2.
  if (128 * r * (p + n + 2) > maxmem || (r === 1 && n >= 2 ** 16)) throw invalid(': memory limit exceeded');
  return () => bufferOver(compute('kdf.scrypt', { __proto__: null, length, n, r, p }, parts).data);
}

export const scryptSync = (password, salt, length, options) => prepareScrypt(password, salt, length, options)();

export function scrypt(password, salt, length, options, callback) {
  const done = typeof options === 'function' ? options : callback;
  const perform = prepareScrypt(password, salt, length, options === done ? undefined : options);
  validateFunction(done, 'callback');
  answer(perform, done);
}

function prepareHkdf(digest, key, salt, info, length) {
  validateString(digest, 'digest');
  const parts = [new Uint8Array(secretFrom(key, 'ikm')), copy(salt, 'salt'), copy(info, 'info')];
  validateInteger(length, 'length', 0, MAX);
  if (TypedArrayPrototypeGetLength(parts[2]) > 1024) throw import('../errors.js').outOfRange('info', 'must not contain more than 1024 bytes', TypedArrayPrototypeGetLength(parts[2]));
  const name = digestOf(digest);
  if (length > 255 * hostCallSync('crypto.digest', { __proto__: null, algorithm: name }, []).data.length) throw coded(RangeError, 'ERR_CRYPTO_INVALID_KEYLEN', 'Invalid key length');
  return () => TypedArrayPrototypeGetBuffer(compute('kdf.hkdf', { __proto__: null, digest: name, length }, parts).data);
}

export const hkdfSync = (digest, key, salt, info, length) => prepareHkdf(digest, key, salt, info, length)();

export function hkdf(digest, key, salt, info, length, callback) {
  const perform = prepareHkdf(digest, key, salt, info, length);
  validateFunction(callback, 'callback');
  answer(perform, callback);
}

const ARGON2 = { __proto__: null, argon2d: true, argon2i: true, argon2id: true };

function prepareArgon2(algorithm, parameters) {
  validateString(algorithm, 'algorithm');
  if (!ARGON2[algorithm]) throw invalidArgValue('algorithm', algorithm, "must be one of: 'argon2d', 'argon2i', 'argon2id'");
  validateObject(parameters, 'parameters');
  const { parallelism, tagLength, memory, passes, secret, associatedData } = parameters;
  const parts = [copy(parameters.message, 'parameters.message'), copy(parameters.nonce, 'parameters.nonce')];
  if (TypedArrayPrototypeGetLength(parts[1]) < 8) throw outOfRange('parameters.nonce.byteLength', '>= 8 && <= 4294967295', TypedArrayPrototypeGetLength(parts[1]));
  validateInteger(parallelism, 'parameters.parallelism', 1, 2 ** 24 - 1);
  validateInteger(tagLength, 'parameters.tagLength', 4, 2 ** 32 - 1);
  validateInteger(memory, 'parameters.memory', 8 * parallelism, 2 ** 32 - 1);
  validateInteger(passes, 'parameters.passes', 1, 2 ** 32 - 1);
  parts[2] = secret === undefined ? new Uint8Array(0) : copy(secret, 'parameters.secret');
  parts[3] = associatedData === undefined ? new Uint8Array(0) : copy(associatedData, 'parameters.associatedData');
  if (tagLength > MAX_LENGTH) throw outOfRange('parameters.tagLength', `<= ${MAX_LENGTH}`, tagLength);
  return () => bufferOver(compute('kdf.argon2', { __proto__: null, algorithm, length: tagLength, lanes: parallelism, memory, passes }, parts).data);
}

/** https://nodejs.org/api/crypto.html#cryptoargon2algorithm-parameters-callback */
export function argon2(algorithm, parameters, callback) {
  const perform = prepareArgon2(algorithm, parameters);
  validateFunction(callback, 'callback');
  answer(perform, callback);
}

export const argon2Sync = (algorithm, parameters) => prepareArgon2(algorithm, parameters)();
