// The dictionaries of parameters: their members in the order in which they are read, which is that of their names.
// https://w3c.github.io/webcrypto/#algorithm-dictionary and the sections of the algorithms

import { TypedArrayPrototypeGetSymbolToStringTag, TypedArrayPrototypeSlice, TypeError } from '../bootstrap/primordials.js';
import { isObject, toDOMString, toIntegerInRange } from '../webidl/index.js';
import { toBufferSource } from './buffer_source.js';
import { keyState } from './crypto_key.js';

const bytes = toBufferSource;
const octet = (value, what) => toIntegerInRange(value, 0, 0xff, what);
const short = (value, what) => toIntegerInRange(value, 0, 0xffff, what);
const long = (value, what) => toIntegerInRange(value, 0, 0xffffffff, what);
/** An AlgorithmIdentifier: an object or text. */
export const identifier = (value) => (isObject(value) ? value : toDOMString(value));
const bigInteger = (value, what) => {
  if (TypedArrayPrototypeGetSymbolToStringTag(value) !== 'Uint8Array') throw new TypeError(`${what} is not a Uint8Array.`);
  return TypedArrayPrototypeSlice(toBufferSource(value, what));
};

const required = (name, convert) => ({ __proto__: null, name, convert, required: true });
const optional = (name, convert) => ({ __proto__: null, name, convert, required: false });

const HASHED = () => [required('hash', identifier)];
const CURVE = () => [required('namedCurve', toDOMString)];
const HMAC = () => [required('hash', identifier), optional('length', long)];
const AES_LENGTH = () => [required('length', short)];

const DICTIONARIES = {
  __proto__: null,
  Algorithm: () => [],
  AesCbcParams: () => [required('iv', bytes)],
  AesCtrParams: () => [required('counter', bytes), required('length', octet)],
  AesGcmParams: () => [optional('additionalData', bytes), required('iv', bytes), optional('tagLength', octet)],
  AesKeyGenParams: AES_LENGTH,
  AesDerivedKeyParams: AES_LENGTH,
  EcKeyGenParams: CURVE,
  EcKeyImportParams: CURVE,
  EcdhKeyDeriveParams: () => [required('public', keyState)],
  EcdsaParams: HASHED,
  Ed448Params: () => [optional('context', bytes)],
  HkdfParams: () => [required('hash', identifier), required('info', bytes), required('salt', bytes)],
  HmacImportParams: HMAC,
  HmacKeyGenParams: HMAC,
  Pbkdf2Params: () => [required('hash', identifier), required('iterations', long), required('salt', bytes)],
  RsaHashedImportParams: HASHED,
  // RsaKeyGenParams first: the members of a dictionary come after those of the one that it inherits from.
  RsaHashedKeyGenParams: () => [required('modulusLength', long), required('publicExponent', bigInteger), required('hash', identifier)],
  RsaOaepParams: () => [optional('label', bytes)],
  RsaPssParams: () => [required('saltLength', long)],
};

/** `{name, convert, required}` of each member of a dictionary. */
export function membersOf(dictionary) {
  return DICTIONARIES[dictionary]();
}
