// Diffie-Hellman over the integers: https://nodejs.org/api/crypto.html#class-diffiehellman

import { Error, StringPrototypeToLowerCase, TypedArrayPrototypeSlice, Uint8Array } from '../../../bootstrap/primordials.js';
import { Buffer } from '../buffer/class.js';
import { coded, invalidArgType, validateInteger, validateString } from '../errors.js';
import { bytesOf, output, viewOf } from './bytes.js';
import { callable } from './callable.js';
import { compute, opensslError } from './compute.js';

const KINDS = ['string', 'ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'];
const NUMBER_OR_BYTES = ['number', 'string', 'ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'];
const GENERATOR = 2;

const badGenerator = () => opensslError('ERR_OSSL_DH_BAD_GENERATOR', 'bad generator');
const minimal = (number) => new Uint8Array(number > 0xffffff ? [number >> 24, number >> 16, number >> 8, number] : number > 0xffff ? [number >> 16, number >> 8, number] : number > 0xff ? [number >> 8, number] : [number]);

/** The sizes of the groups of RFC 2409 and RFC 3526, by name; undefined for others. */
export function groupSize(name) {
  const sizes = { __proto__: null, modp1: 768, modp2: 1024, modp5: 1536, modp14: 2048, modp15: 3072, modp16: 4096, modp17: 6144, modp18: 8192 };
  return sizes[StringPrototypeToLowerCase(name)];
}

const groupPrime = (size) => compute('dh.group', { __proto__: null, bits: size }, []).data;

function generatorOf(given, encoding) {
  if (given === undefined || given === null || given === 0) return minimal(GENERATOR);
  if (typeof given === 'number') {
    validateInteger(given, 'generator', -(2 ** 31), 2 ** 31 - 1);
    if (given <= 1) throw badGenerator();
    return minimal(given);
  }
  if (typeof given !== 'string' && viewOf(given) === undefined) throw invalidArgType('generator', NUMBER_OR_BYTES, given);
  const bytes = new Uint8Array(bytesOf(given, encoding, 'generator', KINDS));
  for (let i = 0; i < bytes.length; i++) if (bytes[i] > (i === bytes.length - 1 ? 1 : 0)) return bytes;
  throw badGenerator();
}

function primeOf(sizeOrKey, encoding, generator) {
  if (typeof sizeOrKey !== 'number') return new Uint8Array(bytesOf(sizeOrKey, encoding, 'sizeOrKey', KINDS));
  validateInteger(sizeOrKey, 'sizeOrKey', -(2 ** 31), 2 ** 31 - 1);
  if (sizeOrKey < 512) throw opensslError('ERR_OSSL_DH_MODULUS_TOO_SMALL', 'modulus too small');
  const number = generator.length === 1 ? generator[0] : 0;
  return compute('dh.prime', { __proto__: null, bits: sizeOrKey, generator: number }, []).data;
}

// The arguments: encodings may be left out in between.
function parameters(sizeOrKey, keyEncoding, generator, generatorEncoding) {
  if (typeof sizeOrKey !== 'number' && typeof sizeOrKey !== 'string' && viewOf(sizeOrKey) === undefined) throw invalidArgType('sizeOrKey', NUMBER_OR_BYTES, sizeOrKey);
  if (typeof sizeOrKey === 'number') validateInteger(sizeOrKey, 'sizeOrKey', -(2 ** 31), 2 ** 31 - 1);
  const isEncoding = keyEncoding === undefined || keyEncoding === null || keyEncoding === 'buffer' || (typeof keyEncoding === 'string' && Buffer.isEncoding(keyEncoding));
  const given = isEncoding ? generator : keyEncoding;
  const itsEncoding = isEncoding ? generatorEncoding : generator;
  // Its own errors come before those of a prime that would have to be made.
  const base = generatorOf(given, itsEncoding);
  return { __proto__: null, prime: primeOf(sizeOrKey, isEncoding ? keyEncoding : undefined, base), generator: base };
}

const missing = (what) => coded(Error, 'ERR_CRYPTO_INVALID_STATE', `No ${what} - did you forget to generate one?`);

class Exchange {
  #prime;
  #generator;
  #private = null;
  #public = null;
  #problems = null;

  constructor({ prime, generator }) {
    this.#prime = prime;
    this.#generator = generator;
  }

  generateKeys(encoding) {
    const own = this.#private ?? new Uint8Array(0);
    const { value, data } = compute('dh.generate', {}, [this.#prime, this.#generator, own]);
    this.#private = TypedArrayPrototypeSlice(data, 0, value);
    this.#public = TypedArrayPrototypeSlice(data, value);
    return this.getPublicKey(encoding);
  }

  computeSecret(other, inputEncoding, outputEncoding) {
    const bytes = bytesOf(other, inputEncoding, 'otherPublicKey', KINDS);
    if (this.#private === null) throw missing('private key');
    return output(compute('dh.secret', {}, [this.#prime, this.#private, bytes]).data, outputEncoding);
  }

  getPrime(encoding) { return output(new Uint8Array(this.#prime), encoding); }
  getGenerator(encoding) { return output(new Uint8Array(this.#generator), encoding); }

  getPublicKey(encoding) {
    if (this.#public === null) throw missing('public key');
    return output(new Uint8Array(this.#public), encoding);
  }

  getPrivateKey(encoding) {
    if (this.#private === null) throw missing('private key');
    return output(new Uint8Array(this.#private), encoding);
  }

  /** What is wrong with the prime and the generator: computed when it is asked for first, as it takes its time. */
  get verifyError() {
    this.#problems ??= compute('dh.check', {}, [this.#prime, this.#generator]).value;
    return this.#problems;
  }

  keep(half, key, encoding) {
    const bytes = new Uint8Array(bytesOf(key, encoding, 'key', KINDS));
    if (half === 'private') this.#private = bytes;
    else this.#public = bytes;
    return this;
  }
}

class Chosen extends Exchange {
  constructor(sizeOrKey, keyEncoding, generator, generatorEncoding) {
    super(parameters(sizeOrKey, keyEncoding, generator, generatorEncoding));
  }

  setPublicKey(key, encoding) { return this.keep('public', key, encoding); }
  setPrivateKey(key, encoding) { return this.keep('private', key, encoding); }
}

class Named extends Exchange {
  constructor(name) {
    validateString(name, 'name');
    const size = groupSize(name);
    if (size === undefined) throw coded(Error, 'ERR_CRYPTO_UNKNOWN_DH_GROUP', 'Unknown DH group');
    super({ prime: groupPrime(size), generator: minimal(GENERATOR) });
  }
}

export const DiffieHellman = callable('DiffieHellman', Chosen);
export const DiffieHellmanGroup = callable('DiffieHellmanGroup', Named);
