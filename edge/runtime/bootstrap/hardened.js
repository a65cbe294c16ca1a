// Builtins that look something up by name where user code can put it (an index on Object.prototype, `constructor` and
// Symbol.species, `exec` of a RegExp), as functions that do not.  primordials.js exports them under the usual names.
//
// Beyond their arguments they need nothing: this file is loaded first.

const { Array, JSON, Object, Promise, RegExp, String, Symbol, Uint8Array } = globalThis;
const { defineProperty, freeze, getOwnPropertyDescriptor, getPrototypeOf, keys, setPrototypeOf } = Object;
const { apply, deleteProperty } = Reflect;
const { isArray } = Array;
const { bind, call } = Function.prototype;
const uncurryThis = bind.bind(call);
const getter = (object, key) => uncurryThis(getOwnPropertyDescriptor(object, key).get);

const TypedArrayPrototype = getPrototypeOf(Uint8Array.prototype);
const viewBuffer = getter(TypedArrayPrototype, 'buffer');
const viewOffset = getter(TypedArrayPrototype, 'byteOffset');
const viewLength = getter(TypedArrayPrototype, 'length');
const setBytes = uncurryThis(TypedArrayPrototype.set);
const isGlobal = getter(RegExp.prototype, 'global');
const exec = uncurryThis(RegExp.prototype.exec);
const slice = uncurryThis(String.prototype.slice);
const codeAt = uncurryThis(String.prototype.charCodeAt);
const stringify = JSON.stringify.bind(JSON);

// What has no elements and no methods of its own shows what every array would inherit.
const PLAIN = [];

function put(list, at, value) {
  // A setter on a prototype would get the value; `in` costs a nanosecond where there is none.
  if (at in PLAIN) defineProperty(list, at, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
  else list[at] = value;
  // Something else took it: Array.prototype inherits from a proxy.
  if (list.length === at) defineProperty(list, at, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
}

/** For a SafeArray, where a plain assignment is what it says. */
export function SafeArrayPush(list, value) {
  const at = list.length;
  list[at] = value;
}

export function ArrayPrototypePush(list, value) {
  put(list, list.length, value);
  for (let i = 2; i < arguments.length; i++) put(list, list.length, arguments[i]);
}

export function ArrayPrototypeUnshift(list, value) {
  for (let i = list.length; i > 0; i--) put(list, i, list[i - 1]);
  put(list, 0, value);
}

function bound(index, length) {
  if (index < 0) return index + length < 0 ? 0 : index + length;
  return index > length ? length : index;
}

export function ArrayPrototypeSlice(list, from = 0, to = list.length) {
  const { length } = list;
  const end = bound(to, length);
  const copy = [];
  for (let i = bound(from, length); i < end; i++) put(copy, copy.length, list[i]);
  return copy;
}

/** Removes and inserts; unlike Array.prototype.splice it does not give what it removed. */
export function ArrayPrototypeSplice(list, from, count, ...inserted) {
  const tail = ArrayPrototypeSlice(list, from + count);
  list.length = from;
  for (let i = 0; i < inserted.length; i++) put(list, list.length, inserted[i]);
  for (let i = 0; i < tail.length; i++) put(list, list.length, tail[i]);
}

export function ArrayPrototypeMap(list, change) {
  const { length } = list;
  const changed = [];
  for (let i = 0; i < length; i++) put(changed, i, change(list[i], i));
  return changed;
}

export function ArrayPrototypeFilter(list, wanted) {
  const { length } = list;
  const kept = [];
  for (let i = 0; i < length; i++) {
    const item = list[i];
    if (wanted(item, i)) put(kept, kept.length, item);
  }
  return kept;
}

export function ArrayPrototypeConcat(...parts) {
  const all = [];
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i];
    if (!isArray(part)) put(all, all.length, part);
    else for (let j = 0; j < part.length; j++) put(all, all.length, part[j]);
  }
  return all;
}

export function ArrayPrototypeFlat(list, depth = 1) {
  const flat = [];
  for (let i = 0; i < list.length; i++) {
    const item = list[i];
    if (!isArray(item) || depth < 1) put(flat, flat.length, item);
    else {
      const inner = ArrayPrototypeFlat(item, depth - 1);
      for (let j = 0; j < inner.length; j++) put(flat, flat.length, inner[j]);
    }
  }
  return flat;
}

