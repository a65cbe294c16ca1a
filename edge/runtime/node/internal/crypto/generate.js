// generateKeyPair: https://nodejs.org/api/crypto.html#cryptogeneratekeypairtype-options-callback

import { Error, TypedArrayPrototypeSlice, TypeError, Uint8Array } from '../../../bootstrap/primordials.js';
import { hostCallSync } from '../../../bootstrap/host.js';
import { coded, invalidArgType, invalidArgValue, outOfRange, unsupported, validateFunction, validateInteger, validateObject, validateString } from '../errors.js';
import { queueTask } from '../../../bootstrap/tasks.js';
import { viewOf } from './bytes.js';
import { described, opensslError } from './compute.js';
import { curveNamed } from './curves.js';
import { groupSize } from './diffie_hellman.js';
import { signingDigest } from './digests.js';
import { checkOptions, exportAsymmetric } from './key_encoding.js';
import { asymmetricKey, keyState } from './key_object.js';

// What a key for PSS only is restricted to: nothing, unless the options say it.
function restrictionOf({ hashAlgorithm, mgf1HashAlgorithm, saltLength }) {
  if (hashAlgorithm === undefined && mgf1HashAlgorithm === undefined && saltLength === undefined) return null;
  if (hashAlgorithm !== undefined) validateString(hashAlgorithm, 'options.hashAlgorithm');
  if (mgf1HashAlgorithm !== undefined) validateString(mgf1HashAlgorithm, 'options.mgf1HashAlgorithm');
  if (saltLength !== undefined) validateInteger(saltLength, 'options.saltLength', 0, 2 ** 31 - 1);
  if (saltLength > 2048) throw outOfRange('options.saltLength', '<= 2048', saltLength);
  const digest = hashNamed(hashAlgorithm ?? mgf1HashAlgorithm ?? 'sha1', 'options.hashAlgorithm');
  const mask = hashNamed(mgf1HashAlgorithm ?? hashAlgorithm ?? 'sha1', 'options.mgf1HashAlgorithm');
  const size = hostCallSync('crypto.digest', { __proto__: null, algorithm: digest }, []).data.length;
  return [digest, mask, saltLength ?? size];
}

function hashNamed(name, where) {
  validateString(name, where);
  const digest = signingDigest(name);
  if (digest === undefined) throw coded(TypeError, 'ERR_CRYPTO_INVALID_DIGEST', `Invalid ${where === 'options.mgf1HashAlgorithm' ? 'MGF1 ' : ''}digest: ${name}`);
  return digest;
}

function argumentsOf(type, options) {
  switch (type) {
    case 'rsa':
    case 'rsa-pss': {
      validateObject(options, 'options');
      const { modulusLength, publicExponent = 0x10001 } = options;
      validateInteger(modulusLength, 'options.modulusLength', 0, 2 ** 32 - 1);
      validateInteger(publicExponent, 'options.publicExponent', 0, 2 ** 32 - 1);
      if (modulusLength > 16384) throw outOfRange('options.modulusLength', '<= 16384', modulusLength);
      // What is wrong with these is told when the key is made.
      if (modulusLength < 512) return () => opensslError('ERR_OSSL_RSA_KEY_SIZE_TOO_SMALL', 'key size too small');
      if (publicExponent < 3 || publicExponent % 2 === 0) return () => opensslError('ERR_OSSL_RSA_PUB_EXPONENT_OUT_OF_RANGE', 'pub exponent out of range');
      return { type, bits: modulusLength, exponent: publicExponent, pss: type === 'rsa-pss' ? restrictionOf(options) : null };
    }
    case 'ec': {
      validateObject(options, 'options');
      validateString(options.namedCurve, 'options.namedCurve');
      const { paramEncoding } = options;
      if (paramEncoding === 'explicit') throw unsupported('a key with explicit parameters', "paramEncoding 'named' is");
      if (paramEncoding !== undefined && paramEncoding !== null && paramEncoding !== 'named') throw invalidArgValue('options.paramEncoding', paramEncoding);
      const curve = curveNamed(options.namedCurve);
      if (curve === undefined) throw coded(TypeError, 'ERR_CRYPTO_INVALID_CURVE', 'Invalid EC curve name');
      return { type, curve };
    }
    case 'ed25519':
    case 'ed448':
    case 'x25519':
    case 'x448':
      return { type };
    case 'dsa': {
      validateObject(options, 'options');
      const { modulusLength, divisorLength } = options;
      validateInteger(modulusLength, 'options.modulusLength', 0, 2 ** 32 - 1);
      if (divisorLength !== undefined && divisorLength !== null) validateInteger(divisorLength, 'options.divisorLength', 0, 2 ** 31 - 1);
      if (modulusLength > 16384) throw outOfRange('options.modulusLength', '<= 16384', modulusLength);
      return { type, bits: modulusLength, divisor: divisorLength ?? -1 };
    }
    case 'dh':
      return ofDiffieHellman(options);
    default:
      throw invalidArgValue('type', type, 'must be a supported key type');
  }
}

