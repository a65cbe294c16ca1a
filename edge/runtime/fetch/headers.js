// Headers: https://fetch.spec.whatwg.org/#headers-class
// A header list is an array of [lower-case name, value], in order, shared by a Headers object and its owner.

import {
  ArrayPrototypePush, ArrayPrototypeSlice, ArrayPrototypeSort, RangeError, StringPrototypeToLowerCase, SymbolIterator, TypeError,
} from '../bootstrap/primordials.js';
import {
  defineInterface, definePairIteration, isObject, requireArguments, toByteString, toDOMString, toPairs, trimHttpWhitespace,
} from '../webidl/index.js';
import { textComplaint, totalComplaint } from '../http/limits.js';
import { breaksLines, isToken } from '../http/syntax.js';

// A list that a Headers object is being made for; never seen by user code.
let adopted = null;

function refuse(complaint) {
  if (complaint !== '') throw new RangeError(`Headers: ${complaint}`);
}

// Lengths are looked at before anything else is.
function bytes(value) {
  const text = toDOMString(value);
  refuse(textComplaint(text.length));
  return toByteString(text, 'A header');
}

function totalOf(list) {
  let total = 0;
  for (let i = 0; i < list.length; i++) total += list[i][0].length + list[i][1].length;
  return total;
}

export { isToken };

function toName(value) {
  const name = bytes(value);
  if (!isToken(name)) throw new TypeError(`Invalid header name: "${name}"`);
  return StringPrototypeToLowerCase(name);
}

function toValue(value, name) {
  const text = trimHttpWhitespace(bytes(value));
  if (breaksLines(text)) throw new TypeError(`Invalid value of the header "${name}": it has a line break or NUL`);
  return text;
}

/** The combined value of a header, or null: https://fetch.spec.whatwg.org/#concept-header-list-get */
export function getHeader(list, name) {
  let value = null;
  for (let i = 0; i < list.length; i++) {
    if (list[i][0] === name) value = value === null ? list[i][1] : `${value}, ${list[i][1]}`;
  }
  return value;
}

/** Take all headers of a name out of a list. */
export function removeHeader(list, name) {
  keepFrom(list, 0, name);
}

// Takes the headers of a name out of `list`, from a place on.
function keepFrom(list, from, name) {
  let kept = from;
  for (let i = from; i < list.length; i++) {
    if (list[i][0] !== name) list[kept++] = list[i];
  }
  list.length = kept;
}

function setHeader(list, name, value) {
  for (let i = 0; i < list.length; i++) {
    if (list[i][0] !== name) continue;
    list[i] = [name, value];
    keepFrom(list, i + 1, name);
    return;
  }
  ArrayPrototypePush(list, [name, value]);
}

// A header of this name takes the place of those that are there.
function refuseBeside(list, name, value) {
  let fields = 1;
  let total = name.length + value.length;
  for (let i = 0; i < list.length; i++) {
    if (list[i][0] === name) continue;
    fields += 1;
    total += list[i][0].length + list[i][1].length;
  }
  refuse(totalComplaint(fields, total));
}

// Converts names and values in turn, as long as there is room in `list` for them.
function counted(list) {
  let total = totalOf(list);
  let texts = 2 * list.length;
  return (value) => {
    const text = bytes(value);
    total += text.length;
    texts += 1;
    refuse(totalComplaint((texts + 1) >> 1, total));
    return text;
  };
}

/** Add what `init` of a constructor says to a list. */
export function fillHeaders(list, init) {
  if (!isObject(init)) throw new TypeError('The headers are neither an object nor a sequence of pairs.');
  const source = listOf(init);
  if (source !== null && init[SymbolIterator] === iterate) {
    for (let i = 0; i < source.length; i++) ArrayPrototypePush(list, source[i]);
    return;
  }
  const pairs = toPairs(init, counted(list), 'The headers');
  for (let i = 0; i < pairs.length; i++) {
    const name = toName(pairs[i][0]);
    ArrayPrototypePush(list, [name, toValue(pairs[i][1], name)]);
  }
}

let listOf;
let sortedOf;

export class Headers {
  #list;
  #immutable = false;
  // What iteration sees; null after a change.
  #sorted = null;
  // Characters in all; -1 when they have to be counted.
  #total = -1;

  static {
    listOf = (value) => (isObject(value) && #list in value ? value.#list : null);
    sortedOf = (headers) => {
      if (!isObject(headers) || !(#list in headers)) throw new TypeError('Illegal invocation: not a Headers');
      headers.#sorted ??= sortAndCombine(headers.#list);
      return headers.#sorted;
    };
  }

  constructor(init = undefined) {
    if (adopted !== null) {
      this.#list = adopted.list;
      this.#immutable = adopted.immutable;
      adopted = null;
      return;
    }
    this.#list = [];
    if (init !== undefined) fillHeaders(this.#list, init);
  }

  append(name, value) {
    requireArguments(arguments.length, 2, 'Headers.append');
    const list = this.#list;
    const key = toName(name);
    const text = toValue(value, key);
    this.#change();
    if (this.#total < 0) this.#total = totalOf(list);
    refuse(totalComplaint(list.length + 1, this.#total + key.length + text.length));
    this.#total += key.length + text.length;
    ArrayPrototypePush(list, [key, text]);
  }

  delete(name) {
    requireArguments(arguments.length, 1, 'Headers.delete');
    const list = this.#list;
    const key = toName(name);
    this.#change();
    this.#total = -1;
    removeHeader(list, key);
  }

  get(name) {
    requireArguments(arguments.length, 1, 'Headers.get');
    return getHeader(this.#list, toName(name));
  }

  getSetCookie() {
    const list = this.#list;
    const values = [];
    for (let i = 0; i < list.length; i++) if (list[i][0] === 'set-cookie') ArrayPrototypePush(values, list[i][1]);
    return values;
  }

  has(name) {
    requireArguments(arguments.length, 1, 'Headers.has');
    return getHeader(this.#list, toName(name)) !== null;
  }

  set(name, value) {
    requireArguments(arguments.length, 2, 'Headers.set');
    const list = this.#list;
    const key = toName(name);
    const text = toValue(value, key);
    this.#change();
    refuseBeside(list, key, text);
    this.#total = -1;
    setHeader(list, key, text);
  }

  #change() {
    if (this.#immutable) throw new TypeError('These headers are immutable: copy them with new Headers(headers)');
    this.#sorted = null;
  }
}
definePairIteration(Headers, 'Headers', (headers) => sortedOf(headers));
defineInterface(Headers, 'Headers');
const iterate = Headers.prototype[SymbolIterator];

/** https://fetch.spec.whatwg.org/#concept-header-list-sort-and-combine */
function sortAndCombine(list) {
  const sorted = ArrayPrototypeSort(ArrayPrototypeSlice(list), (a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
  const combined = [];
  for (let i = 0; i < sorted.length; i++) {
    const name = sorted[i][0];
    const last = combined.length > 0 ? combined[combined.length - 1] : null;
    if (last !== null && last[0] === name && name !== 'set-cookie') last[1] = `${last[1]}, ${sorted[i][1]}`;
    else ArrayPrototypePush(combined, [name, sorted[i][1]]);
  }
  return combined;
}

/** A Headers object over a list that its owner keeps. */
export function createHeaders(list, immutable) {
  adopted = { __proto__: null, list, immutable };
  return new Headers();
}

/** A list of its own with the same headers. */
export function copyHeaders(list) {
  return ArrayPrototypeSlice(list);
}
