// To normalise an algorithm: https://w3c.github.io/webcrypto/#algorithm-normalization-normalize-an-algorithm

import { ReflectOwnKeys, TypeError } from '../bootstrap/primordials.js';
import { isObject, toDOMString } from '../webidl/index.js';
import { copyBytes, isBufferSource } from './buffer_source.js';
import { notSupported } from './compute.js';
import { membersOf } from './params.js';
import { registered } from './registry.js';

function nameOf(algorithm) {
  const { name } = algorithm;
  if (name === undefined) throw new TypeError('crypto.subtle: the algorithm has no name.');
  return toDOMString(name);
}

/** The parameters of an algorithm for an operation: `{name, ...members}`, with copies of all bytes and hashes by name. */
export function normalize(algorithm, operation) {
  if (!isObject(algorithm)) return normalize({ __proto__: null, name: algorithm }, operation);
  const given = nameOf(algorithm);
  const found = registered(given);
  const dictionary = found?.[operation];
  if (dictionary === undefined) throw notSupported(`crypto.subtle: ${given} is not known for this (${operation}).`);
  const normalized = { __proto__: null, name: found.name };
  // Read once more, as the standard does: it converts the object to another dictionary.
  nameOf(algorithm);
  convertMembers(algorithm, normalized, membersOf(dictionary));
  copyMembers(normalized);
  return normalized;
}

function convertMembers(algorithm, normalized, members) {
  for (let i = 0; i < members.length; i++) {
    const { name, convert, required } = members[i];
    const value = algorithm[name];
    const what = `crypto.subtle: ${normalized.name}: "${name}"`;
    if (value !== undefined) normalized[name] = convert(value, what);
    else if (required) throw new TypeError(`${what} is needed.`);
  }
}

function copyMembers(normalized) {
  const names = ReflectOwnKeys(normalized);
  for (let i = 0; i < names.length; i++) {
    const value = normalized[names[i]];
    if (names[i] === 'hash') normalized.hash = normalize(value, 'digest').name;
    else if (isBufferSource(value)) normalized[names[i]] = copyBytes(value);
  }
}
