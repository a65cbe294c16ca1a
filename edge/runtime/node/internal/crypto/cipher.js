// Ciphers: https://nodejs.org/api/crypto.html#class-cipheriv

import {
  ArrayPrototypePush, Error, MathMax, MathMin, ObjectDefineProperty, RangeError, TypeError, TypedArrayPrototypeGetLength, TypedArrayPrototypeSlice, TypedArrayPrototypeSubarray, Uint8Array,
} from '../../../bootstrap/primordials.js';
import { concatenate } from '../../../bootstrap/bytes.js';
import { hostCallSync } from '../../../bootstrap/host.js';
import { StringDecoder } from '../../string_decoder.js';
import { bufferOver } from '../buffer/class.js';
import { encodingName } from '../buffer/encodings.js';
import { coded, invalidArgType, invalidArgValue, validateString } from '../errors.js';
import { bytesOf, updateOf } from './bytes.js';
import { callable } from './callable.js';
import { described, MAX_BYTES, opensslError } from './compute.js';
import { cipherNamed, takesIv } from './cipher_names.js';
import { secretFrom } from './key_input.js';
import { lazyStream } from './lazy_stream.js';

const PIECE = 8 * 2 ** 20;
const FULL_TAG = 16;
const BYTES = ['string', 'ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'];
let optionsOf;

const operate = (name, args, data) => described(() => hostCallSync(`nodecrypto.cipher.${name}`, { __proto__: null, ...args }, data));
const invalidState = (method) => coded(Error, 'ERR_CRYPTO_INVALID_STATE', `Invalid state for operation ${method}`);

const TAGGED = { __proto__: null, 'gcm': true, 'ccm': true, 'ocb': true, 'chacha20-poly1305': true };
const authenticates = (mode) => TAGGED[mode] === true;

// A tag of GCM has 4, 8 or 12 to 16 bytes (NIST SP 800-38D, 5.2.1.2), one of CCM an even number from 4 (SP 800-38C, A.1).
function isTagLength(mode, length) {
  if (mode === 'gcm') return length === 4 || length === 8 || (length >= 12 && length <= FULL_TAG);
  if (mode === 'ccm') return length >= 4 && length <= FULL_TAG && length % 2 === 0;
  return length >= 1 && length <= FULL_TAG;
}

const badTag = (length) => coded(TypeError, 'ERR_CRYPTO_INVALID_AUTH_TAG', `Invalid authentication tag length: ${length}`);

function tagLengthOf({ mode, name }, options) {
  if (!authenticates(mode)) return null;
  const length = options?.authTagLength;
  if (length === undefined || length === null) {
    if (mode === 'ccm' || mode === 'ocb') throw coded(TypeError, 'ERR_CRYPTO_INVALID_AUTH_TAG', `authTagLength required for ${name}`);
    return null;
  }
  if (typeof length !== 'number' || length < 0 || length % 1 !== 0 || length > 2 ** 31 - 1) throw invalidArgValue('options.authTagLength', length);
  if (!isTagLength(mode, length)) throw badTag(length);
  return length;
}

// CCM counts its bytes in what the nonce leaves of a block (SP 800-38C, A.1).
const messageLimit = (mode, iv) => {
  const room = 15 - TypedArrayPrototypeGetLength(iv);
  return mode === 'ccm' && room < 4 ? 2 ** (8 * room) - 1 : mode === 'ccm' ? 2 ** 31 - 1 : Infinity;
};

function ivOf(given, encoding, known) {
  if (given !== null && typeof given !== 'string' && given?.byteLength === undefined) throw invalidArgType('iv', BYTES, given);
  const iv = given === null ? new Uint8Array(0) : bytesOf(given, encoding, 'iv', BYTES);
  const length = TypedArrayPrototypeGetLength(iv);
  if (!takesIv(known, length)) throw coded(TypeError, 'ERR_CRYPTO_INVALID_IV', 'Invalid initialization vector');
  return iv;
}

