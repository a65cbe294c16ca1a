// WebSocket: https://websockets.spec.whatwg.org/#the-websocket-interface
// Ends of pairs and of fetched responses are WebSockets too, which accept() opens.

import {
  ArrayPrototypePush, ObjectDefineProperty, PromisePrototypeThen, StringPrototypeToLowerCase, SymbolIterator, TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeGetLength, TypeError,
} from '../bootstrap/primordials.js';
import { contextInvocation, hostCall, impure } from '../bootstrap/host.js';
import { blobContent } from '../blob/registry.js';
import { encodeUtf8 } from '../encoding/utf8.js';
import { DOMException } from '../events/dom_exception.js';
import { ErrorEvent } from '../events/error_event.js';
import { trusted, trustedEvent } from '../events/event.js';
import { EventTarget, dispatch } from '../events/event_target.js';
import { handlerAttribute } from '../events/handler_attribute.js';
import { createMessageEvent } from '../events/message_event.js';
import { baseURL } from '../fetch/base_url.js';
import { isToken } from '../fetch/headers.js';
import { queueTask } from '../bootstrap/tasks.js';
import { originOf, parseURL, serializeURL } from '../url/index.js';
import { bytesCopy, defineConstants, defineInterface, isObject, requireArguments, toByteString, toDOMString, toPairs, toUSVString, viewOf } from '../webidl/index.js';
import { closeArguments } from './close_arguments.js';
import { createCloseEvent } from './close_event.js';
import { HostWire } from './host_wire.js';

const STATES = { __proto__: null, CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 };
const { CONNECTING, OPEN, CLOSING, CLOSED } = STATES;
// Bytes that may wait to be sent: a peer that does not read must not cost the function its memory.
const MAX_BUFFERED = 16777216;

let adopted = null;
let stateOf;
let lastSocket = 0;

class State {
  url = '';
  protocol = '';
  extensions = '';
  origin = '';
  ready = CONNECTING;
  buffered = 0;
  binaryType = 'blob';
  handlers = { __proto__: null };
  wire = null;
  // Of an end that accept() opens; a wire is taken away when it is given to somebody else.
  accepted = true;
  server = false;
  // Who else wants to know of pings and pongs, and of the end.
  onControl = null;
  target = null;
}

export class WebSocket extends EventTarget {
  #state;

