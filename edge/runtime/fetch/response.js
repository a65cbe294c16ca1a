// Response: https://fetch.spec.whatwg.org/#response-class

import {
  ArrayPrototypePush, JSONStringify, ObjectSetPrototypeOf, RangeError, RegExpPrototypeExec, TypeError,
} from '../bootstrap/primordials.js';
import { serializeURL } from '../url/index.js';
import { defineInterface, isObject, requireArguments, toByteString, toDictionary, toInteger, toUSVString } from '../webidl/index.js';
import { parseReference } from './base_url.js';
import { Body } from './body.js';
import { extractBody } from './body_init.js';
import { defineBody } from './body_mixin.js';
import { copyHeaders, createHeaders, fillHeaders, getHeader } from './headers.js';
import { FIELD_VALUE } from './mime.js';

let adopted = null;
let stateOf;

export class ResponseState {
  type = 'default';
  status = 200;
  statusText = '';
  url = '';
  redirected = false;
  list = [];
  headers = null;
  immutable = false;
  body = null;

  contentType() { return getHeader(this.list, 'content-type'); }
}

// Promises are resolved with it: there shall be no `then` to be found.
ObjectSetPrototypeOf(ResponseState.prototype, null);

// A WebSocket that is answered with; on the prototype, because hardly any response has one.
ResponseState.prototype.socket = null;

function isNullBodyStatus(status) {
  return status === 101 || status === 103 || status === 204 || status === 205 || status === 304;
}

function isRedirectStatus(status) {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}

export class Response {
  #state;

  static {
    stateOf = (value) => {
      if (!isObject(value) || !(#state in value)) throw new TypeError('Illegal invocation: not a Response');
      return value.#state;
    };
  }

  constructor(body = null, init = undefined) {
    if (adopted !== null) {
      this.#state = adopted;
      adopted = null;
      return;
    }
    const state = new ResponseState();
    const extracted = body === null || body === undefined ? null : extractBody(body);
    initialize(state, init, extracted);
    this.#state = state;
  }

  static error() {
    const state = new ResponseState();
    state.type = 'error';
    state.status = 0;
    state.immutable = true;
    return createResponse(state);
  }

  static redirect(url, status = 302) {
    requireArguments(arguments.length, 1, 'Response.redirect');
    const record = parseReference(toUSVString(url), 'Response.redirect');
    const code = toInteger(status, 65536, false);
    if (!isRedirectStatus(code)) throw new RangeError(`Response.redirect: the status is ${code} (it may be 301, 302, 303, 307 or 308)`);
    const state = new ResponseState();
    state.status = code;
    state.immutable = true;
    ArrayPrototypePush(state.list, ['location', serializeURL(record)]);
    return createResponse(state);
  }

  static json(data, init = undefined) {
    requireArguments(arguments.length, 1, 'Response.json');
    const text = JSONStringify(data);
    if (text === undefined) throw new TypeError('Response.json: the value has no JSON form');
    const state = new ResponseState();
    initialize(state, init, { __proto__: null, body: new Body(text), type: 'application/json' });
    return createResponse(state);
  }

  get type() { return this.#state.type; }
  get url() { return this.#state.url; }
  get redirected() { return this.#state.redirected; }
  get status() { return this.#state.status; }
  get ok() { return this.#state.status >= 200 && this.#state.status <= 299; }
  get statusText() { return this.#state.statusText; }
  // Not of the standard, but of Cloudflare Workers.
  get webSocket() { return this.#state.socket; }

  get headers() {
    const state = this.#state;
    state.headers ??= createHeaders(state.list, state.immutable);
    return state.headers;
  }

  clone() {
    const state = this.#state;
    if (state.body !== null && state.body.unusable) throw new TypeError('Response.clone: the body is already used or locked');
    if (state.socket !== null) throw new TypeError('Response.clone: a response with a WebSocket cannot be cloned');
    const copy = new ResponseState();
    copy.type = state.type;
    copy.status = state.status;
    copy.statusText = state.statusText;
    copy.url = state.url;
    copy.redirected = state.redirected;
    copy.immutable = state.immutable;
    copy.list = copyHeaders(state.list);
    copy.body = state.body === null ? null : state.body.clone();
    return createResponse(copy);
  }
}
defineBody(Response, (response) => stateOf(response));
defineInterface(Response, 'Response');

// https://fetch.spec.whatwg.org/#initialize-a-response
function initialize(state, init, extracted) {
  const { headers, status, statusText, webSocket } = toDictionary(init, 'The response init');
  if (status !== undefined) state.status = toInteger(status, 65536, false);
  if (webSocket !== undefined && webSocket !== null) import('../websocket/response.js').adoptSocket(state, webSocket);
  else if (state.status < 200 || state.status > 599) throw new RangeError(`The response status is ${state.status}, outside the range of 200 to 599`);
  if (statusText !== undefined) {
    state.statusText = toByteString(statusText, 'The statusText');
    if (RegExpPrototypeExec(FIELD_VALUE, state.statusText) === null) throw new TypeError('The statusText has a line break or control character');
  }
  if (headers !== undefined) fillHeaders(state.list, headers);
  if (extracted === null) return;
  if (isNullBodyStatus(state.status)) throw new TypeError(`A response with status ${state.status} cannot have a body`);
  state.body = extracted.body;
  if (extracted.type !== null && getHeader(state.list, 'content-type') === null) ArrayPrototypePush(state.list, ['content-type', extracted.type]);
}

/** A Response with this state. */
export function createResponse(state) {
  adopted = state;
  return new Response();
}

/** The state of a response that user code gave, whatever it did to prototypes; null for anything else. */
export function responseState(value) {
  try {
    return stateOf(value);
  } catch {
    return null;
  }
}