function ofDiffieHellman(options) {
  validateObject(options, 'options');
  const { group, prime, primeLength, generator } = options;
  if (group !== undefined && group !== null) {
    const others = { __proto__: null, prime, primeLength, generator };
    for (const name in others) if (others[name] !== undefined && others[name] !== null) throw coded(TypeError, 'ERR_INCOMPATIBLE_OPTION_PAIR', `Option "group" cannot be used in combination with option "${name}"`);
    validateString(group, 'options.group');
    const size = groupSize(group);
    if (size === undefined) throw coded(Error, 'ERR_CRYPTO_UNKNOWN_DH_GROUP', 'Unknown DH group');
    return { type: 'dh', group: size };
  }
  if (prime !== undefined && prime !== null) {
    if (primeLength !== undefined && primeLength !== null) throw coded(TypeError, 'ERR_INCOMPATIBLE_OPTION_PAIR', 'Option "prime" cannot be used in combination with option "primeLength"');
    if (viewOf(prime) === undefined) throw invalidArgType('options.prime', ['Buffer', 'TypedArray', 'DataView'], prime);
  } else if (primeLength !== undefined && primeLength !== null) validateInteger(primeLength, 'options.primeLength', 0, 2 ** 31 - 1);
  else throw coded(TypeError, 'ERR_MISSING_OPTION', 'At least one of the group, prime, or primeLength options is required');
  if (generator !== undefined && generator !== null) validateInteger(generator, 'options.generator', 0, 2 ** 31 - 1);
  if (primeLength > 16384) throw outOfRange('options.primeLength', '<= 16384', primeLength);
  return { type: 'dh', bits: primeLength ?? 2048, generator: generator ?? 2, prime: prime === undefined || prime === null ? undefined : new Uint8Array(viewOf(prime)) };
}

/** What is to be given of a key: a KeyObject, or what its encoding says. */
function encoded(key, encoding, where) {
  if (encoding === undefined || encoding === null) return key;
  if (typeof encoding !== 'object') throw invalidArgValue(where, encoding);
  return exportAsymmetric(keyState(key), encoding, where);
}

function prepared(type, options) {
  validateString(type, 'type');
  if (options !== undefined) validateObject(options, 'options');
  const args = argumentsOf(type, options);
  checkEncoding(options?.publicKeyEncoding, type, 'public', 'options.publicKeyEncoding');
  checkEncoding(options?.privateKeyEncoding, type, 'private', 'options.privateKeyEncoding');
  return () => {
    if (typeof args === 'function') throw args();
    const { prime, ...rest } = args;
    const { value, data } = hostCompute(rest, prime);
    const privateKey = asymmetricKey('private', { value, data: TypedArrayPrototypeSlice(data, 0, value.length) });
    const publicKey = asymmetricKey('public', { value, data: TypedArrayPrototypeSlice(data, value.length) });
    return {
      publicKey: encoded(publicKey, options?.publicKeyEncoding, 'options.publicKeyEncoding'),
      privateKey: encoded(privateKey, options?.privateKeyEncoding, 'options.privateKeyEncoding'),
    };
  };
}

const hostCompute = (args, prime) => described(() => hostCallSync('nodecrypto.generation.generate', { __proto__: null, ...args }, prime ?? []));

// What is wrong with an encoding is told before a key is made, which takes its time.
function checkEncoding(encoding, kind, half, where) {
  if (encoding === undefined || encoding === null) return;
  if (typeof encoding !== 'object') throw invalidArgValue(where, encoding);
  checkOptions({ __proto__: null, type: half, kind }, encoding, where);
}

export function generateKeyPairSync(type, options) {
  return prepared(type, options)();
}

export function generateKeyPair(type, options, callback) {
  const done = typeof options === 'function' ? options : callback;
  const perform = prepared(type, typeof options === 'function' ? undefined : options);
  validateFunction(done, 'callback');
  queueTask(() => {
    let pair;
    try {
      pair = perform();
    } catch (error) {
      done(error);
      return;
    }
    done(null, pair.publicKey, pair.privateKey);
  });
}
