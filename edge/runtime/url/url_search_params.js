// URLSearchParams: https://url.spec.whatwg.org/#interface-urlsearchparams

import {
  ArrayPrototypeFilter, ArrayPrototypePush, ArrayPrototypeSort, StringPrototypeSlice, SymbolFor,
} from '../bootstrap/primordials.js';
import { defineInterface, definePairIteration, isObject, toPairs, toUSVString } from '../webidl/index.js';
import { parseUrlencoded, serializeUrlencoded } from './urlencoded.js';

let pairsOf;
let attach;
let refill;

export class URLSearchParams {
  #pairs = [];
  // Told of every change when these are the parameters of a URL.
  #changed = null;

  static {
    pairsOf = (params) => {
      if (!isObject(params) || !(#pairs in params)) throw import('./errors.js').invalidThis('URLSearchParams');
      return params.#pairs;
    };
    attach = (params, changed) => { params.#changed = changed; };
    refill = (params, query) => { params.#pairs = parseUrlencoded(query); };
  }

  constructor(init = '') {
    if (isObject(init)) this.#pairs = toPairs(init, toUSVString, "Failed to construct 'URLSearchParams'");
    else {
      const text = toUSVString(init);
      this.#pairs = parseUrlencoded(text[0] === '?' ? StringPrototypeSlice(text, 1) : text);
    }
  }

  get size() { return pairsOf(this).length; }

  append(name, value) {
    pairsOf(this);
    if (arguments.length < 2) throw import('./errors.js').missingArguments(['name', 'value']);
    // To convert them may run code that changes the list.
    const pair = [toUSVString(name), toUSVString(value)];
    ArrayPrototypePush(this.#pairs, pair);
    this.#update();
  }

  delete(name, value = undefined) {
    pairsOf(this);
    if (arguments.length < 1) throw import('./errors.js').missingArguments(['name']);
    const key = toUSVString(name);
    const wanted = value === undefined ? undefined : toUSVString(value);
    this.#pairs = ArrayPrototypeFilter(this.#pairs, (pair) => pair[0] !== key || (wanted !== undefined && pair[1] !== wanted));
    this.#update();
  }

  get(name) {
    pairsOf(this);
    if (arguments.length < 1) throw import('./errors.js').missingArguments(['name']);
    const key = toUSVString(name);
    const pairs = this.#pairs;
    for (let i = 0; i < pairs.length; i++) if (pairs[i][0] === key) return pairs[i][1];
    return null;
  }

  getAll(name) {
    pairsOf(this);
    if (arguments.length < 1) throw import('./errors.js').missingArguments(['name']);
    const key = toUSVString(name);
    const pairs = this.#pairs;
    const values = [];
    for (let i = 0; i < pairs.length; i++) if (pairs[i][0] === key) ArrayPrototypePush(values, pairs[i][1]);
    return values;
  }

  has(name, value = undefined) {
    pairsOf(this);
    if (arguments.length < 1) throw import('./errors.js').missingArguments(['name']);
    const key = toUSVString(name);
    const wanted = value === undefined ? undefined : toUSVString(value);
    const pairs = this.#pairs;
    for (let i = 0; i < pairs.length; i++) {
      if (pairs[i][0] === key && (wanted === undefined || pairs[i][1] === wanted)) return true;
    }
    return false;
  }

  set(name, value) {
    pairsOf(this);
    if (arguments.length < 2) throw import('./errors.js').missingArguments(['name', 'value']);
    const key = toUSVString(name);
    const text = toUSVString(value);
    let placed = false;
    // The first of that name takes the value, the others go.
    this.#pairs = ArrayPrototypeFilter(this.#pairs, (pair) => {
      if (pair[0] !== key) return true;
      if (placed) return false;
      pair[1] = text;
      placed = true;
      return true;
    });
    if (!placed) ArrayPrototypePush(this.#pairs, [key, text]);
    this.#update();
  }

  sort() {
    ArrayPrototypeSort(pairsOf(this), (a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
    this.#update();
  }

  toString() { return serializeUrlencoded(pairsOf(this)); }

  [SymbolFor('nodejs.util.inspect.custom')](depth, options) { return import('./inspect.js').inspectPairs(this, pairsOf(this), depth, options); }

  #update() {
    if (this.#changed !== null) this.#changed(serializeUrlencoded(this.#pairs));
  }
}
definePairIteration(URLSearchParams, 'URLSearchParams', pairsOf);
defineInterface(URLSearchParams, 'URLSearchParams');

export function isURLSearchParams(value) {
  try {
    pairsOf(value);
    return true;
  } catch {
    return false;
  }
}

/** The body text of parameters. */
export function searchParamsText(params) {
  return serializeUrlencoded(pairsOf(params));
}

/** The parameters of a URL: `changed` is called with each new query. */
export function createSearchParams(query, changed) {
  const params = new URLSearchParams();
  refill(params, query);
  attach(params, changed);
  return params;
}

export { refill as refillSearchParams };
