// RSA, both ways round: https://nodejs.org/api/crypto.html#cryptopublicencryptkey-buffer

import { Uint8Array } from '../../../bootstrap/primordials.js';
import { unsupported, validateInteger, validateString } from '../errors.js';
import { bytesOf, output } from './bytes.js';
import { compute, opensslError } from './compute.js';
import { signingDigest } from './digests.js';
import { privateKeyFrom, publicKeyFrom } from './key_input.js';
import { keyState } from './key_object.js';

const PKCS1 = 1;
const NONE = 3;
const OAEP = 4;

function paddingOf(options, standard) {
  const padding = options?.padding ?? standard;
  validateInteger(padding, 'options.padding', 0, 2 ** 31 - 1);
  return padding;
}

function schemeOf(options) {
  const padding = paddingOf(options, OAEP);
  if (padding === PKCS1) return { __proto__: null, padding: 'pkcs1', digest: 'sha1' };
  if (padding !== OAEP) throw unsupported(`RSA with padding ${padding}`, 'RSA_PKCS1_PADDING, RSA_PKCS1_OAEP_PADDING and RSA_NO_PADDING are');
  const { oaepHash = 'sha1' } = options ?? {};
  validateString(oaepHash, 'key.oaepHash');
  const digest = signingDigest(oaepHash);
  if (digest === undefined) throw opensslError('ERR_OSSL_EVP_INVALID_DIGEST', 'invalid digest');
  return { __proto__: null, padding: 'oaep', digest };
}

const labelOf = (options) => (options?.oaepLabel === undefined ? new Uint8Array(0) : bytesOf(options.oaepLabel, options.encoding, 'key.oaepLabel', ['string', 'ArrayBuffer', 'Buffer', 'TypedArray', 'DataView']));
const messageOf = (options, buffer) => bytesOf(buffer, options?.encoding, 'buffer', ['string', 'ArrayBuffer', 'Buffer', 'TypedArray', 'DataView']);
const optionsOf = (given) => (typeof given === 'object' && given !== null ? given : undefined);

const raw = (key, options, buffer) => output(compute('rsa.raw', { __proto__: null, private: key.type === 'private' }, [keyState(key).material, messageOf(options, buffer)]).data);

function encryption(op, key, given, buffer) {
  const options = optionsOf(given);
  if (paddingOf(options, OAEP) === NONE) return raw(key, options, buffer);
  const { data } = compute(op, schemeOf(options), [keyState(key).material, labelOf(options), messageOf(options, buffer)]);
  return output(data);
}

function reverse(op, key, given, buffer) {
  const options = optionsOf(given);
  const padding = paddingOf(options, PKCS1);
  if (padding === NONE) return raw(key, options, buffer);
  if (padding !== PKCS1) throw unsupported(`RSA with padding ${padding}`, 'RSA_PKCS1_PADDING and RSA_NO_PADDING are');
  return output(compute(op, {}, [keyState(key).material, messageOf(options, buffer)]).data);
}

export const publicEncrypt = (given, buffer) => encryption('rsa.encrypt', publicKeyFrom(given), given, buffer);
export const privateDecrypt = (given, buffer) => encryption('rsa.decrypt', privateKeyFrom(given), given, buffer);
export const privateEncrypt = (given, buffer) => reverse('rsa.seal', privateKeyFrom(given), given, buffer);
export const publicDecrypt = (given, buffer) => reverse('rsa.recover', publicKeyFrom(given), given, buffer);
