// Diffie-Hellman over elliptic curves: https://nodejs.org/api/crypto.html#class-ecdh

import { Error, TypeError, Uint8Array } from '../../../bootstrap/primordials.js';
import { coded, invalidArgType, invalidArgValue, nativeError, validateFunction, validateObject, validateString } from '../errors.js';
import { bytesOf, output } from './bytes.js';
import { callable } from './callable.js';
import { answer, compute } from './compute.js';
import { curveNamed } from './curves.js';
import { isKey, keyState, publicOf, wrongType } from './key_object.js';

const KINDS = ['string', 'ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'];

function curveOf(name) {
  validateString(name, 'curve');
  const curve = curveNamed(name);
  if (curve === undefined) throw coded(TypeError, 'ERR_CRYPTO_INVALID_CURVE', 'Invalid EC curve name');
  return curve;
}

function converted(curve, point, form = 'uncompressed') {
  if (form !== 'uncompressed' && form !== 'compressed' && form !== 'hybrid') throw coded(TypeError, 'ERR_CRYPTO_ECDH_INVALID_FORMAT', `Invalid ECDH format: ${form}`);
  return compute('agreement.ecdh_convert', { __proto__: null, curve, form }, [point]).data;
}

function equal(a, b) {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

class EllipticCurve {
  #curve;
  #private = null;
  #public = null;
  // Whether the public half was given: it may be that of another private one.
  #foreign = false;

  constructor(curve) {
    this.#curve = curveOf(curve);
  }

  static convertKey(key, curve, inputEncoding, outputEncoding, format) {
    return output(converted(curveOf(curve), bytesOf(key, inputEncoding, 'key', KINDS), format), outputEncoding);
  }

  generateKeys(encoding, format) {
    this.#private = compute('agreement.ecdh_generate', { __proto__: null, curve: this.#curve }, []).data;
    this.#public = this.#half(this.#private);
    this.#foreign = false;
    return this.getPublicKey(encoding, format);
  }

  #half(number) {
    return compute('agreement.ecdh_public', { __proto__: null, curve: this.#curve }, [number]).data;
  }

  computeSecret(other, inputEncoding, outputEncoding) {
    const point = bytesOf(other, inputEncoding, 'otherPublicKey', KINDS);
    if (this.#private === null) throw coded(Error, 'ERR_CRYPTO_ECDH_INVALID_PUBLIC_KEY', 'Failed to get ECDH private key');
    if (this.#foreign && !equal(this.#public, this.#half(this.#private))) throw nativeError(Error, 'ERR_CRYPTO_INVALID_KEYPAIR', 'Invalid key pair');
    return output(compute('agreement.ecdh_derive', { __proto__: null, curve: this.#curve }, [this.#private, point]).data, outputEncoding);
  }

  getPublicKey(encoding, format) {
    if (this.#public === null) throw nativeError(Error, 'ERR_CRYPTO_OPERATION_FAILED', 'Failed to get ECDH public key');
    return output(converted(this.#curve, this.#public, format), encoding);
  }

  getPrivateKey(encoding) {
    if (this.#private === null) throw nativeError(Error, 'ERR_CRYPTO_OPERATION_FAILED', 'Failed to get ECDH private key');
    return output(new Uint8Array(this.#private), encoding);
  }

  setPrivateKey(key, encoding) {
    const number = new Uint8Array(bytesOf(key, encoding, 'key', KINDS));
    this.#public = this.#half(number);
    this.#foreign = false;
    this.#private = number;
    return this;
  }

  setPublicKey(key, encoding) {
    this.#foreign = true;
    this.#public = converted(this.#curve, bytesOf(key, encoding, 'key', KINDS));
    return this;
  }
}
export const ECDH = callable('ECDH', EllipticCurve);

function halfOf(options, name) {
  const key = options[name];
  if (!isKey(key)) throw key === undefined || key === null ? invalidArgValue(`options.${name}`, key) : invalidArgType(`options.${name}`, 'KeyObject', key);
  if (name === 'privateKey' && key.type !== 'private') throw wrongType(key.type, 'private');
  if (key.type === 'secret') throw wrongType(key.type, 'private or public');
  return key;
}

/** https://nodejs.org/api/crypto.html#cryptodiffiehellmanoptions-callback */
export function diffieHellman(options, callback) {
  validateObject(options, 'options');
  const own = keyState(halfOf(options, 'privateKey'));
  const other = halfOf(options, 'publicKey');
  const theirs = keyState(other.type === 'private' ? publicOf(other) : other);
  if (own.kind !== theirs.kind) throw coded(Error, 'ERR_CRYPTO_INCOMPATIBLE_KEY', `Incompatible key types for Diffie-Hellman: ${own.kind} and ${theirs.kind}`);
  if (own.kind !== 'ec' && own.kind !== 'x25519' && own.kind !== 'x448' && own.kind !== 'dh') throw coded(Error, 'ERR_CRYPTO_INCOMPATIBLE_KEY', `Incompatible key types for Diffie-Hellman: ${own.kind} and ${theirs.kind}`);
  if (callback !== undefined) validateFunction(callback, 'callback');
  return answer(() => output(compute('agreement.derive', {}, [own.material, theirs.material]).data), callback);
}
