// StructuredSerialize and StructuredDeserialize in one step: https://html.spec.whatwg.org/multipage/structured-data.html

import {
  Array, ArrayBufferIsView, ArrayIsArray, ArrayPrototypePush, BigIntPrototypeValueOf, BooleanPrototypeValueOf, Date, DatePrototypeGetTime,
  Map, MapPrototypeForEach, MapPrototypeSet, NumberPrototypeValueOf, Object, ObjectDefineProperty, ObjectGetPrototypeOf, ObjectHasOwn,
  ObjectKeys, ObjectPrototypeToString, RegExp, RegExpPrototypeGetFlags, RegExpPrototypeGetSource, SafeMap, Set, SetPrototypeAdd,
  SetPrototypeForEach, StringPrototypeValueOf,
} from '../bootstrap/primordials.js';
import { blobBytes, blobType, createBlob, createFile, fileInfo, isBlob } from '../blob/index.js';
import { isArrayBuffer, isPlatformPrototype } from '../webidl/index.js';
import { cloneBuffer, cloneView } from './buffers.js';
import { cloneError, defineCause, hasCause } from './errors.js';
import { refusal } from './refusal.js';

export { refusal } from './refusal.js';

const NOTHING = { __proto__: null };
const ObjectPrototype = Object.prototype;
const RegExpPrototype = RegExp.prototype;

// The result of `read(value)`, or NOTHING when the value lacks the internal slot that it reads.
function slot(read, value) {
  try {
    return read(value);
  } catch {
    return NOTHING;
  }
}

/** A structured clone.  Throws DataCloneError, and whatever a getter on the way throws. */
export function cloneValue(root) {
  const memory = new SafeMap();
  // Children still to be cloned: a list instead of recursion, so that deep values do not overflow the stack.
  const pending = [];

  const clone = (value) => {
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return clonePrimitive(value);
    const known = memory.get(value);
    if (known !== undefined) return known;
    const copy = begin(value, clone, pending);
    memory.set(value, copy);
    return copy;
  };

  const result = clone(root);
  for (let i = 0; i < pending.length; i++) pending[i](clone);
  return result;
}

function clonePrimitive(value) {
  if (typeof value === 'symbol') throw refusal('A symbol');
  return value;
}

// The copy without its children; filling it in is queued.
function begin(value, clone, pending) {
  if (typeof value === 'function') throw refusal('A function');
  if (ArrayIsArray(value)) return beginArray(value, pending);
  if (ArrayBufferIsView(value)) return cloneView(value, clone);
  if (isArrayBuffer(value)) return cloneBuffer(value);
  const special = ObjectPrototypeToString(value) === '[object Object]' && isPlain(value) ? null : beginSpecial(value, pending);
  if (special !== null) return special;
  const copy = {};
  ArrayPrototypePush(pending, (cloneChild) => fill(copy, value, cloneChild));
  return copy;
}

function isPlain(value) {
  const prototype = ObjectGetPrototypeOf(value);
  return prototype === null || prototype === ObjectPrototype;
}

function beginArray(value, pending) {
  const copy = new Array(value.length);
  ArrayPrototypePush(pending, (clone) => fill(copy, value, clone));
  return copy;
}

function fill(copy, value, clone) {
  const keys = ObjectKeys(value);
  for (let i = 0; i < keys.length; i++) {
    // A getter may have removed the property meanwhile.
    if (!ObjectHasOwn(value, keys[i])) continue;
    ObjectDefineProperty(copy, keys[i], { __proto__: null, value: clone(value[keys[i]]), writable: true, enumerable: true, configurable: true });
  }
}

function beginSpecial(value, pending) {
  const boxed = beginBoxed(value);
  if (boxed !== null) return boxed;
  const time = slot(DatePrototypeGetTime, value);
  if (time !== NOTHING) return new Date(time);
  const source = slot(RegExpPrototypeGetSource, value);
  if (source !== NOTHING && value !== RegExpPrototype) return new RegExp(source, RegExpPrototypeGetFlags(value));
  const collection = beginCollection(value, pending);
  if (collection !== null) return collection;
  const error = cloneError(value);
  if (error !== null) {
    if (hasCause(value)) ArrayPrototypePush(pending, (clone) => defineCause(error, clone(value.cause)));
    return error;
  }
  return beginPlatformObject(value);
}

function beginBoxed(value) {
  const readers = [BooleanPrototypeValueOf, NumberPrototypeValueOf, StringPrototypeValueOf, BigIntPrototypeValueOf];
  for (let i = 0; i < readers.length; i++) {
    const primitive = slot(readers[i], value);
    if (primitive !== NOTHING) return Object(primitive);
  }
  return null;
}

function beginCollection(value, pending) {
  const entries = [];
  if (slot((map) => MapPrototypeForEach(map, (item, key) => ArrayPrototypePush(entries, [key, item])), value) !== NOTHING) {
    const copy = new Map();
    ArrayPrototypePush(pending, (clone) => {
      for (let i = 0; i < entries.length; i++) MapPrototypeSet(copy, clone(entries[i][0]), clone(entries[i][1]));
    });
    return copy;
  }
  if (slot((set) => SetPrototypeForEach(set, (item) => ArrayPrototypePush(entries, item)), value) !== NOTHING) {
    const copy = new Set();
    ArrayPrototypePush(pending, (clone) => {
      for (let i = 0; i < entries.length; i++) SetPrototypeAdd(copy, clone(entries[i]));
    });
    return copy;
  }
  return null;
}

// Blobs and files are serialisable, instances of user classes become plain objects, all others are refused.
function beginPlatformObject(value) {
  if (isBlob(value)) {
    const info = fileInfo(value);
    if (info === null) return createBlob(blobBytes(value), blobType(value));
    return createFile(blobBytes(value), info.name, blobType(value), info.lastModified);
  }
  for (let prototype = ObjectGetPrototypeOf(value); prototype !== null; prototype = ObjectGetPrototypeOf(prototype)) {
    if (isPlatformPrototype(prototype)) throw refusal(ObjectPrototypeToString(value));
  }
  return null;
}
