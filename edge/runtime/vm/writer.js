// Values to text.  A value is copied once, with the getters it has; nothing of it is kept.

import {
  ArrayBufferIsView, ArrayBufferPrototypeGetByteLength, ArrayIsArray, BigIntPrototypeToString, BooleanPrototypeValueOf, DataViewPrototypeGetBuffer, DataViewPrototypeGetByteLength,
  DataViewPrototypeGetByteOffset, DatePrototypeGetTime, ErrorIsError, JSONStringify, MapPrototypeForEach, MathAbs, NumberIsFinite, NumberIsInteger,
  NumberIsNaN, NumberIsSafeInteger, NumberPrototypeValueOf,
  ObjectGetOwnPropertyDescriptor, ObjectIs, ObjectKeys, ObjectPrototypeToString, RangeError, ReflectGetPrototypeOf, RegExpPrototypeExec, SafeArray,
  SafeArrayPush, SafeMap, SetPrototypeForEach, String, StringPrototypeCharCodeAt, StringPrototypeIsWellFormed, StringPrototypeSlice,
  StringPrototypeToWellFormed, StringPrototypeValueOf, SymbolPrototypeToString, TypeError, TypedArrayPrototypeGetBuffer, TypedArrayPrototypeGetByteLength, TypedArrayPrototypeGetByteOffset,
  TypedArrayPrototypeGetSymbolToStringTag, Uint8Array, Uint8ArrayPrototypeToBase64,
} from '../bootstrap/primordials.js';
import { VIEWS } from './crossing.js';

const ObjectPrototype = ReflectGetPrototypeOf({});
const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;
const MAX_ERROR_DEPTH = 4; // causes of causes

/** Set by the host before any code runs. */
export const limits = { __proto__: null, depth: 100, items: 1_000_000, size: 33_554_432 };

/** Functions that crossed: function -> its number. */
export const handles = new SafeMap();

let trail = new SafeArray(); // keys on the way to the value that is being written
let above = new SafeArray(); // the objects that hold it
let items = 0;
let size = 0;
let loose = false; // whether what cannot cross is shown instead
let functions = null; // what gives a function its number, where functions may cross

function where() {
  let path = '';
  for (let i = 0; i < trail.length; i++) {
    const key = trail[i];
    if (typeof key === 'number') path += `[${key}]`;
    else if (RegExpPrototypeExec(IDENTIFIER, key) !== null) path += path === '' ? key : `.${key}`;
    else path += `[${JSONStringify(StringPrototypeSlice(key, 0, 50))}]`;
  }
  return path === '' ? 'the value' : path;
}

function refuse(what) {
  throw new TypeError(`${where()} cannot cross to the host: ${what}`);
}

function charge(text) {
  size += text.length;
  if (size > limits.size) throw new RangeError(`the value cannot cross to the host: it is larger than ${limits.size} bytes`);
  return text;
}

function count(more) {
  items += more;
  if (items > limits.items) throw new RangeError(`the value cannot cross to the host: it has more than ${limits.items} items`);
}

function quoted(text) {
  if (text.length > limits.size) charge(text);
  if (StringPrototypeIsWellFormed(text)) return charge(JSONStringify(text));
  const units = new Uint8Array(text.length * 2);
  for (let i = 0; i < text.length; i++) {
    const unit = StringPrototypeCharCodeAt(text, i);
    units[2 * i] = unit & 0xff;
    units[2 * i + 1] = unit >> 8;
  }
  return charge(`{"$":["str","${Uint8ArrayPrototypeToBase64(units)}"]}`);
}

function name(key) {
  if (!StringPrototypeIsWellFormed(key)) refuse('a name in it is not well-formed Unicode');
  return charge(JSONStringify(key));
}

function numeral(value) {
  if (NumberIsSafeInteger(value)) return ObjectIs(value, -0) ? '{"$":["num","-0"]}' : `${value}`;
  // Python would take it for an integer, and give it back as a BigInt.
  if (NumberIsFinite(value)) return NumberIsInteger(value) && MathAbs(value) < 1e21 ? `${value}.0` : `${value}`;
  if (NumberIsNaN(value)) return '{"$":["num","NaN"]}';
  return value > 0 ? '{"$":["num","Infinity"]}' : '{"$":["num","-Infinity"]}';
}

