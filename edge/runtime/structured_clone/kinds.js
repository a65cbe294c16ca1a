// What a value is, by its internal slots and not by what it says about itself, and how its copy begins.
//
// Scripts cannot ask V8 for slots: each check is an attempt to use one, and a failed attempt costs an exception.  So the
// prototype chain tells what to try.  What has a slot but no prototype to show for it is taken for a plain object.

import {
  ArrayBuffer, ArrayBufferIsView, ArrayIsArray, BigInt, BigIntPrototypeValueOf, Boolean, BooleanPrototypeValueOf, Date, DatePrototypeGetTime,
  ErrorIsError, Map, MapPrototypeHas, Number, NumberPrototypeValueOf, Object, ObjectGetPrototypeOf, ObjectPrototypeToString,
  ReflectGetOwnPropertyDescriptor, RegExp, RegExpPrototypeExec, RegExpPrototypeGetDotAll, RegExpPrototypeGetGlobal, RegExpPrototypeGetHasIndices,
  RegExpPrototypeGetIgnoreCase, RegExpPrototypeGetMultiline, RegExpPrototypeGetSource, RegExpPrototypeGetSticky, RegExpPrototypeGetUnicode,
  RegExpPrototypeGetUnicodeSets, SafeMap, Set, SetPrototypeHas, String, StringPrototypeValueOf, Symbol, SymbolToStringTag,
} from '../bootstrap/primordials.js';
import { isBuilding } from '../bootstrap/state.js';
import { isProxy } from '../console/proxies.js';
import { isArrayBuffer, platformClass } from '../webidl/index.js';
import { cloneBuffer, cloneView } from './buffers.js';
import { beginError } from './errors.js';
import { beginArray, beginMap, beginObject, beginSet } from './frames.js';
import { objectRefusal } from './refusal.js';

const ObjectPrototype = Object.prototype;
const RegExpPrototype = RegExp.prototype;

// V8 makes these classes when an isolate starts, too late for a capture; their prototypes have class strings of their own.
const LATE = /^(?:(?:Intl|Temporal|WebAssembly)\.\w+|AsyncDisposableStack|AsyncGenerator|DisposableStack|FinalizationRegistry|SharedArrayBuffer|WeakRef)$/;

// prototype -> {has, begin}, and class string -> the same; made when they are needed first.
let byPrototype = null;
let byClassString = null;

// Whether `probe` finds its slot.
function slot(probe) {
  return (value) => {
    try {
      probe(value);
      return true;
    } catch {
      return false;
    }
  };
}

const refuse = (value) => { throw objectRefusal(value); };
const boxed = (unbox) => ({ __proto__: null, has: slot(unbox), begin: (value) => Object(unbox(value)) });

function builtins() {
  const table = new SafeMap();
  table.set(Boolean.prototype, boxed(BooleanPrototypeValueOf));
  table.set(Number.prototype, boxed(NumberPrototypeValueOf));
  table.set(String.prototype, boxed(StringPrototypeValueOf));
  table.set(BigInt.prototype, boxed(BigIntPrototypeValueOf));
  table.set(Symbol.prototype, { __proto__: null, has: () => true, begin: refuse });
  table.set(Date.prototype, { __proto__: null, has: slot(DatePrototypeGetTime), begin: (value) => new Date(DatePrototypeGetTime(value)) });
  table.set(RegExpPrototype, { __proto__: null, has: isRegExp, begin: cloneRegExp });
  table.set(Map.prototype, { __proto__: null, has: slot((value) => MapPrototypeHas(value, undefined)), begin: beginMap });
  table.set(Set.prototype, { __proto__: null, has: slot((value) => SetPrototypeHas(value, undefined)), begin: beginSet });
  table.set(ArrayBuffer.prototype, { __proto__: null, has: isArrayBuffer, begin: cloneBuffer });
  return table;
}

// What Object.prototype.toString knows by the slot itself.
function strings() {
  const table = new SafeMap();
  const classes = [Boolean, Number, String, Date, RegExp];
  const names = ['Boolean', 'Number', 'String', 'Date', 'RegExp'];
  for (let i = 0; i < names.length; i++) table.set(`[object ${names[i]}]`, byPrototype.get(classes[i].prototype));
  table.set('[object Arguments]', { __proto__: null, has: () => true, begin: refuse });
  table.set('[object Error]', { __proto__: null, has: () => true, begin: beginError });
  return table;
}

const FLAGS = [
  ['d', RegExpPrototypeGetHasIndices], ['g', RegExpPrototypeGetGlobal], ['i', RegExpPrototypeGetIgnoreCase], ['m', RegExpPrototypeGetMultiline],
  ['s', RegExpPrototypeGetDotAll], ['u', RegExpPrototypeGetUnicode], ['v', RegExpPrototypeGetUnicodeSets], ['y', RegExpPrototypeGetSticky],
];

function cloneRegExp(value) {
  let flags = '';
  // The getter for all of them would read each by name.
  for (let i = 0; i < FLAGS.length; i++) if (FLAGS[i][1](value)) flags += FLAGS[i][0];
  return new RegExp(RegExpPrototypeGetSource(value), flags);
}

function isRegExp(value) {
  // Its source can be read though it is no regular expression.
  return value !== RegExpPrototype && slot(RegExpPrototypeGetSource)(value);
}

/** A function of an object and the session, which gives its copy or throws a DataCloneError. */
export function beginnerOf(value) {
  // A proxy is an exotic object, whatever it stands for.
  if (isProxy(value) || value === globalThis) return refuse;
  if (ArrayIsArray(value)) return beginArray;
  if (ArrayBufferIsView(value)) return cloneView;
  const found = byChain(value);
  if (found !== null) return found;
  if (!isBuilding() && ErrorIsError(value)) return beginError;
  // With a class string from somewhere it would be read, and tell nothing.
  if (SymbolToStringTag in value) return beginObject;
  byClassString ??= strings();
  const kind = byClassString.get(ObjectPrototypeToString(value));
  return kind === undefined ? beginObject : kind.begin;
}

function byChain(value) {
  byPrototype ??= builtins();
  for (let prototype = ObjectGetPrototypeOf(value); prototype !== null && prototype !== ObjectPrototype; prototype = ObjectGetPrototypeOf(prototype)) {
    if (isProxy(prototype)) return null;
    const kind = byPrototype.get(prototype);
    if (kind !== undefined && kind.has(value)) return kind.begin;
    const record = platformClass(prototype);
    if (record !== undefined && record.is(value)) return record.clone ?? refuse;
    if (record === undefined && isLate(prototype)) return refuse;
  }
  return null;
}

function isLate(prototype) {
  const tag = ReflectGetOwnPropertyDescriptor(prototype, SymbolToStringTag)?.value;
  return typeof tag === 'string' && RegExpPrototypeExec(LATE, tag) !== null;
}

/** What is registered for the class of a transferable object; null for anything else. */
export function transferableClass(value) {
  if (isProxy(value)) return null;
  for (let prototype = ObjectGetPrototypeOf(value); prototype !== null; prototype = ObjectGetPrototypeOf(prototype)) {
    if (isProxy(prototype)) return null;
    const record = platformClass(prototype);
    if (record !== undefined && record.is(value)) return record.transfer === null ? null : record;
  }
  return null;
}
