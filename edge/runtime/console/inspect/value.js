// The walk over a value: into proxies, custom inspect functions and properties, and out of circles and depths.

import {
  ArrayPrototypeIncludes,
  ArrayPrototypePop,
  ArrayPrototypePush,
  ArrayPrototypeSort,
  ArrayPrototypeUnshift,
  MathFloor,
  Object,
  ObjectGetOwnPropertySymbols,
  ObjectHasOwn,
  ObjectKeys,
  RangeError,
  ReflectApply,
  ReflectGetOwnPropertyDescriptor,
  ReflectGetPrototypeOf,
  ReflectOwnKeys,
  RegExpPrototypeExec,
  SafeMap,
  String,
  StringPrototypeRepeat,
  StringPrototypeReplaceAll,
  StringPrototypeSlice,
  SymbolFor,
  TypedArrayPrototypeGetLength,
} from '../../bootstrap/primordials.js';
import { kindOf } from '../../node/internal/types.js';
import { proxyDetails } from '../proxies.js';
import { userOptions } from './context.js';
import { layOut } from './layout.js';
import { constructorName, dataProperty, prefix, tagOf } from './names.js';
import { INDEX_KEY } from './collections.js';
import { platformState } from './platform.js';
import { formatPrimitive } from './primitive.js';
import { formatProperty } from './property.js';
import { FALLBACKS, SHAPES } from './shapes.js';

const ObjectPrototype = Object.prototype;

export const customInspect = SymbolFor('nodejs.util.inspect.custom');
let publicInspect;

/** inspect itself, which custom inspect functions get as their third argument. */
export function setInspect(inspect) {
  publicInspect = inspect;
}

/** The text of any value; objects deeper than the context's depth are named only. */
export function formatValue(context, value, depth) {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return spend(context, formatPrimitive(context, value));
  if (context.spent >= context.budget) return '...';
  const details = proxyDetails(value);
  if (details !== undefined) {
    if (context.showProxy) return formatProxy(context, details, depth);
    const target = unwrap(details);
    if (target === null) return context.stylize('<Revoked Proxy>', 'special');
    return formatObject(context, target, depth, value);
  }
  return formatObject(context, value, depth, value);
}

export function spend(context, text) {
  context.spent += text.length;
  return text;
}

function unwrap(details) {
  let found = details;
  while (found.target !== null) {
    const inner = proxyDetails(found.target);
    if (inner === undefined) return found.target;
    found = inner;
  }
  return null;
}

function formatProxy(context, details, depth) {
  if (details.target === null) return context.stylize('<Revoked Proxy>', 'special');
  if (depth > context.depth) return context.stylize('Proxy [Array]', 'special');
  context.indentation += 2;
  const parts = [formatValue(context, details.target, depth + 1), formatValue(context, details.handler, depth + 1)];
  context.indentation -= 2;
  return layOut(context, parts, '', ['Proxy [', ']'], true, depth + 1);
}

function formatObject(context, value, depth, receiver) {
  if (context.customInspect) {
    const custom = customText(context, value, depth, receiver);
    if (custom !== undefined) return custom;
  }
  if (ArrayPrototypeIncludes(context.seen, value)) return circular(context, value);
  return formatRaw(context, value, depth);
}

function circular(context, value) {
  context.circular ??= new SafeMap();
  let index = context.circular.get(value);
  if (index === undefined) {
    index = context.circular.size + 1;
    context.circular.set(value, index);
  }
  return context.stylize(`[Circular *${index}]`, 'special');
}

function customText(context, value, depth, receiver) {
  let custom;
  try {
    custom = value[customInspect];
  } catch {
    return undefined;
  }
  if (typeof custom !== 'function' || custom === publicInspect || dataProperty(value, 'constructor')?.prototype === value) return undefined;
  const left = context.depth === Infinity ? null : context.depth - depth;
  const shown = ReflectApply(custom, receiver, [left, userOptions(context), publicInspect]);
  if (shown === value) return undefined;
  const text = typeof shown === 'object' ? formatValue(context, shown, depth) : spend(context, `${String(shown)}`);
  return StringPrototypeReplaceAll(text, '\n', `\n${StringPrototypeRepeat(' ', context.indentation)}`);
}

function ownKeys(value, context, kind) {
  if (INDEXED[kind] && isLong(value, kind)) return addSymbols(value, []);
  let keys = context.showHidden ? ReflectOwnKeys(value) : ObjectKeys(value);
  if (INDEXED[kind]) keys = withoutIndices(keys);
  return context.showHidden ? keys : addSymbols(value, keys);
}

