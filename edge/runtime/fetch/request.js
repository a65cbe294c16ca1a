// Request: https://fetch.spec.whatwg.org/#request-class

import { ArrayPrototypePush, ObjectAssign, RegExpPrototypeExec, StringPrototypeToUpperCase, TypeError } from '../bootstrap/primordials.js';
import { dependentSignal, isAbortSignal } from '../abort/index.js';
import { originOf, parseURL, serializeURL } from '../url/index.js';
import { defineInterface, isObject, requireArguments, toByteString, toDictionary, toDOMString, toEnum, toUSVString } from '../webidl/index.js';
import { baseURL, parseReference } from './base_url.js';
import { extractBody, isStreamed } from './body_init.js';
import { defineBody } from './body_mixin.js';
import { copyHeaders, createHeaders, fillHeaders, getHeader, isToken } from './headers.js';

const NORMALIZED = /^(?:DELETE|GET|HEAD|OPTIONS|POST|PUT)$/;
const SIMPLE = /^(?:GET|HEAD|POST)$/;
const FORBIDDEN = /^(?:CONNECT|TRACE|TRACK)$/;
const ENUMS = {
  __proto__: null,
  referrerPolicy: ['', 'no-referrer', 'no-referrer-when-downgrade', 'same-origin', 'origin', 'strict-origin', 'origin-when-cross-origin', 'strict-origin-when-cross-origin', 'unsafe-url'],
  mode: ['same-origin', 'no-cors', 'cors', 'navigate'],
  credentials: ['omit', 'same-origin', 'include'],
  cache: ['default', 'no-store', 'reload', 'no-cache', 'force-cache', 'only-if-cached'],
  redirect: ['follow', 'error', 'manual'],
  duplex: ['half'],
  priority: ['high', 'low', 'auto'],
};

let adopted = null;
let stateOf;

export class RequestState {
  method = 'GET';
  // Text; parsed and serialised when `parsed` is set, which happens at the first look.
  url = '';
  parsed = false;
  list = [];
  headers = null;
  immutable = false;
  body = null;
  signal = null;
  // Makes the signal when it is asked for.
  signalSource = null;
  referrer = 'about:client';
  referrerPolicy = '';
  mode = 'cors';
  credentials = 'same-origin';
  cache = 'default';
  redirect = 'follow';
  integrity = '';
  keepalive = false;

  contentType() { return getHeader(this.list, 'content-type'); }

  href() {
    if (!this.parsed) {
      const record = parseURL(this.url);
      if (record !== null) this.url = serializeURL(record);
      this.parsed = true;
    }
    return this.url;
  }

  openSignal() {
    if (this.signal === null) this.signal = this.signalSource === null ? dependentSignal([]) : this.signalSource();
    return this.signal;
  }
}

// The content that a blob: URL stands for; on the prototype, because hardly any request has one.
RequestState.prototype.blob = null;

export class Request {
  #state;

