// Deep equality: https://nodejs.org/api/assert.html#comparison-details
//
// `actual` is what a test got, `expected` what it wants; only a partial comparison tells them apart.

import {
  ArrayIsArray,
  ArrayPrototypePush,
  BigIntPrototypeValueOf,
  BooleanPrototypeValueOf,
  DatePrototypeGetTime,
  NumberPrototypeValueOf,
  ObjectGetOwnPropertySymbols,
  ObjectIs,
  ObjectKeys,
  ObjectPrototypeHasOwnProperty,
  ObjectPrototypePropertyIsEnumerable,
  ObjectPrototypeToString,
  ReflectGetPrototypeOf,
  RegExpPrototypeGetFlags,
  RegExpPrototypeGetSource,
  SafeMap,
  StringPrototypeValueOf,
  SymbolPrototypeValueOf,
} from '../../bootstrap/primordials.js';
import { urlRecord } from '../../url/url.js';
import { sameMaps, sameSets } from './compare_collections.js';
import { keysBesideIndices, sameBytes, sameItems, someItems } from './compare_items.js';
import {
  isAnyArrayBuffer, isArrayBufferView, isBigIntObject, isBooleanObject, isBoxedPrimitive, isDate, isMap, isNativeError, isNumberObject, isPromise,
  isRegExp, isSet, isStringObject, isSymbolObject, isWeakMap, isWeakSet,
} from './types.js';

/** Primitives by ==, no prototypes, no symbols. */
export const LOOSE = 0;
export const STRICT = 1;
/** `actual` may have more than `expected`. */
export const PARTIAL = 2;
/** Strict, but objects of different classes may be equal. */
export const CLASSLESS = 3;

const BOXES = [
  [isNumberObject, NumberPrototypeValueOf],
  [isStringObject, StringPrototypeValueOf],
  [isBooleanObject, BooleanPrototypeValueOf],
  [isBigIntObject, BigIntPrototypeValueOf],
  [isSymbolObject, SymbolPrototypeValueOf],
];

const isError = (value) => isNativeError(value) || value instanceof Error;
const KINDS = [ArrayIsArray, isDate, isRegExp, isArrayBufferView, isSet, isMap, isAnyArrayBuffer, isError, isBoxedPrimitive];

export class Comparison {
  constructor(mode) {
    this.mode = mode;
    this.partial = mode === PARTIAL;
    this.open = null; // objects that are being compared, each with those that it is compared to
  }

  equal(actual, expected) {
    if (actual === expected) return actual !== 0 || this.mode === LOOSE || ObjectIs(actual, expected);
    const objects = isObject(actual) + isObject(expected);
    if (objects === 2) return this.#sameObjects(actual, expected);
    if (objects === 1) return false;
    if (actual !== actual && expected !== expected) return true;
    // Functions are the same or not.
    return this.mode === LOOSE && actual == expected; // eslint-disable-line eqeqeq -- what assert.deepEqual() promises
  }

