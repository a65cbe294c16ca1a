// Brand checks: what a value really is, whatever its prototype or Symbol.toStringTag claims.
// https://nodejs.org/api/util.html#utiltypes
//
// V8 offers no such checks to scripts, so each is an attempt to use the internal slot.  A failed attempt costs an
// exception, therefore `kindOf` looks at the prototype chain first and tries only what it finds there.

import {
  ArrayBuffer,
  ArrayBufferIsView,
  ArrayBufferPrototypeGetByteLength,
  ArrayIsArray,
  BigInt,
  BigIntPrototypeValueOf,
  BooleanPrototypeValueOf,
  DatePrototypeGetTime,
  Error,
  ErrorIsError,
  FunctionPrototypeToString,
  Map,
  MapPrototypeGetSize,
  NumberPrototypeValueOf,
  Object,
  ObjectPrototypeToString,
  Promise,
  ReflectConstruct,
  ReflectGetOwnPropertyDescriptor,
  ReflectGetPrototypeOf,
  RegExp,
  RegExpPrototypeExec,
  RegExpPrototypeGetFlags,
  RegExpPrototypeGetSource,
  SafeMap,
  Set,
  SetPrototypeGetSize,
  StringPrototypeStartsWith,
  StringPrototypeValueOf,
  Symbol,
  SymbolPrototypeValueOf,
  SymbolToStringTag,
  TypedArrayPrototypeGetSymbolToStringTag,
  WeakMap,
  WeakMapPrototypeHas,
  WeakRef,
  WeakRefPrototypeDeref,
  WeakSet,
  WeakSetPrototypeHas,
  uncurryThis,
} from '../../bootstrap/primordials.js';
import { isBuilding } from '../../bootstrap/state.js';
import { isProxy } from '../../console/proxies.js';

export { isProxy };

const isObject = (value) => (typeof value === 'object' && value !== null) || typeof value === 'function';

function brand(probe) {
  return (value) => {
    if (!isObject(value) || isProxy(value)) return false;
    try {
      probe(value);
      return true;
    } catch {
      return false;
    }
  };
}

const probeKey = {};
const ARRAY_BUFFER = ArrayBuffer.prototype;
const REGEXP = RegExp.prototype;
// Not uncurried by the primordials: its class does not exist while a snapshot is built.
let sharedByteLength;

export const isMap = brand(MapPrototypeGetSize);
export const isSet = brand(SetPrototypeGetSize);
export const isWeakMap = brand((value) => WeakMapPrototypeHas(value, probeKey));
export const isWeakSet = brand((value) => WeakSetPrototypeHas(value, probeKey));
export const isWeakRef = brand(WeakRefPrototypeDeref);
export const isDate = brand(DatePrototypeGetTime);
export const isNumberObject = brand((value) => NumberPrototypeValueOf(value));
export const isStringObject = brand((value) => StringPrototypeValueOf(value));
export const isBooleanObject = brand((value) => BooleanPrototypeValueOf(value));
export const isBigIntObject = brand((value) => BigIntPrototypeValueOf(value));
export const isSymbolObject = brand((value) => SymbolPrototypeValueOf(value));
export const isArrayBuffer = brand(ArrayBufferPrototypeGetByteLength);
export const isNativeError = (value) => ErrorIsError(value);

export const isRegExp = (value) =>
  value !== REGEXP && brand((candidate) => RegExpPrototypeGetSource(candidate))(value);

/** `then` of the real Promise.prototype on a subclass runs user code; its species is looked up, so only the tag decides there. */
export function isPromise(value) {
  if (!isObject(value) || isProxy(value)) return false;
  for (let proto = ReflectGetPrototypeOf(value); proto !== null; proto = ReflectGetPrototypeOf(proto)) {
    if (isProxy(proto)) return false;
    if (proto === Promise.prototype) return !ReflectGetOwnPropertyDescriptor(value, SymbolToStringTag) && value !== proto && isThenable(value);
  }
  return false;
}

function isThenable(value) {
  const own = ReflectGetOwnPropertyDescriptor(value, 'constructor');
  return own === undefined && ObjectPrototypeToString(value) === '[object Promise]';
}

export function isSharedArrayBuffer(value) {
  // While a snapshot is built there are none, and what stands in for the class must not be asked.
  if (isBuilding() || typeof SharedArrayBuffer === 'undefined' || !isObject(value) || isProxy(value)) return false;
  sharedByteLength ??= uncurryThis(ReflectGetOwnPropertyDescriptor(SharedArrayBuffer.prototype, 'byteLength').get);
  return brand(sharedByteLength)(value);
}

export const isAnyArrayBuffer = (value) => isArrayBuffer(value) || isSharedArrayBuffer(value);
export const isArrayBufferView = (value) => ArrayBufferIsView(value);
export const isBoxedPrimitive = (value) =>
  isNumberObject(value) || isStringObject(value) || isBooleanObject(value) || isBigIntObject(value) || isSymbolObject(value);

/** Name of the typed array class, such as "Uint8Array"; undefined for everything else. */
export const typedArrayName = (value) => (ArrayBufferIsView(value) ? TypedArrayPrototypeGetSymbolToStringTag(value) : undefined);
export const isTypedArray = (value) => typedArrayName(value) !== undefined;
export const isUint8Array = (value) => typedArrayName(value) === 'Uint8Array';
export const isDataView = (value) => ArrayBufferIsView(value) && TypedArrayPrototypeGetSymbolToStringTag(value) === undefined;

