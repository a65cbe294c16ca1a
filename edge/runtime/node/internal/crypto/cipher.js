// Ciphers: https://nodejs.org/api/crypto.html#class-cipheriv

import {
  ArrayPrototypePush, Error, MathMin, ObjectDefineProperty, RangeError, TypeError, TypedArrayPrototypeGetLength, TypedArrayPrototypeSlice, TypedArrayPrototypeSubarray, Uint8Array,
} from '../../../bootstrap/primordials.js';
import { concatenate } from '../../../bootstrap/bytes.js';
import { hostCallSync } from '../../../bootstrap/host.js';
import { StringDecoder } from '../../string_decoder.js';
import { bufferOver } from '../buffer/class.js';
import { encodingName } from '../buffer/encodings.js';
import { coded, invalidArgType, invalidArgValue, validateString } from '../errors.js';
import { bytesOf, updateOf } from './bytes.js';
import { callable } from './callable.js';
import { cipherNamed, takesIv } from './cipher_names.js';
import { secretFrom } from './key_input.js';
import { lazyStream } from './lazy_stream.js';

const PIECE = 8 * 2 ** 20;
const FULL_TAG = 16;
const BYTES = ['string', 'ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'];
let optionsOf;

const operate = (name, args, data) => hostCallSync(`nodecrypto.cipher.${name}`, { __proto__: null, ...args }, data);
const invalidState = (method) => coded(Error, 'ERR_CRYPTO_INVALID_STATE', `Invalid state for operation ${method}`);

const authenticates = (mode) => mode === 'gcm' || mode === 'chacha20-poly1305';

// A tag of GCM has 4, 8 or 12 to 16 bytes: NIST SP 800-38D, 5.2.1.2.
const isTagLength = (mode, length) => (mode === 'gcm' ? length === 4 || length === 8 || (length >= 12 && length <= FULL_TAG) : length >= 1 && length <= FULL_TAG);

const badTag = (length) => coded(TypeError, 'ERR_CRYPTO_INVALID_AUTH_TAG', `Invalid authentication tag length: ${length}`);

function tagLengthOf(mode, options) {
  const length = options?.authTagLength;
  if (length === undefined || length === null || !authenticates(mode)) return null;
  if (typeof length !== 'number' || length < 0 || length % 1 !== 0) throw invalidArgValue('options.authTagLength', length);
  if (!isTagLength(mode, length)) throw badTag(length);
  return length;
}

function ivOf(given, encoding, known) {
  if (given !== null && typeof given !== 'string' && given?.byteLength === undefined) throw invalidArgType('iv', BYTES, given);
  const iv = given === null ? new Uint8Array(0) : bytesOf(given, encoding, 'iv', BYTES);
  const length = TypedArrayPrototypeGetLength(iv);
  // One that needs no IV ignores it.
  if (known.ivLength === 0) return new Uint8Array(0);
  if (!takesIv(known, length)) throw coded(TypeError, 'ERR_CRYPTO_INVALID_IV', 'Invalid initialization vector');
  return iv;
}

class CipherBase {
  #number;
  #mode;
  #encrypts;
  #options;
  #tagLength;
  #tag = null;
  #decoder = null;
  #padded = true;
  #started = false;
  #finished = false;