/** Of a Uint8Array or a subclass; always a plain Uint8Array. */
export function TypedArrayPrototypeSubarray(bytes, from = 0, to = viewLength(bytes)) {
  const length = viewLength(bytes);
  const start = bound(from, length);
  const end = bound(to, length);
  return new Uint8Array(viewBuffer(bytes), viewOffset(bytes) + start, end > start ? end - start : 0);
}

/** Of a Uint8Array or a subclass; always a plain Uint8Array. */
export function TypedArrayPrototypeSlice(bytes, from = 0, to = viewLength(bytes)) {
  const part = TypedArrayPrototypeSubarray(bytes, from, to);
  const copy = new Uint8Array(viewLength(part));
  setBytes(copy, part);
  return copy;
}

const DOLLAR = 0x24;
const AMPERSAND = 0x26;

// $$, $& and $1 to $9.
function expand(template, found) {
  let text = '';
  for (let i = 0; i < template.length; i++) {
    const code = i + 1 < template.length && codeAt(template, i) === DOLLAR ? codeAt(template, i + 1) : 0;
    i += code === 0 ? 0 : 1;
    if (code === 0) text += template[i];
    else if (code === DOLLAR) text += '$';
    else text += found[code === AMPERSAND ? 0 : code - 0x30] ?? '';
  }
  return text;
}

/** `replacement` is text with $$, $& and $1 to $9, or a function of the match, its groups, its place and the text. */
export function RegExpPrototypeSymbolReplace(pattern, text, replacement) {
  const all = isGlobal(pattern);
  if (all) pattern.lastIndex = 0;
  let result = '';
  let at = 0;
  for (let found = exec(pattern, text); found !== null; found = all ? exec(pattern, text) : null) {
    const { index } = found;
    const matched = found[0];
    const fresh = typeof replacement === 'function' ? replaced(replacement, found, index, text) : expand(replacement, found);
    result += slice(text, at, index) + fresh;
    at = index + matched.length;
    if (all && matched === '') pattern.lastIndex += 1;
  }
  return at === 0 && result === '' ? text : result + slice(text, at);
}

function replaced(replacement, found, index, text) {
  const given = ArrayPrototypeSlice(found);
  ArrayPrototypePush(given, index);
  ArrayPrototypePush(given, text);
  return `${apply(replacement, undefined, given)}`;
}

const then = uncurryThis(Promise.prototype.then);
const { species } = Symbol;
const speciesOfPromise = getOwnPropertyDescriptor(Promise, species).get;
const NATIVE = { __proto__: null, value: undefined, configurable: true };

function makesNativePromises() {
  return getOwnPropertyDescriptor(Promise.prototype, 'constructor')?.value === Promise && getOwnPropertyDescriptor(Promise, species)?.get === speciesOfPromise;
}

/** Always gives a native promise: what user code has put for the constructor of promises does not see the functions that settle it. */
export function PromisePrototypeThen(promise, fulfilled, rejected) {
  if (makesNativePromises()) return then(promise, fulfilled, rejected);
  defineProperty(promise, 'constructor', NATIVE);
  try {
    return then(promise, fulfilled, rejected);
  } finally {
    deleteProperty(promise, 'constructor');
  }
}

// Arrays and objects without prototype: no `toJSON` to be found.
function bare(value) {
  if (typeof value !== 'object' || value === null) return value;
  if (isArray(value)) {
    const copy = new SafeArray();
    for (let i = 0; i < value.length; i++) SafeArrayPush(copy, bare(value[i]));
    return copy;
  }
  const copy = { __proto__: null };
  const names = keys(value);
  for (let i = 0; i < names.length; i++) copy[names[i]] = bare(value[names[i]]);
  return copy;
}

function findsToJSON() {
  try {
    return 'toJSON' in PLAIN;
  } catch {
    return true;
  }
}

/** JSON of what the runtime itself has put together: `toJSON` means nothing in it. */
export function wireJSON(value) {
  return stringify(findsToJSON() ? bare(value) : value);
}

/** What JSON.parse gave: own properties are all there is to it, to the given depth. */
export function withoutPrototypes(value, depth) {
  if (typeof value !== 'object' || value === null || isArray(value)) return value;
  setPrototypeOf(value, null);
  if (depth === 1) return value;
  const names = keys(value);
  for (let i = 0; i < names.length; i++) withoutPrototypes(value[names[i]], depth - 1);
  return value;
}

/** An array that inherits nothing: for lists of the runtime whose elements are no business of user code. */
export class SafeArray extends Array {}
setPrototypeOf(SafeArray.prototype, null);
freeze(SafeArray.prototype);
freeze(SafeArray);
