// Text of values, as JSON.parse has read it, to values.  It comes from edge/vm/values/ and is what that says.

import {
  ArrayIsArray, BigInt, Date, Error, Map, MapPrototypeSet, NumberNaN, ObjectDefineProperty, ObjectHasOwn, ObjectKeys, Set, SetPrototypeAdd, StringFromCharCode,
  StringPrototypeSlice, TypedArrayPrototypeGetBuffer, TypedArrayPrototypeGetLength, Uint8ArrayFromBase64,
} from '../bootstrap/primordials.js';
import { ERRORS, VIEWS } from './crossing.js';

const NUMBERS = { __proto__: null, NaN: NumberNaN, Infinity, '-Infinity': -Infinity, '-0': -0 };

/** What makes functions of handles; the kernel sets it. */
export const makers = { __proto__: null, fn: undefined, host: undefined };

function hidden(target, key, value) {
  ObjectDefineProperty(target, key, { __proto__: null, value, writable: true, enumerable: false, configurable: true });
}

/** An error of `{name, message, stack}` and more properties, of the class that its name says. */
export function makeError(fields, more) {
  const known = ObjectHasOwn(ERRORS, fields.name) ? ERRORS[fields.name] : Error;
  const error = new known(fields.message);
  if (error.name !== fields.name && fields.name !== '') hidden(error, 'name', fields.name);
  if (fields.stack) hidden(error, 'stack', fields.stack);
  const keys = ObjectKeys(more);
  for (let i = 0; i < keys.length; i++) {
    const value = read(more[keys[i]]);
    if (keys[i] === 'cause' || keys[i] === 'errors') hidden(error, keys[i], value);
    else ObjectDefineProperty(error, keys[i], { __proto__: null, value, writable: true, enumerable: true, configurable: true });
  }
  return error;
}

function text(units) {
  const pairs = Uint8ArrayFromBase64(units);
  let made = '';
  for (let i = 0; i < TypedArrayPrototypeGetLength(pairs); i += 2) made += StringFromCharCode(pairs[i] | (pairs[i + 1] << 8));
  return made;
}

function integer(digits) {
  return digits[0] === '-' ? -BigInt(`0x${StringPrototypeSlice(digits, 1)}`) : BigInt(`0x${digits}`);
}

const MAKE = {
  __proto__: null,
  undef: () => undefined,
  num: (parts) => NUMBERS[parts[1]],
  big: (parts) => integer(parts[1]),
  str: (parts) => text(parts[1]),
  date: (parts) => new Date(parts[1]),
  bytes: (parts) => Uint8ArrayFromBase64(parts[1]),
  view: (parts) => new VIEWS[parts[1]](TypedArrayPrototypeGetBuffer(Uint8ArrayFromBase64(parts[2]))),
  map: (parts) => {
    const pairs = parts[1];
    const map = new Map();
    for (let i = 0; i < pairs.length; i++) MapPrototypeSet(map, read(pairs[i][0]), read(pairs[i][1]));
    return map;
  },
  set: (parts) => {
    const items = parts[1];
    const set = new Set();
    for (let i = 0; i < items.length; i++) SetPrototypeAdd(set, read(items[i]));
    return set;
  },
  obj: (parts) => within(parts[1]),
  error: (parts) => makeError(parts[1], parts[2]),
  fn: (parts) => makers.fn(parts[1]),
  host: (parts) => makers.host(parts[1], parts[2], parts[3]),
};

function within(value) {
  const keys = ObjectKeys(value);
  for (let i = 0; i < keys.length; i++) {
    const before = value[keys[i]];
    const after = read(before);
    if (after !== before) value[keys[i]] = after;
  }
  return value;
}

/** The value of what JSON.parse gave; changes it in place. */
export function read(value) {
  if (typeof value !== 'object' || value === null) return value;
  if (ArrayIsArray(value)) {
    for (let i = 0; i < value.length; i++) value[i] = read(value[i]);
    return value;
  }
  return ObjectHasOwn(value, '$') ? MAKE[value.$[0]](value.$) : within(value);
}
