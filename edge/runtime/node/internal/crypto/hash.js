// Hash and Hmac: https://nodejs.org/api/crypto.html#class-hash

import {
  ArrayPrototypePush, ArrayPrototypeSlice, Error, MathMin, ObjectDefineProperty, TypeError, TypedArrayPrototypeGetLength, TypedArrayPrototypeSubarray, Uint8Array,
} from '../../../bootstrap/primordials.js';
import { concatenate } from '../../../bootstrap/bytes.js';
import { hostCallSync } from '../../../bootstrap/host.js';
import { Buffer } from '../buffer/class.js';
import { coded, invalidArgType, invalidArgValue, validateInteger, validateObject, validateString } from '../errors.js';
import { bytesOf, output, updateOf } from './bytes.js';
import { callable } from './callable.js';
import { opensslError } from './compute.js';
import { digestNamed, shakeLength } from './digests.js';
import { lazyStream } from './lazy_stream.js';

// Most hashes are of little data and need one operation: data is collected up to here, and fed to the host beyond.
const COLLECTED = 64 * 1024;
const PIECE = 8 * 2 ** 20;
// Of a shake.
const MAX_OUTPUT = 2 ** 20;
const NOTHING = [];
let optionsOfHash;
let optionsOfHmac;

/** A hash or HMAC that runs: `{algorithm, secret: bytes or null, length: of shake}`. */
class Running {
  #wanted;
  #chunks = [];
  #size = 0;
  #number = null;

