// node:crypto: https://nodejs.org/api/crypto.html: hashes, HMAC and randomness, computed by ../ops/crypto.py.

import {
  ArrayPrototypeIncludes,
  ArrayPrototypeJoin,
  ArrayPrototypePush,
  ArrayPrototypeSlice,
  Error,
  MathCeil,
  MathLog2,
  NumberIsSafeInteger,
  RangeError,
  RegExpPrototypeSymbolReplace,
  StringPrototypeToLowerCase,
  TypedArrayPrototypeSet,
  Uint8Array,
} from '../bootstrap/primordials.js';
import { concatenate } from '../bootstrap/bytes.js';
import { hostCallSync } from '../bootstrap/host.js';
import { crypto as webcrypto } from '../crypto/crypto.js';
import { queueMicrotask } from '../events/index.js';
import { Buffer, bufferOver } from './internal/buffer/class.js';
import { coded, invalidArgType, outOfRange, unsupported, validateFunction, validateInteger, validateString } from './internal/errors.js';
import { named } from './internal/named.js';
import { isAnyArrayBuffer, isArrayBufferView } from './internal/types.js';

const ALGORITHMS = ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'];
const MAX_RANDOM_INT = 2 ** 48 - 1;
const PREFIX = /^rsa-|-/g;

function algorithmName(name) {
  const plain = RegExpPrototypeSymbolReplace(PREFIX, StringPrototypeToLowerCase(name), '');
  return ArrayPrototypeIncludes(ALGORITHMS, plain) ? plain : undefined;
}