  static {
    stateOf = (value) => {
      if (!isObject(value) || !(#state in value)) throw new TypeError('Illegal invocation: not a WebSocket');
      return value.#state;
    };
  }

  constructor(url, protocols = undefined) {
    if (adopted !== null) {
      super();
      this.#state = adopted;
      adopted = null;
      this.#state.target = this;
      return;
    }
    requireArguments(arguments.length, 1, "Failed to construct 'WebSocket'");
    super();
    const options = optionsOf(protocols);
    const state = this.#state = new State();
    state.target = this;
    const record = parseSocketURL(toUSVString(url));
    checkProtocols(options.protocols);
    state.url = serializeURL(record);
    state.origin = originOf(record);
    connect(state, options);
  }

  get url() { return this.#state.url; }
  get readyState() { return this.#state.ready; }
  get bufferedAmount() { return this.#state.buffered; }
  get extensions() { return this.#state.extensions; }
  get protocol() { return this.#state.protocol; }
  get binaryType() { return this.#state.binaryType; }
  set binaryType(value) {
    const state = stateOf(this);
    const text = toDOMString(value);
    // A value of an enumeration that is none is ignored.
    if (text === 'blob' || text === 'arraybuffer') state.binaryType = text;
  }

  close(code = undefined, reason = undefined) {
    const state = stateOf(this);
    const checked = closeArguments(code, reason, state.server || state.onControl !== null);
    if (state.ready >= CLOSING) return;
    const connecting = state.ready === CONNECTING;
    state.ready = CLOSING;
    if (connecting) giveUp(state);
    else state.wire.close(checked.code, checked.reason);
  }

  send(data) {
    const state = stateOf(this);
    requireArguments(arguments.length, 1, 'WebSocket.send');
    const message = toMessage(data);
    if (state.ready === CONNECTING) throw new DOMException('The WebSocket is still connecting.', 'InvalidStateError');
    if (!state.accepted) throw new TypeError('WebSocket.send: call accept() on this end first, or answer with it');
    transmit(state, message.kind, message.data, message.size);
  }

  /** Opens an end of a WebSocketPair, or of a fetched response, for use here. */
  accept() {
    const state = stateOf(this);
    if (state.wire === null || !state.server) throw new TypeError('WebSocket.accept: only ends of pairs and of responses that were not given away can be accepted');
    if (state.accepted) return;
    state.accepted = true;
    state.wire.start(sinkOf(state));
  }
}

function defineHandler(type) {
  ObjectDefineProperty(WebSocket.prototype, `on${type}`, {
    __proto__: null, ...handlerAttribute(type, (socket) => stateOf(socket).handlers), enumerable: true, configurable: true,
  });
}
defineHandler('open');
defineHandler('error');
defineHandler('close');
defineHandler('message');
defineConstants(WebSocket, STATES);
defineInterface(WebSocket, 'WebSocket');

// https://websockets.spec.whatwg.org/#dom-websocket-websocket
function parseSocketURL(text) {
  const record = parseURL(text, baseURL());
  if (record === null) throw new DOMException(`"${text}" is not a URL`, 'SyntaxError');
  if (record.scheme === 'http') record.scheme = 'ws';
  else if (record.scheme === 'https') record.scheme = 'wss';
  if (record.scheme !== 'ws' && record.scheme !== 'wss') throw new DOMException(`The scheme of a WebSocket is ws or wss, not ${record.scheme}`, 'SyntaxError');
  if (record.fragment !== null) throw new DOMException('The URL of a WebSocket has no fragment', 'SyntaxError');
  return record;
}

// Protocols, or, as Node has it, an object with protocols and headers.
function optionsOf(value) {
  const options = { __proto__: null, protocols: [], headers: [] };
  if (value === undefined) return options;
  if (isObject(value) && typeof value[SymbolIterator] !== 'function') {
    const { protocols, headers } = value;
    if (protocols !== undefined) options.protocols = toProtocols(protocols);
    if (headers !== undefined && headers !== null) options.headers = toPairs(headers, (text) => toByteString(text, 'a header'), 'The headers');
    return options;
  }
  options.protocols = toProtocols(value);
  return options;
}

function toProtocols(value) {
  if (!isObject(value)) return [toDOMString(value)];
  const list = [];
  // eslint-disable-next-line no-restricted-syntax -- the user's iterable, as the standard asks
  for (const item of value) {
    ArrayPrototypePush(list, toDOMString(item));
  }
  return list;
}

function checkProtocols(protocols) {
  const seen = { __proto__: null };
  for (let i = 0; i < protocols.length; i++) {
    const key = StringPrototypeToLowerCase(protocols[i]);
    if (!isToken(protocols[i])) throw new DOMException(`"${protocols[i]}" is no subprotocol`, 'SyntaxError');
    if (seen[key]) throw new DOMException(`The subprotocol "${protocols[i]}" comes twice`, 'SyntaxError');
    seen[key] = true;
  }
}

function connect(state, { protocols, headers }) {
  impure('a WebSocket');
  const owner = contextInvocation();
  lastSocket += 1;
  const number = lastSocket;
  state.wire = new HostWire('websocket', number, owner);
  const opening = hostCall('websocket.open', { __proto__: null, socket: number, url: state.url, protocols, headers }, undefined, owner);
  PromisePrototypeThen(opening, ({ value }) => opened(state, value), (error) => failed(state, error));
}

function opened(state, { protocol, extensions, headers }) {
  if (state.ready !== CONNECTING) return;
  state.protocol = protocol;
  state.extensions = extensions;
  state.ready = OPEN;
  state.onControl?.upgraded?.(headers);
  dispatch(state.target, trustedEvent('open'));
  state.wire.start(sinkOf(state));
}

// https://websockets.spec.whatwg.org/#feedback-from-the-protocol: an error, then the end.
function failed(state, error) {
  if (state.ready === CLOSED) return;
  state.ready = CLOSED;
  if (state.onControl?.failed?.(error) !== true) tellError(state, error);
  dispatch(state.target, createCloseEvent(1006, '', false));
}

function tellError(state, error) {
  dispatch(state.target, trusted(new ErrorEvent('error', { __proto__: null, error, message: error.message })));
}

// Closed before it was open.
function giveUp(state, error = new DOMException('The WebSocket was closed before it was open.', 'NetworkError')) {
  state.wire.cancel();
  queueTask(() => failed(state, error));
}

function sinkOf(state) {
  return {
    __proto__: null,
    message: (kind, data) => receive(state, kind, data),
    sent: (size) => {
      state.buffered -= size;
      state.onControl?.sent?.(size);
    },
    room: () => state.onControl?.room?.() ?? null,
    closed: (code, reason, clean) => {
      if (state.ready === CLOSED) return;
      state.ready = CLOSED;
      if (!clean && !state.server && state.onControl === null) tellError(state, new DOMException(reason === '' ? 'The connection was lost.' : reason, 'NetworkError'));
      dispatch(state.target, createCloseEvent(code, clean ? reason : '', clean));
    },
  };
}

function receive(state, kind, data) {
  if (kind === 'ping' || kind === 'pong') {
    state.onControl?.[kind]?.(data);
    return;
  }
  // https://websockets.spec.whatwg.org/#feedback-from-the-protocol: only while it is open
  if (state.ready !== OPEN) return;
  if (state.onControl !== null) {
    state.onControl.message(kind, data);
    return;
  }
  let value = data;
  if (kind === 'b') value = state.binaryType === 'blob' ? import('../blob/blob.js').createBlob(data, '') : TypedArrayPrototypeGetBuffer(data);
  dispatch(state.target, createMessageEvent('message', value, [], state.origin));
}

// What is no string, buffer or blob becomes a string.
function toMessage(data) {
  const content = blobContent(data);
  if (content !== null) {
    const bytes = import('../blob/parts.js').joinedBytes(content.pieces, content.size);
    return { __proto__: null, kind: 'b', data: bytes, size: content.size };
  }
  if (viewOf(data) !== null) {
    const bytes = bytesCopy(data, 'the data');
    return { __proto__: null, kind: 'b', data: bytes, size: TypedArrayPrototypeGetLength(bytes) };
  }
  const text = toUSVString(data);
  return { __proto__: null, kind: 't', data: text, size: byteLength(text) };
}

function byteLength(text) {
  return TypedArrayPrototypeGetLength(encodeUtf8(text));
}

// https://websockets.spec.whatwg.org/#dom-websocket-send: what cannot be sent is counted all the same.
function transmit(state, kind, data, size) {
  state.buffered += size;
  if (state.ready !== OPEN) return;
  if (state.buffered > MAX_BUFFERED) {
    state.ready = CLOSING;
    state.wire.cancel();
  } else state.wire.send(kind, data, size);
}

/** An end of a pair, or of a response, that accept() opens. */
export function createEnd(wire, protocol = '', extensions = '') {
  const state = new State();
  state.wire = wire;
  state.accepted = false;
  state.server = true;
  state.binaryType = 'arraybuffer';
  state.ready = OPEN;
  state.protocol = protocol;
  state.extensions = extensions;
  adopted = state;
  return new WebSocket();
}

/** Whether a value is such an end, which nobody has accepted or given away. */
export function isFreeEnd(value) {
  try {
    const { wire, accepted, server } = stateOf(value);
    return server && wire !== null && !accepted;
  } catch {
    return false;
  }
}

/** Takes the wire of such an end, which is of no use then. */
export function takeWire(socket) {
  const state = stateOf(socket);
  const { wire } = state;
  state.wire = null;
  state.ready = CLOSED;
  return wire;
}

/** For node:ws: the state of a WebSocket, to be listened to and to send control frames by. */
export function controlOf(socket, listener) {
  const state = stateOf(socket);
  state.onControl = listener;
  return {
    __proto__: null,
    transmit: (kind, data, size) => transmit(state, kind, data, size),
    cancel: () => {
      state.ready = CLOSING;
      state.wire.cancel();
    },
    count: (size) => { state.buffered += size; },
    // Gives it up before it is open.
    fail: (error) => {
      if (state.ready !== CONNECTING) return;
      state.ready = CLOSING;
      giveUp(state, error);
    },
  };
}

/** A number that no other WebSocket of the function has. */
export function nextSocket() {
  lastSocket += 1;
  return lastSocket;
}
