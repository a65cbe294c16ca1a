// What an object of each kind looks like: its braces, what stands before them, and its entries.

import {
  ArrayPrototypeConcat,
  ArrayPrototypePush,
  BigIntPrototypeValueOf,
  BooleanPrototypeValueOf,
  DatePrototypeGetTime,
  DatePrototypeToISOString,
  DatePrototypeToString,
  MapPrototypeGetSize,
  NumberIsNaN,
  NumberPrototypeValueOf,
  RegExpPrototypeToString,
  SetPrototypeGetSize,
  StringPrototypeValueOf,
  SymbolPrototypeValueOf,
  TypedArrayPrototypeGetLength,
} from '../../bootstrap/primordials.js';
import { plainRegExp, typedArrayName } from '../../node/internal/types.js';
import { arrayEntries, bufferEntry, mapEntries, setEntries, typedEntries, typedExtras } from './collections.js';
import { formatError } from './errors.js';
import { functionBase, prefix } from './names.js';
import { formatPrimitive } from './primitive.js';
import { formatProperty } from './property.js';
import { formatValue, spend } from './value.js';

const NONE = () => [];

/** What an object of a kind is called when its prototype does not say. */
export const FALLBACKS = {
  __proto__: null,
  array: 'Array',
  arraybuffer: 'ArrayBuffer',
  dataview: 'DataView',
  date: 'Date',
  error: 'Error',
  function: 'Function',
  map: 'Map',
  promise: 'Promise',
  regexp: 'RegExp',
  set: 'Set',
  weakmap: 'WeakMap',
  weakref: 'WeakRef',
  weakset: 'WeakSet',
};

// Each returns {open, close, base, entries, done}: `done` is the whole text when there is nothing inside.
export const SHAPES = {
  __proto__: null,
  array(context, value, it) {
    const { length } = value;
    const head = it.name !== 'Array' || it.tag !== '' ? prefix(it.name, it.tag, 'Array', `(${length})`) : '';
    if (length === 0 && it.keys.length === 0) return { __proto__: null, done: `${head}[]` };
    it.list = true;
    return { __proto__: null, open: `${head}[`, close: ']', entries: (depth) => arrayEntries(context, value, length, (index) => formatProperty(context, value, depth, index, 'entry')) };
  },
  arguments: (context, value, it) => (it.keys.length === 0 ? { __proto__: null, done: '[Arguments] {}' } : { __proto__: null, open: '[Arguments] {', close: '}', entries: NONE }),
  typed(context, value, it) {
    const length = TypedArrayPrototypeGetLength(value);
    const head = prefix(it.name, it.tag, typedArrayName(value), `(${length})`);
    if (length === 0 && it.keys.length === 0 && !context.showHidden) return { __proto__: null, done: `${head}[]` };
    it.list = true;
    return { __proto__: null, open: `${head}[`, close: ']', entries: (depth) => typedParts(context, value, length, depth) };
  },
  set(context, value, it) {
    return collection(context, value, it, 'Set', value, setEntries);
  },
  map(context, value, it) {
    return collection(context, value, it, 'Map', value, mapEntries);
  },
  function(context, value, it) {
    const base = functionBase(value, it.name, it.tag);
    if (it.keys.length === 0) return { __proto__: null, done: context.stylize(base, 'special') };
    return { __proto__: null, open: '{', close: '}', base: context.stylize(base, 'special'), entries: NONE };
  },
  regexp(context, value, it) {
    return leaf(context, value, it, 'RegExp', RegExpPrototypeToString(it.name === null ? plainRegExp(value) : plainRegExp(value)), 'regexp');
  },
  date(context, value, it) {
    const text = NumberIsNaN(DatePrototypeGetTime(value)) ? DatePrototypeToString(value) : DatePrototypeToISOString(value);
    return leaf(context, value, it, 'Date', text, 'date');
  },
  error(context, value, it) {
    const base = spend(context, formatError(context, value, it.name, it.tag, it.keys));
    return it.keys.length === 0 ? { __proto__: null, done: base } : { __proto__: null, open: '{', close: '}', base, entries: NONE };
  },
  arraybuffer(context, value, it) {
    const head = prefix(it.name, it.tag, 'ArrayBuffer');
    return { __proto__: null, open: `${head}{`, close: '}', entries: (depth) => ArrayPrototypeConcat(bufferEntry(context, value), inherited(context, value, depth, ['byteLength'])) };
  },
  dataview(context, value, it) {
    const entries = (depth) => inherited(context, value, depth, ['byteLength', 'byteOffset', 'buffer']);
    return { __proto__: null, open: `${prefix(it.name, it.tag, 'DataView')}{`, close: '}', entries };
  },
  // A script cannot see a promise's state without waiting for it.
  promise: (context, value, it) => object(value, it, 'Promise'),
  weakset: (context, value, it) => unknown(context, value, it, 'WeakSet'),
  weakmap: (context, value, it) => unknown(context, value, it, 'WeakMap'),
  weakref: (context, value, it) => object(value, it, 'WeakRef'),
  module: (context, value, it) => ({ __proto__: null, open: `[${it.tag || 'Module'}: null prototype] {`, close: '}', entries: NONE }),
  number: (context, value, it) => boxed(context, value, it, 'Number', NumberPrototypeValueOf(value)),
  string(context, value, it) {
    // Its characters are its indices: shown once.
    const { length } = StringPrototypeValueOf(value);
    it.keys = withoutFirst(it.keys, length);
    return boxed(context, value, it, 'String', StringPrototypeValueOf(value));
  },
  boolean: (context, value, it) => boxed(context, value, it, 'Boolean', BooleanPrototypeValueOf(value)),
  bigint: (context, value, it) => boxed(context, value, it, 'BigInt', BigIntPrototypeValueOf(value)),
  symbol: (context, value, it) => boxed(context, value, it, 'Symbol', SymbolPrototypeValueOf(value)),
  object: (context, value, it) => object(value, it, 'Object'),
};

