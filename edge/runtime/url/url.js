// URL: https://url.spec.whatwg.org/#url-class

import { TypeError, NumberPrototypeToString } from '../bootstrap/primordials.js';
import { defineInterface, isObject, requireArguments, toUSVString } from '../webidl/index.js';
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
    requireArguments(arguments.length, 1, "Failed to construct 'URL'");
    const text = toUSVString(url);
    this.#record = parse(text, base === undefined ? undefined : toUSVString(base));
    if (this.#record === null) throw invalid(text, base);
  }

  static canParse(url, base = undefined) {
    requireArguments(arguments.length, 1, 'URL.canParse');
    return parse(toUSVString(url), base === undefined ? undefined : toUSVString(base)) !== null;
  }

  static parse(url, base = undefined) {
    requireArguments(arguments.length, 1, 'URL.parse');
    const record = parse(toUSVString(url), base === undefined ? undefined : toUSVString(base));
    return record === null ? null : new URL(record, PARSED);
  }

  static createObjectURL(object) {
    requireArguments(arguments.length, 1, 'URL.createObjectURL');
    return import('../blob/object_urls.js').createObjectURL(object);
  }

  static revokeObjectURL(url) {
    requireArguments(arguments.length, 1, 'URL.revokeObjectURL');
    import('../blob/object_urls.js').revokeObjectURL(url);
  }

  get href() { return serializeURL(this.#record); }
  set href(value) {
    const text = toUSVString(value);
    const record = parseURL(text);
    if (record === null) throw invalid(text, undefined);
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

  get search() { return this.#record.query === null || this.#record.query === '' ? '' : `?${this.#record.query}`; }
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

  toString() { return serializeURL(this.#record); }
  toJSON() { return serializeURL(this.#record); }

  #refill() {
    if (this.#params !== null) refillSearchParams(this.#params, this.#record.query ?? '');
  }
}
defineInterface(URL, 'URL');

function invalid(text, base) {
  const error = new TypeError('Invalid URL');
  error.code = 'ERR_INVALID_URL';
  error.input = text;
  if (base !== undefined) error.base = toUSVString(base);
  return error;
}

/** The record of a URL object, null for anything else. */
export function urlRecord(value) {
  return recordOf(value);
}