  static {
    optionsOf = (cipher) => (#options in cipher ? cipher.#options ?? {} : null);
  }

  constructor(encrypts, name, key, iv, options) {
    validateString(name, 'cipher');
    const known = cipherNamed(name);
    const secret = secretFrom(key, 'key', options?.encoding);
    if (iv === undefined) throw invalidArgType('iv', BYTES, iv);
    if (known === undefined) throw coded(Error, 'ERR_CRYPTO_UNKNOWN_CIPHER', `Unknown cipher: ${name} (getCiphers() lists those that are there)`);
    if (TypedArrayPrototypeGetLength(secret) !== known.keyLength) throw coded(RangeError, 'ERR_CRYPTO_INVALID_KEYLEN', 'Invalid key length');
    this.#tagLength = tagLengthOf(known.mode, options);
    this.#mode = known.mode;
    this.#encrypts = encrypts;
    this.#options = options;
    this.#number = operate('open', { mode: known.mode, encrypt: encrypts, key_length: known.keyLength }, [secret, ivOf(iv, options?.encoding, known)]).value;
  }

  update(data, inputEncoding, outputEncoding) {
    const bytes = this.#feed('update', updateOf(data, inputEncoding), 'update');
    const decoder = this.#decoderFor(outputEncoding);
    return decoder === null ? bufferOver(bytes) : decoder.write(bufferOver(bytes));
  }

  // One for all pieces: characters, and the groups of base64, go on from one to the next.
  #decoderFor(encoding) {
    if (encoding === undefined || encoding === null || encoding === 'buffer') return null;
    this.#decoder ??= new StringDecoder(encoding);
    if (this.#decoder.encoding !== encodingName(encoding)) throw coded(Error, 'ERR_INTERNAL_ASSERTION', 'Cannot change encoding');
    return this.#decoder;
  }

  #feed(operation, bytes, method) {
    if (this.#finished) throw invalidState(method);
    const size = TypedArrayPrototypeGetLength(bytes);
    if (operation === 'update') this.#started = true;
    const results = [];
    for (let at = 0; at < size; at += PIECE) {
      const { data } = operate(operation, { number: this.#number }, TypedArrayPrototypeSubarray(bytes, at, MathMin(size, at + PIECE)));
      if (data !== undefined) ArrayPrototypePush(results, data);
    }
    return results.length === 1 ? results[0] : concatenate(results);
  }

  final(encoding) {
    if (this.#finished) throw invalidState('final');
    const decoder = this.#decoderFor(encoding);
    const needsTag = authenticates(this.#mode) && !this.#encrypts;
    this.#finished = true;
    const { value, data } = operate('finish', { number: this.#number, padded: this.#padded }, needsTag && this.#tag !== null ? this.#tag : []);
    if (authenticates(this.#mode) && this.#encrypts) this.#tag = TypedArrayPrototypeSlice(data, value, value + (this.#tagLength ?? FULL_TAG));
    const last = bufferOver(TypedArrayPrototypeSlice(data, 0, value));
    return decoder === null ? last : decoder.end(last);
  }

  setAutoPadding(padded = true) {
    if (this.#finished) throw invalidState('setAutoPadding');
    this.#padded = !!padded;
    return this;
  }

  setAAD(buffer, options) {
    const bytes = bytesOf(buffer, options?.encoding, 'buffer', BYTES);
    if (!authenticates(this.#mode) || this.#started) throw invalidState('setAAD');
    this.#feed('extra', bytes, 'setAAD');
    return this;
  }

  takeTag(method) {
    if (!this.#finished || this.#tag === null) throw invalidState(method);
    return bufferOver(TypedArrayPrototypeSlice(this.#tag));
  }

  giveTag(bytes) {
    const length = TypedArrayPrototypeGetLength(bytes);
    if (this.#finished || this.#tag !== null || !authenticates(this.#mode)) throw invalidState('setAuthTag');
    if (!isTagLength(this.#mode, length) || (this.#tagLength !== null && length !== this.#tagLength)) throw badTag(length);
    this.#tag = new Uint8Array(bytes);
  }
}

const stream = {
  _transform(chunk, encoding, done) {
    this.push(this.update(chunk, encoding));
    done();
  },
  _flush(done) {
    let last;
    try {
      last = this.final();
    } catch (error) {
      done(error);
      return;
    }
    this.push(last);
    done();
  },
};
ObjectDefineProperty(CipherBase.prototype, '_transform', { __proto__: null, value: stream._transform, writable: true, configurable: true });
ObjectDefineProperty(CipherBase.prototype, '_flush', { __proto__: null, value: stream._flush, writable: true, configurable: true });
lazyStream(CipherBase, 'Transform', optionsOf);

class Encryption extends CipherBase {
  constructor(cipher, key, iv, options) {
    super(true, cipher, key, iv, options);
  }

  getAuthTag() {
    return this.takeTag('getAuthTag');
  }
}

class Decryption extends CipherBase {
  constructor(cipher, key, iv, options) {
    super(false, cipher, key, iv, options);
  }

  setAuthTag(tag, encoding) {
    this.giveTag(bytesOf(tag, encoding, 'buffer', BYTES));
    return this;
  }
}
export const Cipheriv = callable('Cipheriv', Encryption);
export const Decipheriv = callable('Decipheriv', Decryption);