  #sameObjects(actual, expected) {
    if (this.mode === STRICT && !sameClass(actual, expected)) return false;
    const tag = ObjectPrototypeToString(actual);
    if (tag !== ObjectPrototypeToString(expected)) return false;
    if (tag === '[object Object]') return this.#sameProperties(actual, expected);
    for (let i = 0; i < KINDS.length; i++) {
      const isKind = KINDS[i](actual);
      if (isKind !== KINDS[i](expected)) return false;
      if (isKind) return this.#sameOfKind(KINDS[i], actual, expected);
    }
    const [url, other] = [urlRecord(actual), urlRecord(expected)];
    if ((url === null) !== (other === null) || (url !== null && actual.href !== expected.href)) return false;
    if ((tag === '[object KeyObject]' || tag === '[object CryptoKey]') && !import('./compare_keys.js').sameKeys(this, actual, expected)) return false;
    // What these hold cannot be seen.
    if (isWeakMap(actual) || isWeakSet(actual) || isPromise(actual)) return false;
    return this.#sameProperties(actual, expected);
  }

  #sameOfKind(kind, actual, expected) {
    switch (kind) {
      case ArrayIsArray:
        return this.#sameArrays(actual, expected);
      case isArrayBufferView:
        return sameItems(this, actual, expected) && this.#sameProperties(actual, expected, true);
      case isSet:
        return this.#sameProperties(actual, expected, false, sameSets);
      case isMap:
        return this.#sameProperties(actual, expected, false, sameMaps);
      case isDate:
        return ObjectIs(DatePrototypeGetTime(actual), DatePrototypeGetTime(expected)) && this.#sameProperties(actual, expected);
      case isRegExp:
        return sameRegExps(actual, expected) && this.#sameProperties(actual, expected);
      case isAnyArrayBuffer:
        return sameBytes(this, actual, expected) && this.#sameProperties(actual, expected);
      case isError:
        return this.#sameErrors(actual, expected) && this.#sameProperties(actual, expected);
      default:
        return sameBoxes(actual, expected) && this.#sameProperties(actual, expected);
    }
  }

  #sameArrays(actual, expected) {
    if (this.partial ? actual.length < expected.length : actual.length !== expected.length) return false;
    return this.#sameProperties(actual, expected, true, this.partial ? someItems : everyItem);
  }

  // Neither stacks nor what both merely inherit; enumerable ones are compared with the other properties.
  #sameErrors(actual, expected) {
    const causes = ObjectPrototypeHasOwnProperty(expected, 'cause');
    if (causes !== ObjectPrototypeHasOwnProperty(actual, 'cause') && (causes || !this.partial)) return false;
    return this.#sameHidden(actual, expected, 'message') && this.#sameHidden(actual, expected, 'name') &&
      this.#sameHidden(actual, expected, 'cause') && this.#sameHidden(actual, expected, 'errors');
  }

  #sameHidden(actual, expected, key) {
    if (ObjectPrototypePropertyIsEnumerable(expected, key) || (this.partial && expected[key] === undefined)) return true;
    return this.equal(actual[key], expected[key]);
  }

  /** The properties, then `contents(comparison, actual, expected)`, with circles closed. */
  #sameProperties(actual, expected, indexed = false, contents = null) {
    const keys = indexed ? keysBesideIndices(expected) : ObjectKeys(expected);
    if (!this.partial && keys.length !== (indexed ? keysBesideIndices(actual) : ObjectKeys(actual)).length) return false;
    for (let i = 0; i < keys.length; i++) if (!ObjectPrototypePropertyIsEnumerable(actual, keys[i])) return false;
    if (this.mode !== LOOSE && !this.#addSymbols(keys, actual, expected)) return false;
    if (keys.length === 0 && contents === null) return true;
    return this.#guarded(actual, expected, () => {
      for (let i = 0; i < keys.length; i++) if (!this.equal(actual[keys[i]], expected[keys[i]])) return false;
      return contents === null || contents(this, actual, expected);
    });
  }

  #addSymbols(keys, actual, expected) {
    const wanted = enumerableSymbols(expected);
    if (!this.partial && wanted.length !== enumerableSymbols(actual).length) return false;
    for (let i = 0; i < wanted.length; i++) {
      if (!ObjectPrototypePropertyIsEnumerable(actual, wanted[i])) return false;
      ArrayPrototypePush(keys, wanted[i]);
    }
    return true;
  }

  // A circle is equal when the other side is one of the same shape.
  #guarded(actual, expected, compare) {
    this.open ??= { __proto__: null, left: new SafeMap(), right: new SafeMap() };
    const { left, right } = this.open;
    // An object that is met again on its own path is a circle, so the other one has to be.
    if (left.has(actual) || right.has(expected)) return left.get(actual) === expected;
    left.set(actual, expected);
    right.set(expected, actual);
    try {
      return compare();
    } finally {
      left.delete(actual);
      right.delete(expected);
    }
  }
}

const isObject = (value) => typeof value === 'object' && value !== null;

function sameClass(actual, expected) {
  return ReflectGetPrototypeOf(actual) === ReflectGetPrototypeOf(expected);
}

function enumerableSymbols(value) {
  const symbols = ObjectGetOwnPropertySymbols(value);
  const found = [];
  for (let i = 0; i < symbols.length; i++) if (ObjectPrototypePropertyIsEnumerable(value, symbols[i])) ArrayPrototypePush(found, symbols[i]);
  return found;
}

function sameRegExps(actual, expected) {
  return RegExpPrototypeGetSource(actual) === RegExpPrototypeGetSource(expected) &&
    RegExpPrototypeGetFlags(actual) === RegExpPrototypeGetFlags(expected) && actual.lastIndex === expected.lastIndex;
}

function sameBoxes(actual, expected) {
  for (let i = 0; i < BOXES.length; i++) {
    const [isBox, valueOf] = BOXES[i];
    if (isBox(actual)) return isBox(expected) && ObjectIs(valueOf(actual), valueOf(expected));
  }
  return false;
}

function everyItem(comparison, actual, expected) {
  for (let i = 0; i < expected.length; i++) {
    if (expected[i] === undefined && ObjectPrototypeHasOwnProperty(actual, i) !== ObjectPrototypeHasOwnProperty(expected, i)) return false;
    if (!comparison.equal(actual[i], expected[i])) return false;
  }
  return true;
}

export const isDeepEqual = (actual, expected) => new Comparison(LOOSE).equal(actual, expected);
export const isDeepStrictEqual = (actual, expected, skipPrototype = false) => new Comparison(skipPrototype ? CLASSLESS : STRICT).equal(actual, expected);
export const isPartiallyEqual = (actual, expected) => new Comparison(PARTIAL).equal(actual, expected);
