// EventSource: https://html.spec.whatwg.org/multipage/server-sent-events.html#the-eventsource-interface
// Over the runtime's own fetch: the egress policy and its limits apply, redirects are followed.

import { MathMin, ObjectDefineProperty, PromisePrototypeThen, StringPrototypeCharCodeAt, StringPrototypeSlice, TypeError } from '../bootstrap/primordials.js';
import { contextInvocation, impure } from '../bootstrap/host.js';
import { queueTask } from '../bootstrap/tasks.js';
import { createAbortController } from '../abort/index.js';
import { Utf8Decoder, encodeUtf8, latin1Of } from '../encoding/utf8.js';
import { DOMException } from '../events/dom_exception.js';
import { trustedEvent } from '../events/event.js';
import { EventTarget, dispatch } from '../events/event_target.js';
import { handlerAttribute } from '../events/handler_attribute.js';
import { createMessageEvent } from '../events/message_event.js';
import { baseURL } from '../fetch/base_url.js';
import { extractMimeType } from '../fetch/mime.js';
import { fetch, responseState } from '../fetch/index.js';
import { getHeader } from '../fetch/headers.js';
import { globals as timers } from '../timers/index.js';
import { originOf, parseURL, serializeURL } from '../url/index.js';
import { defineConstants, defineInterface, isObject, requireArguments, toDictionary, toUSVString } from '../webidl/index.js';
import { Parser } from './parser.js';

const STATES = { __proto__: null, CONNECTING: 0, OPEN: 1, CLOSED: 2 };
const { CONNECTING, OPEN, CLOSED } = STATES;
const RECONNECT = 3000;
const MAX_RECONNECT = 3600000;
const BOM = 0xfeff;

let stateOf;

class State {
  url = '';
  ready = CONNECTING;
  credentials = false;
  handlers = { __proto__: null };
  target = null;
  owner = contextInvocation();
  wait = RECONNECT;
  lastId = '';
  controller = null;
}

export class EventSource extends EventTarget {
  #state;

  static {
    stateOf = (value) => {
      if (!isObject(value) || !(#state in value)) throw new TypeError('Illegal invocation: not an EventSource');
      return value.#state;
    };
  }

  constructor(url, init = undefined) {
    requireArguments(arguments.length, 1, "Failed to construct 'EventSource'");
    super();
    const text = toUSVString(url);
    const { withCredentials } = toDictionary(init, 'The event source init');
    const record = parseURL(text, baseURL());
    if (record === null) throw new DOMException(`"${text}" is not a URL`, 'SyntaxError');
    impure('an EventSource');
    const state = this.#state = new State();
    state.url = serializeURL(record);
    state.credentials = !!withCredentials;
    state.target = this;
    connect(state);
  }

  get url() { return this.#state.url; }
  get withCredentials() { return this.#state.credentials; }
  get readyState() { return this.#state.ready; }

  close() {
    const state = stateOf(this);
    state.ready = CLOSED;
    state.controller?.abort();
  }
}

function defineHandler(type) {
  ObjectDefineProperty(EventSource.prototype, `on${type}`, {
    __proto__: null, ...handlerAttribute(type, (source) => stateOf(source).handlers), enumerable: true, configurable: true,
  });
}
defineHandler('open');
defineHandler('message');
defineHandler('error');
defineConstants(EventSource, STATES);
defineInterface(EventSource, 'EventSource');

function connect(state) {
  const controller = state.controller = createAbortController();
  const headers = { __proto__: null, accept: 'text/event-stream', 'cache-control': 'no-cache' };
  if (state.lastId !== '') headers['last-event-id'] = latin1Of(encodeUtf8(state.lastId));
  const lost = () => {
    if (state.controller === controller) reconnect(state);
  };
  PromisePrototypeThen(fetch(state.url, { __proto__: null, headers, signal: controller.signal }), (response) => {
    if (state.ready === CLOSED) return;
    const answer = responseState(response);
    if (isEventStream(answer)) {
      announce(state);
      PromisePrototypeThen(receive(state, answer), lost, lost);
    } else {
      fail(state);
      controller.abort();
    }
  }, lost);
}

function isEventStream({ status, list }) {
  const type = getHeader(list, 'content-type');
  const mime = type === null ? null : extractMimeType(type);
  return status === 200 && mime !== null && mime.essence === 'text/event-stream';
}

function announce(state) {
  queueTask(() => {
    if (state.ready === CLOSED) return;
    state.ready = OPEN;
    dispatch(state.target, trustedEvent('open'));
  }, state.owner);
}

async function receive(state, answer) {
  if (answer.body === null) return;
  const next = answer.body.take();
  const decoder = new Utf8Decoder(false);
  const parser = new Parser(state.lastId);
  const origin = originOf(parseURL(answer.url));
  let begun = false;
  for (let { chunk } = await next(); chunk !== null && state.ready !== CLOSED; { chunk } = await next()) {
    let text = decoder.decode(chunk, true);
    if (!begun && text !== '') {
      begun = true;
      if (StringPrototypeCharCodeAt(text, 0) === BOM) text = StringPrototypeSlice(text, 1);
    }
    const events = parser.feed(text);
    if (parser.retry !== null) state.wait = MathMin(parser.retry, MAX_RECONNECT);
    for (let i = 0; i < events.length; i++) deliver(state, events[i], origin);
    state.lastId = parser.lastId;
  }
}

// A task each, so that what one handler awaits goes on before the next.
function deliver(state, { type, data, id }, origin) {
  queueTask(() => {
    if (state.ready !== CLOSED) dispatch(state.target, createMessageEvent(type, data, [], origin, id));
  }, state.owner);
}

// https://html.spec.whatwg.org/multipage/server-sent-events.html#fail-the-connection
function fail(state) {
  queueTask(() => {
    if (state.ready === CLOSED) return;
    state.ready = CLOSED;
    dispatch(state.target, trustedEvent('error'));
  }, state.owner);
}

// https://html.spec.whatwg.org/multipage/server-sent-events.html#reestablish-the-connection
function reconnect(state) {
  queueTask(() => {
    if (state.ready === CLOSED) return;
    state.ready = CONNECTING;
    dispatch(state.target, trustedEvent('error'));
    timers.setTimeout(() => {
      if (state.ready === CONNECTING) connect(state);
    }, state.wait);
  }, state.owner);
}
