// Headers: https://fetch.spec.whatwg.org/#headers-class
// A header list is an array of [lower-case name, value], in order, shared by a Headers object and its owner.

import {
  ArrayPrototypePush, ArrayPrototypeSlice, ArrayPrototypeSort, ArrayPrototypeSplice, StringPrototypeToLowerCase,
  SymbolIterator, TypeError,
} from '../bootstrap/primordials.js';
import {
  defineInterface, definePairIteration, isObject, requireArguments, toByteString, toPairs, trimHttpWhitespace,
} from '../webidl/index.js';
import { breaksLines, isToken } from '../http/syntax.js';

// A list that a Headers object is being made for; never seen by user code.
let adopted = null;
const bytes = (value) => toByteString(value, 'A header');

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

function removeHeader(list, name) {
  for (let i = list.length - 1; i >= 0; i--) if (list[i][0] === name) ArrayPrototypeSplice(list, i, 1);
}

function setHeader(list, name, value) {
  for (let i = 0; i < list.length; i++) {
    if (list[i][0] !== name) continue;
    list[i] = [name, value];
    for (let j = list.length - 1; j > i; j--) if (list[j][0] === name) ArrayPrototypeSplice(list, j, 1);
    return;
  }
  ArrayPrototypePush(list, [name, value]);
}

/** Add what `init` of a constructor says to a list. */
export function fillHeaders(list, init) {
  if (!isObject(init)) throw new TypeError('The headers are neither an object nor a sequence of pairs.');
  const source = listOf(init);
  if (source !== null && init[SymbolIterator] === iterate) {
    for (let i = 0; i < source.length; i++) ArrayPrototypePush(list, source[i]);
    return;
  }
  const pairs = toPairs(init, bytes, 'The headers');
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
    ArrayPrototypePush(list, [key, text]);
  }

  delete(name) {
    requireArguments(arguments.length, 1, 'Headers.delete');
    const list = this.#list;
    const key = toName(name);
    this.#change();
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
