// URL: https://url.spec.whatwg.org/#url-class

import { NumberPrototypeToString, SymbolFor } from '../bootstrap/primordials.js';
import { defineInterface, isObject, toUSVString } from '../webidl/index.js';
import { parseURL } from './parser.js';
import {
  originOf, serializeHost, serializePath, serializeURL, setHash, setHost, setPassword, setPathname, setPort, setProtocol, setSearch, setUsername,
} from './record.js';
import { createSearchParams, refillSearchParams } from './url_search_params.js';

// Hands a record that is already parsed to the constructor.
const PARSED = { __proto__: null };
let recordOf;

function parse(url, base) {
  let baseRecord = null;
  if (base !== undefined) {
    baseRecord = parseURL(base);
    if (baseRecord === null) return null;
  }
  return parseURL(url, baseRecord);
}

export class URL {
  #record;
  #params = null;

  static {
    recordOf = (value) => (isObject(value) && #record in value ? value.#record : null);
  }

  constructor(url, base = undefined) {
    if (base === PARSED) {
      this.#record = url;
      return;
    }
    if (arguments.length === 0) throw import('./errors.js').missingArguments(['url']);
    const text = toUSVString(url);
    this.#record = parse(text, base === undefined ? undefined : toUSVString(base));
    if (this.#record === null) throw import('./errors.js').invalidURL(text, base === undefined ? undefined : toUSVString(base));
  }

  static canParse(url, base = undefined) {
    if (arguments.length === 0) throw import('./errors.js').missingArguments(['url']);
    return parse(toUSVString(url), base === undefined ? undefined : toUSVString(base)) !== null;
  }

  static parse(url, base = undefined) {
    if (arguments.length === 0) throw import('./errors.js').missingArguments(['url']);
    const record = parse(toUSVString(url), base === undefined ? undefined : toUSVString(base));
    return record === null ? null : new URL(record, PARSED);
  }

  static createObjectURL(object) {
    if (arguments.length === 0) throw import('./errors.js').missingArguments(['obj']);
    return import('../blob/object_urls.js').createObjectURL(object);
  }

  static revokeObjectURL(url) {
    if (arguments.length === 0) throw import('./errors.js').missingArguments(['url']);
    import('../blob/object_urls.js').revokeObjectURL(url);
  }

  get href() { return this.#serialize(); }
  set href(value) {
    void this.#record; // of another class is an error before any other
    const text = toUSVString(value);
    const record = parseURL(text);
    if (record === null) throw import('./errors.js').invalidURL(text);
    this.#record = record;
    this.#refill();
  }

  get origin() { return originOf(this.#record); }

  get protocol() { return `${this.#record.scheme}:`; }
  set protocol(value) { setProtocol(this.#record, toUSVString(value)); }

  get username() { return this.#record.username; }
  set username(value) { setUsername(this.#record, toUSVString(value)); }

  get password() { return this.#record.password; }
  set password(value) { setPassword(this.#record, toUSVString(value)); }

  get host() { return serializeHost(this.#record); }
  set host(value) { setHost(this.#record, toUSVString(value), true); }

  get hostname() { return this.#record.host ?? ''; }
  set hostname(value) { setHost(this.#record, toUSVString(value), false); }

  get port() { return this.#record.port === null ? '' : NumberPrototypeToString(this.#record.port); }
  set port(value) { setPort(this.#record, toUSVString(value)); }

  get pathname() { return serializePath(this.#record); }
  set pathname(value) { setPathname(this.#record, toUSVString(value)); }

  get search() { return this.#query(); }
  set search(value) {
    setSearch(this.#record, toUSVString(value));
    this.#refill();
  }

  get searchParams() {
    this.#params ??= createSearchParams(this.#record.query ?? '', (query) => { this.#record.query = query === '' ? null : query; });
    return this.#params;
  }

  get hash() { return this.#record.fragment === null || this.#record.fragment === '' ? '' : `#${this.#record.fragment}`; }
  set hash(value) { setHash(this.#record, toUSVString(value)); }

  toString() { return this.#serialize(); }
  toJSON() { return this.#serialize(); }

  [SymbolFor('nodejs.util.inspect.custom')](depth, options) {
    void this.#record; // a TypeError for others
    return import('./inspect.js').inspectURL(this, depth, options);
  }

  #serialize() { return serializeURL(this.#record); }

  #query() { return this.#record.query === null || this.#record.query === '' ? '' : `?${this.#record.query}`; }

  #refill() {
    if (this.#params !== null) refillSearchParams(this.#params, this.#record.query ?? '');
  }
}
defineInterface(URL, 'URL');

/** The record of a URL object, null for anything else. */
export function urlRecord(value) {
  return recordOf(value);
}