  constructor(wanted, from = undefined) {
    this.#wanted = wanted;
    if (from === undefined) return;
    this.#chunks = ArrayPrototypeSlice(from.#chunks);
    this.#size = from.#size;
    if (from.#number !== null) this.#number = operate('copy', { number: from.#number }).value;
  }

  get wanted() { return this.#wanted; }

  update(bytes) {
    const size = TypedArrayPrototypeGetLength(bytes);
    if (size >= COLLECTED) {
      this.#flush();
      for (let at = 0; at < size; at += PIECE) this.#feed(TypedArrayPrototypeSubarray(bytes, at, MathMin(size, at + PIECE)));
      return;
    }
    // A copy: the caller may change the bytes before the digest is asked for.
    ArrayPrototypePush(this.#chunks, new Uint8Array(bytes));
    this.#size += size;
    if (this.#size >= COLLECTED) this.#flush();
  }

  #flush() {
    if (this.#size > 0) this.#feed(concatenate(this.#chunks));
    this.#chunks = [];
    this.#size = 0;
  }

  #feed(bytes) {
    this.#open();
    operate('update', { number: this.#number }, bytes);
  }

  #open() {
    const { algorithm, secret } = this.#wanted;
    this.#number ??= operate('open', { algorithm, code: secret !== null }, secret ?? NOTHING).value;
  }

  finish() {
    const { algorithm, secret, length } = this.#wanted;
    if (this.#number === null && length === null) {
      const data = concatenate(this.#chunks);
      if (secret === null) return hostCallSync('crypto.digest', { __proto__: null, algorithm }, data).data;
      return hostCallSync('crypto.hmac', { __proto__: null, algorithm, key_length: secret.length }, concatenate([secret, data])).data;
    }
    this.#flush();
    this.#open();
    return operate('finish', { number: this.#number, length }).data;
  }
}

const operate = (name, args, data) => hostCallSync(`nodecrypto.hash.${name}`, { __proto__: null, ...args }, data ?? NOTHING);

const finalized = () => coded(Error, 'ERR_CRYPTO_HASH_FINALIZED', 'Digest already called');

// Of a stream: the digest is what it gives, in the end.
function streamMethods(Class, optionsOf) {
  const methods = {
    _transform(chunk, encoding, done) {
      this.update(chunk, encoding);
      done();
    },
    _flush(done) {
      this.push(this.digest());
      done();
    },
  };
  ObjectDefineProperty(Class.prototype, '_transform', { __proto__: null, value: methods._transform, writable: true, configurable: true });
  if (Class.prototype._flush === undefined) ObjectDefineProperty(Class.prototype, '_flush', { __proto__: null, value: methods._flush, writable: true, configurable: true });
  return lazyStream(Class, 'Transform', optionsOf);
}

const sizeOf = (name) => hostCallSync('crypto.digest', { __proto__: null, algorithm: name }, NOTHING).data.length;

function lengthOf(name, algorithm, options) {
  const standard = shakeLength(name);
  const wanted = options?.outputLength;
  if (wanted === undefined) return standard ?? null;
  validateInteger(wanted, 'options.outputLength', 0, MAX_OUTPUT);
  if (standard !== undefined) return wanted;
  if (wanted !== sizeOf(name)) throw opensslError('ERR_OSSL_EVP_NOT_XOF_OR_INVALID_LENGTH', 'not XOF or invalid length');
  return null;
}

class HashStream {
  #running;
  #options;
  // What the stream gave: digest() may ask for it once more.
  #flushed = null;

  static {
    optionsOfHash = (stream) => (#options in stream ? stream.#options ?? {} : null);
  }

  constructor(algorithm, options) {
    if (algorithm instanceof Running) {
      this.#running = algorithm;
      this.#options = options;
      return;
    }
    validateString(algorithm, 'algorithm');
    if (options !== undefined && options !== null) validateObject(options, 'options');
    const name = digestNamed(algorithm);
    if (name === undefined) throw new Error(`Digest method not supported: ${algorithm} (crypto.getHashes() lists those that are)`);
    this.#running = new Running({ __proto__: null, algorithm: name, secret: null, length: lengthOf(name, algorithm, options) });
    this.#options = options;
  }

  copy(options) {
    if (this.#running === null) throw finalized();
    const { wanted } = this.#running;
    const length = lengthOf(wanted.algorithm, wanted.algorithm, options);
    return new HashStream(new Running({ __proto__: null, ...wanted, length }, this.#running), options);
  }

  update(data, encoding) {
    if (this.#running === null) throw finalized();
    this.#running.update(updateOf(data, encoding));
    return this;
  }

  digest(encoding) {
    const flushed = this.#flushed;
    if (this.#running === null && flushed === null) throw finalized();
    const bytes = flushed ?? this.#running.finish();
    this.#running = null;
    this.#flushed = null;
    return output(bytes, encoding);
  }

  _flush(done) {
    const bytes = new Uint8Array(this.digest());
    this.#flushed = bytes;
    this.push(output(new Uint8Array(bytes)));
    done();
  }
}
streamMethods(HashStream, optionsOfHash);
export const Hash = callable('Hash', HashStream);

class HmacStream {
  #running;
  #options;

  static {
    optionsOfHmac = (stream) => (#options in stream ? stream.#options ?? {} : null);
  }

  constructor(algorithm, key, options) {
    validateString(algorithm, 'hmac');
    const secret = secretOf(key, options?.encoding);
    const name = digestNamed(algorithm);
    if (name === undefined || shakeLength(name) !== undefined) throw coded(TypeError, 'ERR_CRYPTO_INVALID_DIGEST', `Invalid digest: ${algorithm}`);
    this.#running = new Running({ __proto__: null, algorithm: name, secret, length: null });
    this.#options = options;
  }

  update(data, encoding) {
    if (this.#running === null) throw finalized();
    this.#running.update(updateOf(data, encoding));
    return this;
  }

  // Unlike a hash, it can be asked again: there is nothing then.
  digest(encoding) {
    if (this.#running === null) return output(new Uint8Array(0), encoding);
    const bytes = this.#running.finish();
    this.#running = null;
    return output(bytes, encoding);
  }
}
streamMethods(HmacStream, optionsOfHmac);
export const Hmac = callable('Hmac', HmacStream);

function secretOf(key, encoding) {
  if (typeof key === 'object' && key !== null) {
    const { isKey, secretBytes } = import('./key_object.js');
    if (isKey(key)) return secretBytes(key);
  }
  if (key === null || key === undefined) throw invalidArgType('key', ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView', 'string', 'KeyObject', 'CryptoKey'], key);
  return new Uint8Array(bytesOf(key, encoding, 'key', ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView', 'string', 'KeyObject', 'CryptoKey']));
}

/** https://nodejs.org/api/crypto.html#cryptohashalgorithm-data-options */
export function hash(algorithm, data, options) {
  validateString(algorithm, 'algorithm');
  const encoding = typeof options === 'string' ? options : options?.outputEncoding ?? 'hex';
  validateString(encoding, 'outputEncoding');
  if (encoding !== 'buffer' && !Buffer.isEncoding(encoding)) throw invalidArgValue('outputEncoding', encoding);
  const bytes = bytesOf(data, 'utf8', 'input', ['string', 'Buffer', 'TypedArray', 'DataView']);
  const name = digestNamed(algorithm);
  const length = typeof options === 'object' && options !== null && name !== undefined && shakeLength(name) === undefined ? options.outputLength : undefined;
  if (length !== undefined && length !== sizeOf(name)) throw coded(Error, 'ERR_OSSL_EVP_UNSUPPORTED', `Output length ${length} is invalid for ${algorithm}, which does not support XOF`);
  return new HashStream(algorithm, typeof options === 'string' ? undefined : options).update(bytes).digest(encoding);
}
