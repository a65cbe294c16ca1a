// URLSearchParams: https://url.spec.whatwg.org/#interface-urlsearchparams

import {
  ArrayPrototypePush, ArrayPrototypeSort, ArrayPrototypeSplice, StringPrototypeSlice, TypeError,
} from '../bootstrap/primordials.js';
import { defineInterface, definePairIteration, isObject, requireArguments, toPairs, toUSVString } from '../webidl/index.js';
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
      if (!isObject(params) || !(#pairs in params)) throw new TypeError('Illegal invocation: not a URLSearchParams');
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

  get size() { return this.#pairs.length; }

  append(name, value) {
    requireArguments(arguments.length, 2, 'URLSearchParams.append');
    ArrayPrototypePush(this.#pairs, [toUSVString(name), toUSVString(value)]);
    this.#update();
  }

  delete(name, value = undefined) {
    requireArguments(arguments.length, 1, 'URLSearchParams.delete');
    const key = toUSVString(name);
    const wanted = value === undefined ? undefined : toUSVString(value);
    const pairs = this.#pairs;
    for (let i = pairs.length - 1; i >= 0; i--) {
      if (pairs[i][0] === key && (wanted === undefined || pairs[i][1] === wanted)) ArrayPrototypeSplice(pairs, i, 1);
    }
    this.#update();
  }

  get(name) {
    requireArguments(arguments.length, 1, 'URLSearchParams.get');
    const key = toUSVString(name);
    const pairs = this.#pairs;
    for (let i = 0; i < pairs.length; i++) if (pairs[i][0] === key) return pairs[i][1];
    return null;
  }

  getAll(name) {
    requireArguments(arguments.length, 1, 'URLSearchParams.getAll');
    const key = toUSVString(name);
    const pairs = this.#pairs;
    const values = [];
    for (let i = 0; i < pairs.length; i++) if (pairs[i][0] === key) ArrayPrototypePush(values, pairs[i][1]);
    return values;
  }

  has(name, value = undefined) {
    requireArguments(arguments.length, 1, 'URLSearchParams.has');
    const key = toUSVString(name);
    const wanted = value === undefined ? undefined : toUSVString(value);
    const pairs = this.#pairs;
    for (let i = 0; i < pairs.length; i++) {
      if (pairs[i][0] === key && (wanted === undefined || pairs[i][1] === wanted)) return true;
    }
    return false;
  }

  set(name, value) {
    requireArguments(arguments.length, 2, 'URLSearchParams.set');
    const key = toUSVString(name);
    const text = toUSVString(value);
    const pairs = this.#pairs;
    let first = -1;
    for (let i = pairs.length - 1; i >= 0; i--) {
      if (pairs[i][0] !== key) continue;
      if (first >= 0) ArrayPrototypeSplice(pairs, first, 1);
      first = i;
    }
    if (first < 0) ArrayPrototypePush(pairs, [key, text]);
    else pairs[first] = [key, text];
    this.#update();
  }

  sort() {
    ArrayPrototypeSort(this.#pairs, (a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
    this.#update();
  }

  toString() { return serializeUrlencoded(this.#pairs); }

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