class CipherBase {
  #number;
  #mode;
  #limit;
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
    if (known === undefined) throw coded(Error, 'ERR_CRYPTO_UNKNOWN_CIPHER', 'Unknown cipher');
    if (TypedArrayPrototypeGetLength(secret) !== known.keyLength) throw coded(RangeError, 'ERR_CRYPTO_INVALID_KEYLEN', 'Invalid key length');
    const bytes = ivOf(iv, options?.encoding, known);
    this.#tagLength = tagLengthOf(known, options);
    this.#mode = known.mode;
    this.#limit = messageLimit(known.mode, bytes);
    this.#encrypts = encrypts;
    this.#options = options;
    const block = known.block === 'chacha20' ? 'aes' : known.block;
    this.#number = operate('open', { mode: known.mode, block, encrypt: encrypts, key_length: known.keyLength, tag: this.#tagLength ?? FULL_TAG }, [secret, bytes]).value;
  }

  update(data, inputEncoding, outputEncoding) {
    const decoder = this.#decoderFor(outputEncoding);
    const bytes = this.#feed('update', updateOf(data, inputEncoding), 'update');
    return decoder === null ? bufferOver(bytes) : decoder.write(bufferOver(bytes));
  }

  // One for all pieces: characters, and the groups of base64, go on from one to the next.
  #decoderFor(encoding) {
    if (encoding === undefined || encoding === null || encoding === 'buffer') return null;
    if (encodingName(encoding) === undefined) throw coded(TypeError, 'ERR_UNKNOWN_ENCODING', `Unknown encoding: ${encoding}`);
    this.#decoder ??= new StringDecoder(encoding);
    if (this.#decoder.encoding !== encodingName(encoding)) throw coded(Error, 'ERR_INTERNAL_ASSERTION', 'Cannot change encoding');
    return this.#decoder;
  }

  #feed(operation, bytes, method) {
    if (this.#finished) throw invalidState(method);
    const size = TypedArrayPrototypeGetLength(bytes);
    if (operation === 'update') this.#begin(size);
    const results = [];
    // What comes in one piece goes in one.
    const piece = this.#mode === 'ccm' || this.#mode === 'xts' ? MathMax(size, 1) : PIECE;
    for (let at = 0; at < size || (at === 0 && this.#mode === 'ccm'); at += piece) {
      const { data } = operate(operation, { number: this.#number }, TypedArrayPrototypeSubarray(bytes, at, MathMin(size, at + piece)));
      if (data !== undefined) ArrayPrototypePush(results, data);
    }
    return results.length === 1 ? results[0] : concatenate(results);
  }

  #begin(size) {
    if (this.#mode === 'ccm') {
      if (size > this.#limit) throw coded(RangeError, 'ERR_CRYPTO_INVALID_MESSAGELEN', 'Invalid message length');
      if (size > MAX_BYTES) throw coded(RangeError, 'ERR_CRYPTO_INVALID_MESSAGELEN', `Invalid message length: a message of CCM is computed at once, and has at most ${MAX_BYTES} bytes here`);
      if (!this.#encrypts && !this.#started && this.#tag !== null) operate('expect', { number: this.#number }, this.#tag);
    }
    this.#started = true;
  }

  final(encoding) {
    if (this.#finished) throw invalidState('final');
    const decoder = this.#decoderFor(encoding);
    const tagged = authenticates(this.#mode);
    if (this.#mode === 'ccm' && this.#encrypts && !this.#started) throw opensslError('ERR_OSSL_TAG_NOT_SET', 'tag not set');
    if (this.#mode === 'ccm') this.#checkMessage();
    this.#finished = true;
    const { value, data } = operate('finish', { number: this.#number, padded: this.#padded }, tagged && !this.#encrypts && this.#tag !== null ? this.#tag : []);
    if (tagged && this.#encrypts) this.#tag = TypedArrayPrototypeSlice(data, value, value + (this.#tagLength ?? FULL_TAG));
    const last = bufferOver(TypedArrayPrototypeSlice(data, 0, value));
    return decoder === null ? last : decoder.end(last);
  }

  #checkMessage() {
    if (!this.#encrypts && this.#tag === null) throw coded(Error, '', 'Unsupported state or unable to authenticate data');
    if (!this.#started) this.#feed('update', new Uint8Array(0), 'final');
  }

  setAutoPadding(padded = true) {
    if (this.#finished) throw invalidState('setAutoPadding');
    this.#padded = !!padded;
    return this;
  }

  setAAD(buffer, options) {
    const length = options?.plaintextLength;
    if (length !== undefined && (typeof length !== 'number' || !(length >= 0) || length % 1 !== 0)) throw invalidArgValue('options.plaintextLength', length);
    const bytes = bytesOf(buffer, options?.encoding, 'buffer', BYTES);
    if (!authenticates(this.#mode) || this.#started) throw invalidState('setAAD');
    if (this.#mode === 'ccm') {
      if (length === undefined) throw coded(TypeError, 'ERR_MISSING_ARGS', 'options.plaintextLength required for CCM mode with AAD');
      if (length > this.#limit) throw coded(RangeError, 'ERR_CRYPTO_INVALID_MESSAGELEN', 'Invalid message length');
    }
    if (TypedArrayPrototypeGetLength(bytes) > 0) this.#feed('extra', bytes, 'setAAD');
    return this;
  }

  takeTag(method) {
    if (!this.#finished || this.#tag === null) throw invalidState(method);
    return bufferOver(TypedArrayPrototypeSlice(this.#tag));
  }

  giveTag(bytes) {
    const length = TypedArrayPrototypeGetLength(bytes);
    if (this.#finished || this.#tag !== null || !authenticates(this.#mode)) throw invalidState('setAuthTag');
    if (!isTagLength(this.#mode, length) || length !== (this.#tagLength ?? (this.#mode === 'chacha20-poly1305' ? FULL_TAG : length))) throw badTag(length);
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
