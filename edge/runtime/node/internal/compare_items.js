// Deep equality of what is indexed: arrays, typed arrays, bytes.

import {
  ArrayPrototypePush, ObjectKeys, RegExpPrototypeExec, StringPrototypeStartsWith, Uint8Array,
} from '../../bootstrap/primordials.js';
import { isArrayBuffer, isDataView, typedArrayName } from './types.js';

const INDEX = /^(?:0|[1-9]\d*)$/;
const MAX_LENGTH = 2 ** 32 - 1;
// Keys of a view come with all its indices, as strings: beyond this many, names of other properties are not looked for.
const MAX_LISTED = 100_000;

const isIndex = (key) => RegExpPrototypeExec(INDEX, key) !== null && +key < MAX_LENGTH;

/** The names of properties that are no items. */
export function keysBesideIndices(value) {
  if (isDataView(value)) return ObjectKeys(value);
  if (typedArrayName(value) !== undefined && value.length > MAX_LISTED) return [];
  const keys = ObjectKeys(value);
  const found = [];
  // Indices come first, in order.
  for (let i = keys.length - 1; i >= 0 && !isIndex(keys[i]); i--) ArrayPrototypePush(found, keys[i]);
  return found;
}

/** Views of the same class and with the same bytes; loosely, floats by their values. */
export function sameItems(comparison, actual, expected) {
  if (typedArrayName(actual) !== typedArrayName(expected)) return false;
  const floats = StringPrototypeStartsWith(typedArrayName(actual) ?? '', 'Float');
  if (comparison.mode !== 0 || !floats) return equalBytes(comparison.partial, bytesOfView(actual), bytesOfView(expected));
  if (actual.length !== expected.length) return false;
  for (let i = 0; i < actual.length; i++) if (actual[i] !== expected[i] && (actual[i] === actual[i] || expected[i] === expected[i])) return false;
  return true;
}

export function sameBytes(comparison, actual, expected) {
  return isArrayBuffer(actual) === isArrayBuffer(expected) && equalBytes(comparison.partial, new Uint8Array(actual), new Uint8Array(expected));
}

const bytesOfView = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

function equalBytes(partial, actual, expected) {
  if (partial) return isSubsequence(actual.length, expected.length, (i, j) => actual[i] === expected[j]);
  if (actual.length !== expected.length) return false;
  for (let i = 0; i < actual.length; i++) if (actual[i] !== expected[i]) return false;
  return true;
}

/** Are the items of `expected` among those of `actual`, in that order? */
export function someItems(comparison, actual, expected) {
  const have = indices(actual);
  const want = indices(expected);
  return isSubsequence(have.length, want.length, (i, j) => comparison.equal(actual[have[i]], expected[want[j]]));
}

function indices(array) {
  const keys = ObjectKeys(array);
  let end = keys.length;
  while (end > 0 && !isIndex(keys[end - 1])) end--;
  keys.length = end;
  return keys;
}

function isSubsequence(length, wanted, same) {
  let at = 0;
  for (let i = 0; i < wanted; i++, at++) {
    while (at < length && !same(at, i)) at++;
    if (length - at < wanted - i) return false;
  }
  return true;
}
