// generateKeyPair: https://nodejs.org/api/crypto.html#cryptogeneratekeypairtype-options-callback

import { Error, TypedArrayPrototypeSlice, TypeError } from '../../../bootstrap/primordials.js';
import { hostCallSync } from '../../../bootstrap/host.js';
import { coded, invalidArgValue, unsupported, validateFunction, validateInteger, validateObject, validateString } from '../errors.js';
import { queueTask } from '../../../bootstrap/tasks.js';
import { compute } from './compute.js';
import { curveNamed } from './curves.js';
import { signingDigest } from './digests.js';
import { exportAsymmetric } from './key_encoding.js';
import { asymmetricKey, keyState } from './key_object.js';

// What a key for PSS only is restricted to: nothing, unless the options say it.
function restrictionOf({ hashAlgorithm, mgf1HashAlgorithm, saltLength }) {
  if (hashAlgorithm === undefined && mgf1HashAlgorithm === undefined && saltLength === undefined) return null;
  if (saltLength !== undefined) validateInteger(saltLength, 'options.saltLength', 0, 2048);
  const digest = hashNamed(hashAlgorithm ?? mgf1HashAlgorithm ?? 'sha1', 'options.hashAlgorithm');
  const mask = hashNamed(mgf1HashAlgorithm ?? hashAlgorithm ?? 'sha1', 'options.mgf1HashAlgorithm');
  const size = hostCallSync('crypto.digest', { __proto__: null, algorithm: digest }, []).data.length;
  return [digest, mask, saltLength ?? size];
}

function hashNamed(name, where) {
  validateString(name, where);
  const digest = signingDigest(name);
  if (digest === undefined) throw coded(TypeError, 'ERR_CRYPTO_INVALID_DIGEST', `Invalid digest: ${name}`);
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
      if (modulusLength < 1024 || modulusLength > 16384) throw coded(Error, 'ERR_OSSL_RSA_KEY_SIZE_TOO_SMALL', 'RSA keys have 1024 to 16384 bits');
      if (publicExponent !== 3 && publicExponent !== 65537) throw invalidArgValue('options.publicExponent', publicExponent, 'must be 3 or 65537');
      return { type, bits: modulusLength, exponent: publicExponent, pss: type === 'rsa-pss' ? restrictionOf(options) : null };
    }
    case 'ec': {
      validateObject(options, 'options');
      validateString(options.namedCurve, 'options.namedCurve');
      const { paramEncoding } = options;
      if (paramEncoding === 'explicit') throw unsupported('a key with explicit parameters', "paramEncoding 'named' is");
      if (paramEncoding !== undefined && paramEncoding !== null && paramEncoding !== 'named') throw invalidArgValue('options.paramEncoding', paramEncoding);
      const curve = curveNamed(options.namedCurve);
      if (curve === undefined) throw coded(Error, 'ERR_CRYPTO_INVALID_CURVE', 'Invalid EC curve name');
      return { type, curve };
    }
    case 'ed25519':
    case 'ed448':
    case 'x25519':
    case 'x448':
      return { type };
    case 'dsa':
    case 'dh':
      throw unsupported(`a key pair of ${type}`, 'rsa, rsa-pss, ec, ed25519, ed448, x25519 and x448 are');
    default:
      throw invalidArgValue('type', type, 'must be a supported key type');
  }
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
  return () => {
    const { value, data } = compute('keys.generate', args, []);
    const privateKey = asymmetricKey('private', { value, data: TypedArrayPrototypeSlice(data, 0, value.length) });
    const publicKey = asymmetricKey('public', { value, data: TypedArrayPrototypeSlice(data, value.length) });
    return {
      publicKey: encoded(publicKey, options?.publicKeyEncoding, 'options.publicKeyEncoding'),
      privateKey: encoded(privateKey, options?.privateKeyEncoding, 'options.privateKeyEncoding'),
    };
  };
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