function bytesOf(data, encoding, name) {
  if (typeof data === 'string') return Buffer.from(data, encoding === 'buffer' ? 'utf8' : encoding);
  if (isAnyArrayBuffer(data)) return new Uint8Array(data);
  if (isArrayBufferView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  throw invalidArgType(name, ['string', 'Buffer', 'TypedArray', 'DataView'], data);
}

function output(bytes, encoding) {
  const buffer = bufferOver(bytes);
  return encoding === undefined || encoding === null || encoding === 'buffer' ? buffer : buffer.toString(encoding);
}

// What Hash and Hmac share: data is collected, and computed in one operation at the end.
class Digest {
  #chunks;
  #compute;
  #done = false;

  constructor(compute, chunks = []) {
    this.#compute = compute;
    this.#chunks = chunks;
  }

  update(data, encoding) {
    if (this.#done) throw coded(Error, 'ERR_CRYPTO_HASH_FINALIZED', 'Digest already called');
    // A copy: the caller may change the bytes before the digest is asked for.
    ArrayPrototypePush(this.#chunks, new Uint8Array(bytesOf(data, encoding, 'data')));
    return this;
  }

  digest(encoding) {
    if (this.#done) throw coded(Error, 'ERR_CRYPTO_HASH_FINALIZED', 'Digest already called');
    this.#done = true;
    return output(this.#compute(concatenate(this.#chunks)), encoding);
  }

  get state() {
    if (this.#done) throw coded(Error, 'ERR_CRYPTO_HASH_FINALIZED', 'Digest already called');
    return [this.#compute, ArrayPrototypeSlice(this.#chunks)];
  }
}

class Hash extends Digest {
  constructor(algorithm, options, state) {
    if (state !== undefined) {
      super(state[0], state[1]);
      return;
    }
    validateString(algorithm, 'algorithm');
    const name = algorithmName(algorithm);
    if (name === undefined) throw unknownDigest(algorithm);
    super((data) => hostCallSync('crypto.digest', { __proto__: null, algorithm: name }, data).data);
  }

  copy() {
    return new Hash('', undefined, this.state);
  }
}

function unknownDigest(algorithm) {
  return coded(Error, 'ERR_OSSL_EVP_UNSUPPORTED', `Digest method not supported: ${algorithm} (this version of edge has ${ArrayPrototypeJoin(ALGORITHMS, ', ')})`);
}

class Hmac extends Digest {
  constructor(algorithm, key, options) {
    validateString(algorithm, 'hmac');
    const name = algorithmName(algorithm);
    if (name === undefined) throw coded(Error, 'ERR_CRYPTO_INVALID_DIGEST', `Invalid digest: ${algorithm}`);
    const secret = new Uint8Array(bytesOf(key, options?.encoding, 'key'));
    super((data) => hostCallSync('crypto.hmac', { __proto__: null, algorithm: name, key_length: secret.length }, concatenate([secret, data])).data);
  }
}

const random = (n) => hostCallSync('crypto.random', { __proto__: null, n }).data;

/** The value, or by the callback when there is one. */
function answer(compute, callback) {
  if (callback === undefined) return compute();
  validateFunction(callback, 'callback');
  const value = compute();
  queueMicrotask(() => callback(null, value));
  return undefined;
}

function randomBytes(size, callback) {
  if (typeof size !== 'number') throw invalidArgType('size', 'number', size);
  if (!(size >= 0 && size <= 0x7fffffff)) throw outOfRange('size', '>= 0 && <= 2147483647', size);
  return answer(() => bufferOver(random(size)), callback);
}

function randomFillSync(target, offset = 0, size = undefined) {
  const bytes = bytesOf(typeof target === 'string' ? undefined : target, undefined, 'buf');
  const scale = target.BYTES_PER_ELEMENT ?? 1;
  const start = offset * scale;
  const count = size === undefined ? bytes.length - start : size * scale;
  validateInteger(start, 'offset', 0, bytes.length);
  validateInteger(count, 'size', 0, bytes.length - start);
  TypedArrayPrototypeSet(bytes, random(count), start);
  return target;
}

function randomFill(target, offset, size, callback) {
  const done = callback ?? size ?? offset;
  validateFunction(done, 'callback');
  randomFillSync(target, offset === done ? undefined : offset, size === done ? undefined : size);
  queueMicrotask(() => done(null, target));
}

/** A whole number of [min, max), every one as likely. */
function randomInt(min, max, callback) {
  const single = max === undefined || typeof max === 'function';
  const low = single ? 0 : min;
  const high = single ? min : max;
  const done = single ? max : callback;
  if (!NumberIsSafeInteger(low)) throw invalidArgType('min', 'a safe integer', low);
  if (!NumberIsSafeInteger(high)) throw invalidArgType('max', 'a safe integer', high);
  if (high <= low) throw outOfRange('max', `greater than the value of "min" (${low})`, high);
  const range = high - low;
  if (range > MAX_RANDOM_INT) throw outOfRange(single ? 'max' : 'max - min', `<= ${MAX_RANDOM_INT}`, range);
  return answer(() => low + uniform(range), done);
}

function uniform(range) {
  const size = MathCeil(MathLog2(range + 1) / 8) || 1;
  const limit = 2 ** (8 * size) - (2 ** (8 * size) % range);
  for (;;) {
    const bytes = random(size * 4);
    for (let start = 0; start < bytes.length; start += size) {
      let value = 0;
      for (let i = 0; i < size; i++) value = value * 256 + bytes[start + i];
      if (value < limit) return value % range;
    }
  }
}

function timingSafeEqual(a, b) {
  if (!isArrayBufferView(a) && !isAnyArrayBuffer(a)) throw invalidArgType('buf1', ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'], a);
  if (!isArrayBufferView(b) && !isAnyArrayBuffer(b)) throw invalidArgType('buf2', ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'], b);
  const left = bytesOf(a);
  const right = bytesOf(b);
  if (left.length !== right.length) throw coded(RangeError, 'ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH', 'Input buffers must have the same byte length');
  return hostCallSync('crypto.equal', { __proto__: null, length: left.length }, concatenate([left, right])).value;
}

const ABSENT = [
  'Certificate', 'Cipheriv', 'Decipheriv', 'DiffieHellman', 'ECDH', 'KeyObject', 'Sign', 'Verify', 'X509Certificate', 'checkPrime', 'checkPrimeSync',
  'createCipheriv', 'createDecipheriv', 'createDiffieHellman', 'createECDH', 'createPrivateKey', 'createPublicKey', 'createSecretKey', 'createSign',
  'createVerify', 'diffieHellman', 'generateKey', 'generateKeyPair', 'generateKeyPairSync', 'generateKeySync', 'generatePrime', 'generatePrimeSync',
  'getDiffieHellman', 'hkdf', 'hkdfSync', 'pbkdf2', 'pbkdf2Sync', 'privateDecrypt', 'privateEncrypt', 'publicDecrypt', 'publicEncrypt', 'scrypt',
  'scryptSync', 'sign', 'verify',
];

const crypto = {
  Hash: named('Hash', Hash),
  Hmac: named('Hmac', Hmac),
  createHash: (algorithm, options) => new Hash(algorithm, options),
  createHmac: (algorithm, key, options) => new Hmac(algorithm, key, options),
  hash: (algorithm, data, encoding = 'hex') => new Hash(algorithm).update(data).digest(encoding),
  getCiphers: () => [],
  getCurves: () => [],
  getHashes: () => ArrayPrototypeSlice(ALGORITHMS),
  randomBytes,
  pseudoRandomBytes: randomBytes,
  randomFill,
  randomFillSync,
  randomInt,
  randomUUID: () => webcrypto.randomUUID(),
  timingSafeEqual,
  getRandomValues: (array) => webcrypto.getRandomValues(array),
  webcrypto,
  subtle: webcrypto.subtle,
  constants: {},
};
for (let i = 0; i < ABSENT.length; i++) {
  const name = ABSENT[i];
  crypto[name] = function absent() {
    throw unsupported(`crypto.${name}`, 'this version has hashes, HMAC and randomness');
  };
}

export default crypto;