  static {
    stateOf = (value) => {
      if (!isObject(value) || !(#state in value)) throw new TypeError('Illegal invocation: not a Request');
      return value.#state;
    };
  }

  constructor(input, init = undefined) {
    if (adopted !== null) {
      this.#state = adopted;
      adopted = null;
      return;
    }
    requireArguments(arguments.length, 1, "Failed to construct 'Request'");
    this.#state = construct(input, toDictionary(init, 'The request init'));
  }

  get method() { return this.#state.method; }
  get url() { return this.#state.href(); }
  get destination() {
    stateOf(this);
    return '';
  }
  get referrer() { return this.#state.referrer; }
  get referrerPolicy() { return this.#state.referrerPolicy; }
  get mode() { return this.#state.mode; }
  get credentials() { return this.#state.credentials; }
  get cache() { return this.#state.cache; }
  get redirect() { return this.#state.redirect; }
  get integrity() { return this.#state.integrity; }
  get keepalive() { return this.#state.keepalive; }
  get isReloadNavigation() {
    stateOf(this);
    return false;
  }
  get isHistoryNavigation() {
    stateOf(this);
    return false;
  }
  get duplex() {
    stateOf(this);
    return 'half';
  }
  get signal() { return this.#state.openSignal(); }

  get headers() {
    const state = this.#state;
    state.headers ??= createHeaders(state.list, state.immutable);
    return state.headers;
  }

  clone() {
    const state = this.#state;
    if (state.body !== null && state.body.unusable) throw new TypeError('Request.clone: the body is already used or locked');
    const copy = copyState(state);
    copy.body = state.body === null ? null : state.body.clone();
    return createRequest(copy);
  }
}
defineBody(Request, (request) => stateOf(request));
defineInterface(Request, 'Request');

// Everything but the body; the signal follows the original's.
function copyState(state) {
  const copy = new RequestState();
  const { method, referrer, referrerPolicy, mode, credentials, cache, redirect, integrity, keepalive } = state;
  ObjectAssign(copy, { method, referrer, referrerPolicy, mode, credentials, cache, redirect, integrity, keepalive });
  copy.url = state.href();
  copy.parsed = true;
  if (state.blob !== null) copy.blob = state.blob;
  copy.list = copyHeaders(state.list);
  copy.signalSource = () => dependentSignal([state.openSignal()]);
  return copy;
}

function fromURL(input) {
  const record = parseReference(toUSVString(input), 'Request');
  if (record.username !== '' || record.password !== '') throw new TypeError('A request cannot be constructed from a URL that has credentials');
  const state = new RequestState();
  state.url = serializeURL(record);
  state.parsed = true;
  // Such a URL may be revoked before the request is sent.
  if (record.scheme === 'blob') state.blob = import('../blob/object_urls.js').resolveObjectURL(state.url);
  return state;
}

function construct(input, init) {
  const source = requestState(input);
  const state = source === null ? fromURL(input) : copyState(source);
  if (init.window !== undefined && init.window !== null) throw new TypeError('The window of a request can only be null');
  applyOptions(state, init);
  if (init.method !== undefined) state.method = toMethod(init.method);
  if (state.mode === 'no-cors' && RegExpPrototypeExec(SIMPLE, state.method) === null) throw new TypeError(`A request with the mode "no-cors" cannot have the method ${state.method}`);
  if (init.signal !== undefined) applySignal(state, init.signal);
  if (init.headers !== undefined) {
    state.list = [];
    fillHeaders(state.list, init.headers);
  }
  applyBody(state, init, source);
  return state;
}

function applyOptions(state, init) {
  const names = ['referrerPolicy', 'mode', 'credentials', 'cache', 'redirect'];
  if (init.referrer !== undefined) state.referrer = toReferrer(init.referrer);
  for (let i = 0; i < names.length; i++) {
    const value = init[names[i]];
    if (value !== undefined) state[names[i]] = toEnum(value, ENUMS[names[i]], names[i]);
  }
  if (state.mode === 'navigate') throw new TypeError('The mode of a request cannot be "navigate"');
  if (state.cache === 'only-if-cached' && state.mode !== 'same-origin') throw new TypeError('The cache mode "only-if-cached" needs the mode "same-origin"');
  if (init.integrity !== undefined) state.integrity = toDOMString(init.integrity);
  if (init.keepalive !== undefined) state.keepalive = !!init.keepalive;
  if (init.duplex !== undefined) toEnum(init.duplex, ENUMS.duplex, 'duplex');
  if (init.priority !== undefined) toEnum(init.priority, ENUMS.priority, 'priority');
}

function toReferrer(value) {
  const text = toUSVString(value);
  if (text === '') return '';
  const record = parseReference(text, 'The referrer');
  const isClient = (record.scheme === 'about' && record.path === 'client') || isForeign(record);
  return isClient ? 'about:client' : serializeURL(record);
}

// Of another origin than the function's, if it has one.
function isForeign(record) {
  const base = baseURL();
  return base !== null && originOf(record) !== originOf(base);
}

function toMethod(value) {
  const method = toByteString(value, 'The method');
  const upper = StringPrototypeToUpperCase(method);
  if (!isToken(method) || RegExpPrototypeExec(FORBIDDEN, upper) !== null) throw new TypeError(`'${method}' is not a method that a request may have`);
  return RegExpPrototypeExec(NORMALIZED, upper) === null ? method : upper;
}

function applySignal(state, signal) {
  if (signal === null) {
    state.signalSource = null;
    return;
  }
  if (!isAbortSignal(signal)) throw new TypeError('The signal of a request is not an AbortSignal');
  state.signalSource = () => dependentSignal([signal]);
}

function applyBody(state, init, source) {
  const given = init.body !== undefined && init.body !== null;
  const inherited = source !== null && source.body !== null ? source.body : null;
  if ((given || inherited !== null) && (state.method === 'GET' || state.method === 'HEAD')) {
    throw new TypeError(`A request with the method ${state.method} cannot have a body`);
  }
  if (given) {
    if (state.keepalive && isStreamed(init.body)) throw new TypeError('A request with keepalive cannot have a stream as body');
    const { body, type } = extractBody(init.body);
    state.body = body;
    if (type !== null && getHeader(state.list, 'content-type') === null) ArrayPrototypePush(state.list, ['content-type', type]);
  } else if (inherited !== null) {
    if (inherited.unusable) throw new TypeError('The body of the given request is already used or locked');
    state.body = inherited.move();
  }
}

/** A Request with this state. */
export function createRequest(state) {
  adopted = state;
  return new Request();
}

/** The state of a request; null for anything else. */
export function requestState(value) {
  try {
    return stateOf(value);
  } catch {
    return null;
  }
}