// A script cannot ask for the names alone: with them come the indices, as strings, which of a long array are many.  Its names are
// not shown; a long array that is nearly empty has few indices.
function isLong(value, kind) {
  if (kind === 'typed') return TypedArrayPrototypeGetLength(value) > MAX_LISTED;
  const { length } = value;
  if (length <= MAX_LISTED) return false;
  for (let part = 0; part < SAMPLES; part++) if (!ObjectHasOwn(value, MathFloor((length - 1) * part / (SAMPLES - 1)))) return false;
  return true;
}

function withoutIndices(keys) {
  const kept = [];
  for (let i = keys.length - 1; i >= 0; i--) {
    // Indices come first, so the search from the end stops at the last of them.
    if (typeof keys[i] === 'string' && RegExpPrototypeExec(INDEX_KEY, keys[i]) !== null) break;
    ArrayPrototypeUnshift(kept, keys[i]);
  }
  return kept;
}

function addSymbols(value, keys) {
  const symbols = ObjectGetOwnPropertySymbols(value);
  for (let i = 0; i < symbols.length; i++) {
    if (ReflectGetOwnPropertyDescriptor(value, symbols[i])?.enumerable) ArrayPrototypePush(keys, symbols[i]);
  }
  return keys;
}

const INDEXED = { __proto__: null, array: true, typed: true };
const MAX_LISTED = 100000;
const SAMPLES = 9;

// The state of a platform object under the name of its class.
function formatPlatform(context, value, depth) {
  const prototype = ReflectGetPrototypeOf(value);
  if (prototype === ObjectPrototype || prototype === null) return undefined;
  const state = platformState(value);
  if (state === null) return undefined;
  const name = constructorName(value, 'Object');
  if (depth > context.depth) return context.stylize(`[${name}]`, 'special');
  ArrayPrototypePush(context.seen, value);
  const text = formatRaw(context, state, depth);
  ArrayPrototypePop(context.seen);
  return `${prefix(name, tagOf(value, name), 'Object')}${text}`;
}

function formatRaw(context, value, depth) {
  const kind = kindOf(value);
  if (kind === 'object' && context.customInspect) {
    const text = formatPlatform(context, value, depth);
    if (text !== undefined) return text;
  }
  const name = constructorName(value, FALLBACKS[kind] ?? 'Object');
  const it = { __proto__: null, name, tag: tagOf(value, name), keys: ownKeys(value, context, kind), list: false, made: undefined };
  if (name === null && kind === 'object') it.made = import('../../node/internal/call_sites.js').madeBy(value);
  const shape = SHAPES[kind](context, value, it);
  if (shape.done !== undefined) return shape.done;
  if (depth > context.depth) return shape.leaf ? shape.base : tooDeep(context, value, it, kind);
  return enter(context, value, depth + 1, it, shape);
}

function tooDeep(context, value, it, kind) {
  const named = StringPrototypeSlice(prefix(it.name, it.tag, FALLBACKS[kind] ?? it.made ?? 'Object'), 0, -1);
  return context.stylize(it.name === null ? named : `[${named}]`, 'special');
}

function enter(context, value, depth, it, shape) {
  ArrayPrototypePush(context.seen, value);
  context.level = depth;
  let parts;
  const { indentation } = context;
  try {
    parts = shape.entries(depth);
    addProperties(context, value, depth, it, parts);
    if (context.showHidden) import('./inherited.js').addInherited(context, value, depth, parts);
  } catch (error) {
    ArrayPrototypePop(context.seen);
    return overflow(context, error, it, indentation);
  }
  let base = shape.base ?? '';
  let { open } = shape;
  const reference = context.circular?.get(value);
  if (reference !== undefined) {
    const mark = context.stylize(`<ref *${reference}>`, 'special');
    if (context.compact === true) open = `${mark} ${open}`;
    else base = base === '' ? mark : `${mark} ${base}`;
  }
  ArrayPrototypePop(context.seen);
  if (context.sorted) sort(context, parts, it);
  return layOut(context, parts, base, [open, shape.close], it.list, depth, it.list ? value : undefined);
}

function sort(context, parts, it) {
  if (it.list) return;
  if (typeof context.sorted === 'function') ArrayPrototypeSort(parts, context.sorted);
  else ArrayPrototypeSort(parts);
}

function addProperties(context, value, depth, it, parts) {
  for (let i = 0; i < it.keys.length; i++) {
    if (context.spent >= context.budget) {
      ArrayPrototypePush(parts, `... ${it.keys.length - i} more`);
      return;
    }
    ArrayPrototypePush(parts, formatProperty(context, value, depth, it.keys[i], it.list ? 'extra' : 'property'));
  }
}

/** The stack of V8 is finite and so are nested values: the rest is named only. */
function overflow(context, error, it, indentation) {
  if (!(error instanceof RangeError)) throw error;
  context.indentation = indentation;
  return context.stylize(`[${it.name ?? 'Object'}: Inspection interrupted prematurely. Maximum call stack size exceeded.]`, 'special');
}
