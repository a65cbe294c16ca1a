// Keys as functions take them: KeyObjects, CryptoKeys, PEM, DER and JSON Web Keys.
// https://nodejs.org/api/crypto.html#cryptocreateprivatekeykey

import { Uint8Array, Uint8ArrayFromBase64, TypedArrayPrototypeGetLength, TypeError } from '../../../bootstrap/primordials.js';
import { coded, invalidArgType, invalidArgValue, validateObject, validateString } from '../errors.js';
import { bytesOf, viewOf } from './bytes.js';
import { compute, opensslError } from './compute.js';
import { asymmetricKey, isKey, keyState, publicOf, secretBytes, secretKey, wrongType } from './key_object.js';

const KINDS = ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView', 'string', 'KeyObject', 'CryptoKey'];
const ANY = ['string', 'ArrayBuffer', 'Buffer', 'TypedArray', 'DataView', 'Object'];
const MAX_PASSPHRASE = 1024;

const isText = (value) => typeof value === 'string' || viewOf(value) !== undefined;

/** A KeyObject of a CryptoKey, the value itself otherwise. */
function plain(key) {
  if (typeof key !== 'object' || key === null || isKey(key) || viewOf(key) !== undefined) return key;
  return import('./web_key.js').keyObjectOf(key) ?? key;
}

/** `{text, encoding, format, type, passphrase}` of what was given, which holds no KeyObject. */
function described(given, name, isPrivate) {
  if (isText(given)) return { __proto__: null, text: given, format: 'pem' };
  if (typeof given !== 'object' || given === null) throw invalidArgType(name, ANY, given);
  const { key, encoding, format = 'pem', type, passphrase } = given;
  if (format === 'jwk') {
    validateObject(key, `${name}.key`);
    return { __proto__: null, jwk: key, format };
  }
  if (!isText(key)) throw invalidArgType(`${name}.key`, KINDS, key);
  if (format !== 'pem' && format !== 'der') throw invalidArgValue(`${name}.format`, format);
  if (format === 'der' && type === undefined) throw invalidArgValue(`${name}.type`, type);
  if (type !== undefined && type !== 'pkcs1' && type !== 'pkcs8' && type !== 'spki' && type !== 'sec1') throw invalidArgValue(`${name}.type`, type);
  if (format === 'der' && isPrivate && type === 'spki') throw invalidArgValue('options.type', type);
  return { __proto__: null, text: key, encoding, format, passphrase };
}

function passphraseOf({ passphrase }) {
  if (passphrase === undefined || passphrase === null) return undefined;
  const bytes = bytesOf(passphrase, 'utf8', 'key.passphrase', ['string', 'ArrayBuffer', 'Buffer', 'TypedArray', 'DataView']);
  if (TypedArrayPrototypeGetLength(bytes) > MAX_PASSPHRASE) throw opensslError('ERR_OSSL_PEM_BAD_PASSWORD_READ', 'bad password read');
  return bytes;
}

function parse(given, isPrivate, name) {
  const known = described(given, name, isPrivate);
  if (known.format === 'jwk') return fromJwk(known.jwk, isPrivate);
  const passphrase = passphraseOf(known);
  const parts = [passphrase ?? new Uint8Array(0), bytesOf(known.text, known.encoding, name)];
  return asymmetricKey(isPrivate ? 'private' : 'public', compute('keys.parse', { private: isPrivate, format: known.format, locked: passphrase !== undefined }, parts));
}

const MEMBERS = ['kty', 'crv', 'x', 'y', 'd', 'n', 'e', 'p', 'q', 'dp', 'dq', 'qi'];

function fromJwk(given, isPrivate) {
  const jwk = { __proto__: null };
  for (let i = 0; i < MEMBERS.length; i++) {
    const value = given[MEMBERS[i]];
    if (value === undefined) continue;
    validateString(value, `key.${MEMBERS[i]}`);
    jwk[MEMBERS[i]] = value;
  }
  if (jwk.kty !== 'RSA' && jwk.kty !== 'EC' && jwk.kty !== 'OKP') throw invalidArgValue('key.kty', jwk.kty, "must be one of: 'RSA', 'EC', 'OKP'");
  if (isPrivate && jwk.d === undefined) throw invalidArgType('key.d', 'string', jwk.d);
  return asymmetricKey(isPrivate ? 'private' : 'public', compute('keys.parse_jwk', { private: isPrivate, jwk }, []));
}

/** The private KeyObject that an argument gives. */
export function privateKeyFrom(given, name = 'key') {
  const key = plain(isKeyHolder(given) ? given.key : given);
  if (!isKey(key)) return parse(given, true, name);
  if (key.type !== 'private') throw wrongType(key.type, 'private');
  return key;
}

/** The public KeyObject that an argument gives: the one of a private key, too. */
export function publicKeyFrom(given, name = 'key') {
  const key = plain(isKeyHolder(given) ? given.key : given);
  if (!isKey(key)) return parse(given, false, name);
  if (key.type === 'secret') throw wrongType(key.type, 'private or public');
  return key.type === 'private' ? publicOf(key) : key;
}

function isKeyHolder(given) {
  return typeof given === 'object' && given !== null && !isKey(given) && viewOf(given) === undefined && isKey(plain(given.key));
}

/** The bytes of a secret that an argument gives. */
export function secretFrom(given, name, encoding) {
  const key = plain(given);
  if (isKey(key)) return secretBytes(key);
  return bytesOf(key, encoding, name, KINDS);
}

/** https://nodejs.org/api/crypto.html#cryptocreatesecretkeykey-encoding */
export function createSecretKey(key, encoding) {
  if (typeof key === 'object' && key !== null && key.format === 'jwk') {
    validateString(key.key?.k, 'key.k');
    return secretKey(Uint8ArrayFromBase64(key.key.k, { __proto__: null, alphabet: 'base64url' }));
  }
  return secretKey(bytesOf(key, encoding, 'key', ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView', 'string']));
}

/** https://nodejs.org/api/crypto.html#cryptocreateprivatekeykey */
export function createPrivateKey(key) {
  if (isKey(key)) throw invalidArgType('key', ANY, key);
  return parse(key, true, 'key');
}

/** https://nodejs.org/api/crypto.html#cryptocreatepublickeykey */
export function createPublicKey(key) {
  const inner = isKeyHolder(key) ? key.key : key;
  if (!isKey(inner)) return parse(key, false, 'key');
  if (keyState(inner).type !== 'private') throw coded(TypeError, 'ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE', `Invalid key object type ${inner.type}, expected private.`);
  return publicOf(inner);
}
