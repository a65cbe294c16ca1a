// What algorithms with two keys have in common.

import {
  MathCeil, TypedArrayPrototypeGetBuffer, TypedArrayPrototypeGetLength, TypedArrayPrototypeSlice, TypedArrayPrototypeSubarray,
} from '../bootstrap/primordials.js';
import { compute, invalidAccess, operationError } from './compute.js';
import { checkType, checkUseful, only } from './usages.js';

/** Generates: `{privateKey, publicKey}` of `{type, algorithm, usages, extractable, material}`. */
export function generatePair(op, args, algorithm, extractable, usages, { privateUsages, publicUsages }) {
  const forPrivate = only(usages, privateUsages);
  checkUseful(forPrivate);
  const { value, data } = compute(op, args, []);
  const privateKey = { __proto__: null, type: 'private', algorithm, extractable, usages: forPrivate, material: TypedArrayPrototypeSlice(data, 0, value) };
  const material = TypedArrayPrototypeSlice(data, value);
  return { __proto__: null, privateKey, publicKey: { __proto__: null, type: 'public', algorithm, extractable: true, usages: only(usages, publicUsages), material } };
}

/** Of which type the key is that is imported. */
export function typeOf(format, data) {
  return format === 'pkcs8' || (format === 'jwk' && data.d !== undefined) ? 'private' : 'public';
}

/** InvalidAccessError unless one is for private keys, and the other a public one of the same algorithm and curve. */
export function checkAgreement(key, other) {
  checkType(key, 'private');
  checkType(other, 'public');
  const fits = other.algorithm.name === key.algorithm.name && other.algorithm.namedCurve === key.algorithm.namedCurve;
  if (!fits) throw invalidAccess('The public key is of another algorithm or curve.');
}

/** The first `length` bits of a secret; all of it for null. */
export function firstBits(secret, length) {
  if (length === null) return TypedArrayPrototypeGetBuffer(secret);
  const available = TypedArrayPrototypeGetLength(secret) * 8;
  if (length > available) throw operationError(`${length} bits wanted, and the secret has ${available}.`);
  const bits = TypedArrayPrototypeSlice(TypedArrayPrototypeSubarray(secret, 0, MathCeil(length / 8)));
  if (length % 8 !== 0) bits[TypedArrayPrototypeGetLength(bits) - 1] &= 0xff << (8 - (length % 8));
  return TypedArrayPrototypeGetBuffer(bits);
}

export function copyOf(material) {
  return TypedArrayPrototypeGetBuffer(TypedArrayPrototypeSlice(material));
}