function inherited(context, value, depth, keys) {
  const parts = [];
  context.indentation += 2;
  for (let i = 0; i < keys.length; i++) ArrayPrototypePush(parts, `[${keys[i]}]: ${formatValue(context, value[keys[i]], depth)}`);
  context.indentation -= 2;
  return parts;
}

function withoutFirst(keys, count) {
  const kept = [];
  for (let i = count; i < keys.length; i++) ArrayPrototypePush(kept, keys[i]);
  return kept;
}

function typedParts(context, value, length, depth) {
  const parts = typedEntries(context, value, length);
  if (!context.showHidden) return parts;
  context.indentation += 2;
  const extras = typedExtras(context, value, (item) => formatValue(context, item, depth));
  context.indentation -= 2;
  for (let i = 0; i < extras.length; i++) ArrayPrototypePush(parts, extras[i]);
  return parts;
}

function collection(context, value, it, fallback, inner, entries) {
  const size = fallback === 'Set' ? SetPrototypeGetSize(value) : MapPrototypeGetSize(value);
  const head = prefix(it.name, it.tag, fallback, `(${size})`);
  if (size === 0 && it.keys.length === 0) return { __proto__: null, done: `${head}{}` };
  return { __proto__: null, open: `${head}{`, close: '}', entries: (depth) => entries(context, inner, (item) => formatValue(context, item, depth)) };
}

function leaf(context, value, it, fallback, text, style) {
  const head = prefix(it.name, it.tag, fallback);
  const base = context.stylize(head === `${fallback} ` ? text : `${head}${text}`, style);
  return it.keys.length === 0 ? { __proto__: null, done: spend(context, base) } : { __proto__: null, open: '{', close: '}', base, entries: NONE, leaf: true };
}

function object(value, it, fallback) {
  const plain = it.name === 'Object' && it.tag === '';
  const head = plain && fallback === 'Object' ? '' : prefix(it.name, it.tag, it.made ?? fallback);
  return it.keys.length === 0 ? { __proto__: null, done: `${head}{}` } : { __proto__: null, open: `${head}{`, close: '}', entries: NONE };
}

function unknown(context, value, it, fallback) {
  return { __proto__: null, open: `${prefix(it.name, it.tag, fallback)}{`, close: '}', entries: () => [context.stylize('<items unknown>', 'special')] };
}

function boxed(context, value, it, type, primitive) {
  let base = `[${type}`;
  if (it.name === null) base += ' (null prototype)';
  else if (it.name !== type) base += ` (${it.name})`;
  const quiet = { ...context, stylize: (text) => text };
  base += `: ${formatPrimitive(quiet, primitive)}]`;
  if (it.tag !== '' && it.tag !== it.name && it.tag !== type) base += ` [${it.tag}]`;
  const shown = context.stylize(base, typeof primitive);
  return it.keys.length === 0 ? { __proto__: null, done: shown } : { __proto__: null, open: '{', close: '}', base: shown, entries: NONE };
}