function inside(key, value) {
  SafeArrayPush(trail, key);
  const text = loose ? writeOrShow(value) : write(value);
  trail.length -= 1;
  return text;
}

function writeOrShow(value) {
  const before = { __proto__: null, trail: trail.length, above: above.length };
  try {
    return write(value);
  } catch {
    trail.length = before.trail;
    above.length = before.above;
    return JSONStringify(StringPrototypeToWellFormed(StringPrototypeSlice(shown(value), 0, 1000)));
  }
}

function list(value) {
  const { length } = value;
  count(length);
  charge('[]');
  let text = '[';
  for (let i = 0; i < length; i++) text += i === 0 ? inside(i, value[i]) : `,${inside(i, value[i])}`;
  return `${text}]`;
}

function members(value) {
  const keys = ObjectKeys(value);
  count(keys.length);
  charge('{}');
  let text = '{';
  let escaped = false;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    if (key === '$') escaped = true;
    text += `${i === 0 ? '' : ','}${name(key)}:${inside(key, value[key])}`;
  }
  return escaped ? `{"$":["obj",${text}}]}` : `${text}}`;
}

function bytes(buffer, offset, length, kind) {
  if (length > limits.size) throw new RangeError(`the value cannot cross to the host: it is larger than ${limits.size} bytes`);
  const text = Uint8ArrayPrototypeToBase64(new Uint8Array(buffer, offset, length));
  return charge(kind === '' ? `{"$":["bytes","${text}"]}` : `{"$":["view","${kind}","${text}"]}`);
}

function view(value) {
  const kind = TypedArrayPrototypeGetSymbolToStringTag(value);
  if (kind === undefined) return bytes(DataViewPrototypeGetBuffer(value), DataViewPrototypeGetByteOffset(value), DataViewPrototypeGetByteLength(value), '');
  if (kind === 'Float16Array') refuse('it is a Float16Array, which Python has no array for');
  return bytes(TypedArrayPrototypeGetBuffer(value), TypedArrayPrototypeGetByteOffset(value), TypedArrayPrototypeGetByteLength(value), kind in VIEWS ? kind : '');
}

function map(value) {
  let text = '';
  let at = 0;
  MapPrototypeForEach(value, (item, key) => {
    count(2);
    text += `${at === 0 ? '' : ','}[${inside('a key', key)},${inside(at, item)}]`;
    at += 1;
  });
  return charge(`{"$":["map",[${text}]]}`);
}

function set(value) {
  let text = '';
  let at = 0;
  SetPrototypeForEach(value, (item) => {
    count(1);
    text += at === 0 ? inside(at, item) : `,${inside(at, item)}`;
    at += 1;
  });
  return charge(`{"$":["set",[${text}]]}`);
}

// Each of these throws for what is of another kind, whatever its prototype says.
const KINDS = {
  __proto__: null,
  '[object Date]': (value) => {
    const time = DatePrototypeGetTime(value);
    return NumberIsNaN(time) ? refuse('it is an invalid Date') : `{"$":["date",${time}]}`;
  },
  '[object Map]': map,
  '[object Set]': set,
  '[object ArrayBuffer]': (value) => bytes(value, 0, ArrayBufferPrototypeGetByteLength(value), ''),
  '[object Number]': (value) => numeral(NumberPrototypeValueOf(value)),
  '[object String]': (value) => quoted(StringPrototypeValueOf(value)),
  '[object Boolean]': (value) => `${BooleanPrototypeValueOf(value)}`,
};

const REFUSED = {
  __proto__: null,
  '[object Promise]': 'it is a promise: await it first',
  '[object RegExp]': 'it is a regular expression: send its source',
  '[object WeakMap]': 'it is a WeakMap',
  '[object WeakSet]': 'it is a WeakSet',
  '[object WeakRef]': 'it is a WeakRef',
  '[object Generator]': 'it is a generator: send an array',
  '[object AsyncGenerator]': 'it is a generator: send an array',
  '[object SharedArrayBuffer]': 'it is shared memory',
};

function special(value) {
  if (ErrorIsError(value)) return error(value, 0);
  if (ArrayBufferIsView(value)) return view(value);
  const kind = ObjectPrototypeToString(value);
  if (kind in REFUSED) refuse(REFUSED[kind]);
  return kind in KINDS ? KINDS[kind](value) : members(value);
}