const NATIVE_TAG = (tag) => (value) => isObject(value) && !isProxy(value) && builtinTag(value) === tag;

/** Object.prototype.toString without running a user's getter: the tag of the internal slot or a data property. */
export function builtinTag(value) {
  for (let owner = value; owner !== null; owner = ReflectGetPrototypeOf(owner)) {
    if (isProxy(owner)) return '';
    const tag = ReflectGetOwnPropertyDescriptor(owner, SymbolToStringTag);
    if (tag?.get !== undefined) return '';
    if (tag !== undefined) break;
  }
  const text = ObjectPrototypeToString(value);
  return text;
}

export const isArgumentsObject = NATIVE_TAG('[object Arguments]');
export const isGeneratorObject = NATIVE_TAG('[object Generator]');
export const isKeyObject = (value) => NATIVE_TAG('[object KeyObject]')(value) && import('./crypto/key_object.js').isKey(value);
export const isMapIterator = NATIVE_TAG('[object Map Iterator]');
export const isSetIterator = NATIVE_TAG('[object Set Iterator]');
export const isModuleNamespaceObject = NATIVE_TAG('[object Module]');

const functionStarts = (value, pattern) =>
  typeof value === 'function' && !isProxy(value) && RegExpPrototypeExec(pattern, FunctionPrototypeToString(value)) !== null;
export const isAsyncFunction = (value) => NATIVE_TAG('[object AsyncFunction]')(value) || NATIVE_TAG('[object AsyncGeneratorFunction]')(value);
export const isGeneratorFunction = (value) =>
  NATIVE_TAG('[object GeneratorFunction]')(value) || NATIVE_TAG('[object AsyncGeneratorFunction]')(value);
export const isClass = (value) =>
  typeof value === 'function' && StringPrototypeStartsWith(FunctionPrototypeToString(value), 'class') && functionStarts(value, /^class\b[^]*\}$/);

const KINDS = new SafeMap([
  [Map.prototype, ['map', isMap]],
  [Set.prototype, ['set', isSet]],
  [WeakMap.prototype, ['weakmap', isWeakMap]],
  [WeakSet.prototype, ['weakset', isWeakSet]],
  [WeakRef.prototype, ['weakref', isWeakRef]],
  [Promise.prototype, ['promise', isPromise]],
  [ARRAY_BUFFER, ['arraybuffer', isArrayBuffer]],
  [BigInt.prototype, ['bigint', isBigIntObject]],
  [Symbol.prototype, ['symbol', isSymbolObject]],
]);
const SLOTTED = {
  __proto__: null,
  '[object Arguments]': 'arguments',
  '[object Boolean]': 'boolean',
  '[object Number]': 'number',
  '[object String]': 'string',
  '[object Date]': 'date',
  '[object RegExp]': 'regexp',
  '[object Module]': 'module',
};
const PROBES = [
  ['map', isMap],
  ['set', isSet],
  ['date', isDate],
  ['regexp', isRegExp],
  ['weakmap', isWeakMap],
  ['weakset', isWeakSet],
  ['arraybuffer', isArrayBuffer],
];

/**
 * What a non-proxy object is: "array", "function", "error", "typed", "dataview", "map", "set", "date", "regexp", ... or "object".
 */
export function kindOf(value) {
  if (typeof value === 'function') return 'function';
  if (ArrayIsArray(value)) return 'array';
  if (ArrayBufferIsView(value)) return isTypedArray(value) ? 'typed' : 'dataview';
  if (ErrorIsError(value)) return 'error';
  const slotted = SLOTTED[builtinTag(value)];
  if (slotted !== undefined && (slotted !== 'module' || ReflectGetPrototypeOf(value) === null)) {
    if (slotted === 'arguments' || slotted === 'module' || isSlotted(slotted, value)) return slotted;
  }
  return kindByPrototype(value);
}

function isSlotted(kind, value) {
  if (kind === 'date') return isDate(value);
  if (kind === 'regexp') return isRegExp(value);
  return isBoxedPrimitive(value);
}

function kindByPrototype(value) {
  let links = 0;
  let rooted = false;
  for (let proto = ReflectGetPrototypeOf(value); proto !== null && !isProxy(proto); proto = ReflectGetPrototypeOf(proto)) {
    const found = KINDS.get(proto);
    if (found !== undefined) return found[1](value) ? found[0] : 'object';
    // As `instanceof` has it: made without a call of Error.
    if (proto === Error.prototype) return 'error';
    links++;
    rooted = proto === Object.prototype;
  }
  if (isSharedArrayBuffer(value)) return 'arraybuffer';
  // Ordinary objects end here; one without a known root may hide its kind.
  return rooted && links > 0 ? 'object' : probe(value);
}

function probe(value) {
  for (let i = 0; i < PROBES.length; i++) if (PROBES[i][1](value)) return PROBES[i][0];
  return 'object';
}

/** A copy with RegExp's own prototype, for those that lost theirs. */
export const plainRegExp = (value) => ReflectConstruct(RegExp, [RegExpPrototypeGetSource(value), RegExpPrototypeGetFlags(value)]);
