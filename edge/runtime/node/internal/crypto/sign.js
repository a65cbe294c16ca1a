// Signatures: https://nodejs.org/api/crypto.html#class-sign

import {
  ArrayPrototypePush, Error, ObjectDefineProperty, TypeError, TypedArrayPrototypeGetLength, Uint8Array,
} from '../../../bootstrap/primordials.js';
import { concatenate } from '../../../bootstrap/bytes.js';
import { coded, invalidArgValue, validateInteger, validateString } from '../errors.js';
import { named } from '../named.js';
import { bytesOf, output, updateOf } from './bytes.js';
import { callable } from './callable.js';
import { answer, compute, MAX_BYTES, opensslError } from './compute.js';
import { signingDigest } from './digests.js';
import { privateKeyFrom, publicKeyFrom } from './key_input.js';
import { keyState } from './key_object.js';
import { lazyStream } from './lazy_stream.js';

const PKCS1 = 1;
const PSS = 6;
const SALTS = { __proto__: null, '-1': 'digest', '-2': 'auto', '-3': 'max' };
let optionsOf;

/** The host's arguments: `options` is what a key was given with. */
function schemeOf(digest, key, options, signs) {
  const { kind, details } = keyState(key);
  const { padding, saltLength, dsaEncoding } = typeof options === 'object' && options !== null ? options : {};
  if (padding !== undefined) validateInteger(padding, 'options.padding', 0, 2 ** 31 - 1);
  if (saltLength !== undefined) validateInteger(saltLength, 'options.saltLength', -3, 2048);
  if (dsaEncoding !== undefined && dsaEncoding !== 'der' && dsaEncoding !== 'ieee-p1363') throw invalidArgValue('options.dsaEncoding', dsaEncoding);
  if (kind === 'rsa' && padding !== undefined && padding !== PKCS1 && padding !== PSS) throw opensslError('ERR_OSSL_ILLEGAL_OR_UNSUPPORTED_PADDING_MODE', 'illegal or unsupported padding mode');
  let salt = SALTS[saltLength ?? -2] ?? saltLength;
  if (signs && salt === 'auto') salt = saltLength === undefined ? details.saltLength ?? 'max' : 'max';
  return { __proto__: null, digest, padding: (padding === PSS && kind === 'rsa') || (kind === 'rsa-pss' && padding !== PKCS1) ? 'pss' : 'pkcs1', salt, plain: dsaEncoding === 'ieee-p1363' };
}

function digestOf(name) {
  const digest = signingDigest(name);
  if (digest === undefined) throw coded(TypeError, 'ERR_CRYPTO_INVALID_DIGEST', `Invalid digest: ${name}`);
  return digest;
}

function signature(digest, data, given) {
  if (given === null || given === undefined) throw coded(Error, 'ERR_CRYPTO_SIGN_KEY_REQUIRED', 'No key provided to sign');
  const key = privateKeyFrom(given);
  return compute('signing.sign', schemeOf(digest, key, given, true), [keyState(key).material, data]).data;
}

function verified(digest, data, given, bytes) {
  const key = publicKeyFrom(given);
  return compute('signing.verify', schemeOf(digest, key, given, false), [keyState(key).material, bytes, data]).value;
}

// What both share: data is collected, and signed in one operation at the end.
class Signer {
  #digest;
  #options;
  #chunks = [];
  #size = 0;
  #done = false;

  static {
    optionsOf = (signer) => (#options in signer ? signer.#options ?? {} : null);
  }

  constructor(algorithm, options) {
    validateString(algorithm, 'algorithm');
    this.#digest = digestOf(algorithm);
    this.#options = options;
  }

  update(data, encoding) {
    if (this.#done) throw coded(Error, 'ERR_CRYPTO_INVALID_STATE', 'Not initialised');
    const bytes = new Uint8Array(updateOf(data, encoding));
    this.#size += TypedArrayPrototypeGetLength(bytes);
    if (this.#size > MAX_BYTES) throw coded(Error, 'ERR_CRYPTO_OPERATION_FAILED', `more than ${MAX_BYTES} bytes cannot be signed`);
    ArrayPrototypePush(this.#chunks, bytes);
    return this;
  }

  take() {
    if (this.#done) throw coded(Error, 'ERR_CRYPTO_INVALID_STATE', 'Not initialised');
    this.#done = true;
    const data = concatenate(this.#chunks);
    this.#chunks = [];
    return { __proto__: null, digest: this.#digest, data };
  }
}

class Signing extends Signer {
  sign(key, encoding) {
    if (key === null || key === undefined) throw coded(Error, 'ERR_CRYPTO_SIGN_KEY_REQUIRED', 'No key provided to sign');
    const { digest, data } = this.take();
    return output(signature(digest, data, key), encoding);
  }
}

class Verifying extends Signer {
  verify(key, bytes, encoding) {
    const found = bytesOf(bytes, encoding, 'signature', ['string', 'ArrayBuffer', 'Buffer', 'TypedArray', 'DataView']);
    const { digest, data } = this.take();
    return verified(digest, data, key, found);
  }
}
export const Sign = callable('Sign', Signing);
export const Verify = callable('Verify', Verifying);
ObjectDefineProperty(Signer.prototype, '_write', {
  __proto__: null,
  value: named('_write', function write(chunk, encoding, done) {
    this.update(chunk, encoding);
    done();
  }),
  writable: true,
  configurable: true,
});
lazyStream(Signer, 'Writable', optionsOf);

// Digests are optional here: the curves of Edwards sign without.
function oneShotDigest(algorithm) {
  if (algorithm === null || algorithm === undefined) return null;
  validateString(algorithm, 'algorithm');
  return digestOf(algorithm);
}

const dataOf = (value, name) => new Uint8Array(bytesOf(value, undefined, name, ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView']));

/** https://nodejs.org/api/crypto.html#cryptosignalgorithm-data-key-callback */
export function sign(algorithm, data, key, callback) {
  const digest = oneShotDigest(algorithm);
  const bytes = dataOf(data, 'data');
  if (key === null || key === undefined) throw coded(Error, 'ERR_CRYPTO_SIGN_KEY_REQUIRED', 'No key provided to sign');
  return answer(() => output(signature(digest, bytes, key)), callback);
}

/** https://nodejs.org/api/crypto.html#cryptoverifyalgorithm-data-key-signature-callback */
export function verify(algorithm, data, key, given, callback) {
  const digest = oneShotDigest(algorithm);
  const bytes = dataOf(data, 'data');
  const found = dataOf(given, 'signature');
  return answer(() => verified(digest, bytes, key, found), callback);
}
