// JavaScript values to Web IDL types.  https://webidl.spec.whatwg.org/#js-type-mapping

import {
  ArrayBufferIsView, ArrayBufferPrototypeGetByteLength, ArrayPrototypePush, DataViewPrototypeGetBuffer,
  DataViewPrototypeGetByteLength, DataViewPrototypeGetByteOffset, MathFloor, MathTrunc, NumberIsFinite, Number,
  ReflectGetOwnPropertyDescriptor, ReflectOwnKeys, SafeMap, String, StringPrototypeCharCodeAt, StringPrototypeToWellFormed,
  SymbolIterator, TypedArrayPrototypeGetBuffer, TypedArrayPrototypeGetByteLength, TypedArrayPrototypeGetByteOffset,
  TypedArrayPrototypeGetSymbolToStringTag, TypedArrayPrototypeSlice, TypeError, Uint8Array,
} from '../bootstrap/primordials.js';

/** Throws the TypeError of Web IDL when a call has too few arguments. */
export function requireArguments(given, required, what) {
  if (given < required) {
    throw new TypeError(`${what}: ${required} argument${required === 1 ? '' : 's'} required, but only ${given} present.`);
  }
}

/** DOMString: throws TypeError for symbols. */
export function toDOMString(value) {
  return typeof value === 'string' ? value : `${value}`;
}

/** USVString: a DOMString with lone surrogates replaced by U+FFFD. */
export function toUSVString(value) {
  return StringPrototypeToWellFormed(toDOMString(value));
}

/** ByteString: every unit is at most 0xFF. */
export function toByteString(value, what) {
  const text = toDOMString(value);
  for (let i = 0; i < text.length; i++) {
    const unit = StringPrototypeCharCodeAt(text, i);
    if (unit > 0xff) {
      throw new TypeError(`${what}: the character at index ${i} has a value of ${unit}, which is greater than 255.`);
    }
  }
  return text;
}

/** An integer in [min, max] of an [EnforceRange] type; anything else is a TypeError. */
export function toIntegerInRange(value, min, max, what) {
  const number = Number(value);
  if (!NumberIsFinite(number)) throw new TypeError(`${what} is not a finite number.`);
  const integer = MathTrunc(number) + 0;
  if (integer < min || integer > max) throw new TypeError(`${what} is ${integer}, outside the range of ${min} to ${max}.`);
  return integer;
}

/** An integer of `2 ** bits` values that wraps around, as ES ToInt32 and its like do. */
export function toInteger(value, modulus, signed) {
  const number = Number(value);
  if (!NumberIsFinite(number)) return 0;
  let integer = MathTrunc(number) % modulus;
  if (integer < 0) integer += modulus;
  return (signed && integer >= modulus / 2 ? integer - modulus : integer) + 0;
}

/** A [Clamp] long long, rounded to even. */
export function toClampedLongLong(value) {
  const number = Number(value);
  if (number !== number) return 0;
  const limit = 2 ** 53 - 1;
  if (number >= limit) return limit;
  if (number <= -limit) return -limit;
  const floor = MathFloor(number);
  const part = number - floor;
  if (part !== 0.5) return (part < 0.5 ? floor : floor + 1) + 0;
  return (floor % 2 === 0 ? floor : floor + 1) + 0;
}

export function isObject(value) {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** A dictionary argument: undefined and null read as empty, other non-objects are TypeErrors. */
export function toDictionary(value, what) {
  if (value === undefined || value === null) return { __proto__: null };
  if (!isObject(value)) throw new TypeError(`${what} is not an object.`);
  return value;
}

/** The members of an enumeration are strings; others are TypeErrors. */
export function toEnum(value, allowed, what) {
  const text = toDOMString(value);
  for (let i = 0; i < allowed.length; i++) if (allowed[i] === text) return text;
  throw new TypeError(`${what}: "${text}" is not one of the values that are allowed.`);
}

/** `sequence<sequence<...>>` of pairs or `record<...>` as an array of [name, value], each given to `convert`. */
export function toPairs(init, convert, what) {
  const method = init[SymbolIterator];
  const pairs = [];
  if (method === undefined || method === null) {
    const keys = ReflectOwnKeys(init);
    for (let i = 0; i < keys.length; i++) {
      const descriptor = ReflectGetOwnPropertyDescriptor(init, keys[i]);
      if (descriptor === undefined || !descriptor.enumerable) continue;
      const name = convert(keys[i]);
      ArrayPrototypePush(pairs, [name, convert(init[keys[i]])]);
    }
    return recordOf(pairs);
  }
  if (typeof method !== 'function') throw new TypeError(`${what} is not iterable.`);
  // eslint-disable-next-line no-restricted-syntax -- the user's iterable, as the standard asks
  for (const item of init) {
    if (!isObject(item)) throw new TypeError(`${what}: each item must be a pair.`);
    const pair = [];
    // eslint-disable-next-line no-restricted-syntax -- the user's iterable, as the standard asks
    for (const part of item) {
      if (pair.length === 2) throw new TypeError(`${what}: each pair must have exactly two items.`);
      ArrayPrototypePush(pair, convert(part));
    }
    if (pair.length !== 2) throw new TypeError(`${what}: each pair must have exactly two items.`);
    ArrayPrototypePush(pairs, pair);
  }
  return pairs;
}

// Keys that become equal by conversion (lone surrogates) keep the first place and the last value.
function recordOf(pairs) {
  const places = new SafeMap();
  const result = [];
  for (let i = 0; i < pairs.length; i++) {
    const place = places.get(pairs[i][0]);
    if (place === undefined) {
      places.set(pairs[i][0], result.length);
      ArrayPrototypePush(result, pairs[i]);
    } else result[place] = pairs[i];
  }
  return result;
}

/** Whether `value` is an ArrayBuffer that is not shared. */
export function isArrayBuffer(value) {
  if (typeof value !== 'object' || value === null) return false;
  try {
    ArrayBufferPrototypeGetByteLength(value);
    return true;
  } catch {
    return false;
  }
}

/** A BufferSource as a Uint8Array over the same memory, none when that is detached; null when `value` is no BufferSource. */
export function viewOf(value) {
  const isView = ArrayBufferIsView(value);
  if (!isView && !isArrayBuffer(value)) return null;
  try {
    return isView ? bytesOfView(value) : new Uint8Array(value);
  } catch {
    return new Uint8Array(0);
  }
}

function bytesOfView(view) {
  if (TypedArrayPrototypeGetSymbolToStringTag(view) === undefined) {
    return new Uint8Array(DataViewPrototypeGetBuffer(view), DataViewPrototypeGetByteOffset(view), DataViewPrototypeGetByteLength(view));
  }
  return new Uint8Array(TypedArrayPrototypeGetBuffer(view), TypedArrayPrototypeGetByteOffset(view), TypedArrayPrototypeGetByteLength(view));
}

/** A copy of a BufferSource's bytes; throws TypeError for anything else. */
export function bytesCopy(value, what) {
  const view = viewOf(value);
  if (view === null) throw new TypeError(`${what} is not an ArrayBuffer or a view on one.`);
  return TypedArrayPrototypeSlice(view);
}

/** Text for messages; never runs user code. */
export function describe(value) {
  if (typeof value === 'string') return 'a string';
  if (value === null) return 'null';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'function') return 'a function';
  return String(value);
}