function object(value) {
  for (let i = 0; i < above.length; i++) if (above[i] === value) refuse('it contains itself');
  if (above.length >= limits.depth) throw new RangeError(`${where()} cannot cross to the host: it is nested deeper than ${limits.depth}`);
  SafeArrayPush(above, value);
  let text;
  if (ArrayIsArray(value)) text = list(value);
  else {
    const prototype = ReflectGetPrototypeOf(value);
    text = prototype === ObjectPrototype || prototype === null ? members(value) : special(value);
  }
  above.length -= 1;
  return text;
}

function handle(value) {
  if (functions === null || above.length > 1) refuse('it is a function (return it from the top of the code, or expose it)');
  return `{"$":["fn",${functions(value)}]}`;
}

function write(value) {
  switch (typeof value) {
    case 'string': return quoted(value);
    case 'number': return numeral(value);
    case 'boolean': return value ? 'true' : 'false';
    case 'undefined': return '{"$":["undef"]}';
    case 'bigint': return charge(`{"$":["big","${BigIntPrototypeToString(value, 16)}"]}`);
    case 'object': return value === null ? 'null' : object(value);
    case 'function': return handle(value);
    default: return refuse('it is a symbol');
  }
}

function fresh(number) {
  trail = new SafeArray();
  above = new SafeArray();
  items = 0;
  size = 0;
  functions = number;
  loose = false;
}

/** Text of a value.  `number` gives functions at its top their numbers; without it none may cross.  Throws TypeError, RangeError, and what getters throw. */
export function writeValue(value, number = null) {
  fresh(number);
  return write(value);
}

/** Text of a list of values for people to look at: what cannot cross is there as text.  Never throws. */
export function writeLoosely(values) {
  fresh(null);
  loose = true;
  return writeOrShow(values);
}

// -- errors, which always cross, with what of them can

function own(value, key) {
  const found = ObjectGetOwnPropertyDescriptor(value, key);
  if (found === undefined) return undefined;
  return 'value' in found ? found.value : value[key];
}

function textOf(read) {
  try {
    const text = read();
    return typeof text === 'string' && StringPrototypeIsWellFormed(text) ? JSONStringify(StringPrototypeSlice(text, 0, 65_536)) : '""';
  } catch {
    return '""';
  }
}

function rest(value, key, depth) {
  try {
    const found = own(value, key);
    if (found === undefined) return '';
    if (ErrorIsError(found)) return depth < MAX_ERROR_DEPTH ? `,${JSONStringify(key)}:${error(found, depth + 1)}` : '';
    const before = { trail: trail.length, above: above.length };
    try {
      return `,${name(key)}:${inside(key, found)}`;
    } catch {
      trail.length = before.trail;
      above.length = before.above;
      return '';
    }
  } catch {
    return '';
  }
}

// What says what it is; the class where it is one of ECMAScript's, so that a `name` that is text only is a name only.
function error(value, depth) {
  const text = `"name":${textOf(() => value.name)},"message":${textOf(() => value.message)},"stack":${textOf(() => value.stack)}`;
  let more = '';
  let keys;
  try {
    keys = ObjectKeys(value);
  } catch {
    keys = new SafeArray();
  }
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    if (key !== 'name' && key !== 'message' && key !== 'stack' && key !== 'cause' && key !== 'errors') more += rest(value, key, depth);
  }
  more += rest(value, 'cause', depth) + rest(value, 'errors', depth);
  return `{"$":["error",{${text}},{${more === '' ? '' : StringPrototypeSlice(more, 1)}}]}`;
}

function shown(value) {
  try {
    if (typeof value === 'function') return `[Function: ${value.name}]`;
    return typeof value === 'symbol' ? SymbolPrototypeToString(value) : String(value);
  } catch {
    return 'an object without text';
  }
}

/** Text of something that was thrown: always that of an error.  What is no error comes as its property `thrown`. */
export function writeThrown(value) {
  fresh(null);
  try {
    if (ErrorIsError(value)) return error(value, 0);
  } catch {
    // A stack that is at its end, or a proxy.
  }
  fresh(null);
  let thrown = '';
  try {
    thrown = `"thrown":${write(value)}`;
  } catch {
    // It cannot cross.
  }
  return `{"$":["error",{"name":"","message":${textOf(() => shown(value))},"stack":""},{${thrown}}]}`;
}
