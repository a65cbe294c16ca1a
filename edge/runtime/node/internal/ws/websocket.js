// ws.WebSocket: https://github.com/websockets/ws/blob/master/doc/ws.md#class-websocket

import {
  ArrayIsArray, ArrayPrototypePush, Error, ObjectDefineProperty, ObjectKeys, Promise, RangeError, RegExpPrototypeExec, SafeArray, SafeArrayPush, String, SyntaxError,
  TypedArrayPrototypeGetBuffer, TypedArrayPrototypeGetLength, TypeError, Uint8Array,
} from '../../../bootstrap/primordials.js';
import { queueTask } from '../../../bootstrap/tasks.js';
import { globals as timers } from '../../../timers/index.js';
import { encodeUtf8 } from '../../../encoding/utf8.js';
import { createCloseEvent } from '../../../websocket/close_event.js';
import { WebSocket as Inner, controlOf } from '../../../websocket/websocket.js';
import { createMessageEvent } from '../../../events/message_event.js';
import { trusted, trustedEvent } from '../../../events/event.js';
import { ErrorEvent } from '../../../events/error_event.js';
import { bytesCopy, isObject, viewOf } from '../../../webidl/index.js';
import { bufferOver } from '../buffer/class.js';
import { EventEmitter } from '../emitter.js';
import { blobBytes, isBlob } from './blob.js';

const NAMES = ['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED'];
const STATUS = /answered with status (\d+)/;
const MAX_CONTROL = 125;
const TYPES = ['open', 'close', 'error', 'message'];
const EMPTY = () => bufferOver(new Uint8Array(0));

function isSendable(code) {
  return (code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006) || (code >= 3000 && code <= 4999);
}

// Data as ws takes it: strings, buffers, arrays of numbers; others become text.
function toMessage(data, binary) {
  const view = viewOf(data);
  if (view !== null) {
    const bytes = bytesCopy(data, 'the data');
    return { __proto__: null, kind: binary === false ? 't' : 'b', bytes };
  }
  if (ArrayIsArray(data)) return { __proto__: null, kind: binary === false ? 't' : 'b', bytes: new Uint8Array(data) };
  if (isBlob(data)) return { __proto__: null, kind: 'b', bytes: blobBytes(data) };
  const text = data === undefined ? '' : String(data);
  return { __proto__: null, kind: binary === true ? 'b' : 't', bytes: encodeUtf8(text) };
}

function optionsOf(address, protocols, options) {
  let list = protocols;
  let given = options;
  if (isObject(list) && !ArrayIsArray(list)) {
    given = list;
    list = [];
  }
  list ??= [];
  return { __proto__: null, address: String(isObject(address) && typeof address.href === 'string' ? address.href : address), protocols: ArrayIsArray(list) ? list : [list], options: given ?? {} };
}

function headersOf(options) {
  const headers = [];
  const given = options.headers ?? {};
  const names = ObjectKeys(given);
  for (let i = 0; i < names.length; i++) ArrayPrototypePush(headers, [names[i], String(given[names[i]])]);
  if (options.origin !== undefined) ArrayPrototypePush(headers, ['Origin', String(options.origin)]);
  return headers;
}

export class WebSocket extends EventEmitter {
  #inner;
  #control;
  #binaryType = 'nodebuffer';
  #waiting = new SafeArray();
  #sent = 0;
  #handlers = { __proto__: null };
  #paused = false;
  #resume = null;
  #closeReason = EMPTY();

  constructor(address, protocols = undefined, options = undefined) {
    super();
    const given = optionsOf(address, protocols, options);
    try {
      this.#inner = new Inner(given.address, { __proto__: null, protocols: given.protocols, headers: headersOf(given.options) });
    } catch (error) {
      if (error.name !== 'SyntaxError') throw error;
      throw new SyntaxError(given.protocols.length > 0 && RegExpPrototypeExec(/subprotocol/, error.message) !== null ? 'An invalid or duplicated subprotocol was specified' : `Invalid URL: ${given.address}`);
    }
    this.#inner.binaryType = 'arraybuffer';
    this.#control = controlOf(this.#inner, this.#listener(given.options));
    this.#listen();
    this.#limitHandshake(given.options.handshakeTimeout);
  }

  #listener(options) {
    return {
      __proto__: null,
      ping: (data) => this.emit('ping', bufferOver(data)),
      pong: (data) => this.emit('pong', bufferOver(data)),
      upgraded: (list) => this.emit('upgrade', responseOf(101, list)),
      failed: (error) => {
        this.emit('error', connectError(error));
        return true;
      },
      sent: (size) => this.#noteSent(size),
      room: () => (this.#paused ? new Promise((resolve) => { this.#resume = resolve; }) : null),
      message: (kind, data) => this.#receive(kind, data, options.maxPayload),
    };
  }

  #listen() {
    this.#inner.addEventListener('open', () => this.emit('open'));
    this.#inner.addEventListener('close', ({ code, reason }) => {
      this.#failWaiting();
      this.#closeReason = bufferOver(encodeUtf8(reason));
      this.emit('close', code, this.#closeReason);
    });
  }

  #limitHandshake(milliseconds) {
    if (milliseconds === undefined) return;
    const clock = timers.setTimeout(() => {
      if (this.readyState === 0) this.#control.fail(new Error('Opening handshake has timed out'));
    }, milliseconds);
    this.once('open', () => timers.clearTimeout(clock));
    this.once('close', () => timers.clearTimeout(clock));
  }

  #receive(kind, data, maxPayload) {
    const isBinary = kind === 'b';
    const bytes = isBinary ? data : encodeUtf8(data);
    if (maxPayload > 0 && TypedArrayPrototypeGetLength(bytes) > maxPayload) {
      const error = new RangeError('Max payload size exceeded');
      error.code = 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH';
      this.emit('error', error);
      this.close(1009);
      return;
    }
    let message = bufferOver(bytes);
    if (isBinary && this.#binaryType === 'arraybuffer') message = TypedArrayPrototypeGetBuffer(bytes);
    else if (isBinary && this.#binaryType === 'fragments') message = [message];
    this.emit('message', message, isBinary);
  }

  get readyState() { return this.#inner.readyState; }
  get url() { return this.#inner.url; }
  get protocol() { return this.#inner.protocol; }
  get extensions() { return this.#inner.extensions; }
  get bufferedAmount() { return this.#inner.bufferedAmount; }
  get isPaused() { return this.#paused; }
  get binaryType() { return this.#binaryType; }
  set binaryType(value) {
    if (value === 'nodebuffer' || value === 'arraybuffer' || value === 'fragments') this.#binaryType = value;
  }

  send(data, options = undefined, callback = undefined) {
    const done = typeof options === 'function' ? options : callback;
    const given = typeof options === 'function' || options === undefined || options === null ? {} : options;
    if (!this.#mayWrite(data, done)) return;
    const { kind, bytes } = toMessage(typeof data === 'number' ? `${data}` : data, given.binary);
    this.#transmit(kind, bytes, done);
  }

  ping(data = undefined, mask = undefined, callback = undefined) { this.#sendControl('ping', data, mask, callback); }
  pong(data = undefined, mask = undefined, callback = undefined) { this.#sendControl('pong', data, mask, callback); }

  #sendControl(kind, data, mask, callback) {
    const content = typeof data === 'function' ? undefined : data;
    const done = typeof data === 'function' ? data : typeof mask === 'function' ? mask : callback;
    if (!this.#mayWrite(content, done)) return;
    const { bytes } = toMessage(typeof content === 'number' ? `${content}` : content ?? '', true);
    if (TypedArrayPrototypeGetLength(bytes) > MAX_CONTROL) throw new RangeError('The data size must not be greater than 125 bytes');
    this.#transmit(kind, bytes, done);
  }

  #mayWrite(data, done) {
    const { readyState } = this;
    if (readyState === 0) throw new Error('WebSocket is not open: readyState 0 (CONNECTING)');
    if (readyState === 1) return true;
    const size = data === undefined || data === null ? 0 : TypedArrayPrototypeGetLength(toMessage(data).bytes);
    this.#control.count(size);
    if (typeof done === 'function') {
      const error = new Error(`WebSocket is not open: readyState ${readyState} (${NAMES[readyState]})`);
      queueTask(() => done(error));
    }
    return false;
  }

  #transmit(kind, bytes, done) {
    const size = TypedArrayPrototypeGetLength(bytes);
    SafeArrayPush(this.#waiting, { __proto__: null, size, done });
    this.#control.transmit(kind, kind === 't' ? bufferOver(bytes).toString() : bytes, size);
  }

  // The host tells how many bytes have left, message after message.
  #noteSent(size) {
    this.#sent += size;
    let at = 0;
    for (; at < this.#waiting.length && this.#waiting[at].size <= this.#sent; at++) {
      this.#sent -= this.#waiting[at].size;
      const { done } = this.#waiting[at];
      if (typeof done === 'function') queueTask(() => done());
    }
    const rest = new SafeArray();
    for (; at < this.#waiting.length; at++) SafeArrayPush(rest, this.#waiting[at]);
    this.#waiting = rest;
  }

  #failWaiting() {
    const waiting = this.#waiting;
    this.#waiting = new SafeArray();
    for (let i = 0; i < waiting.length; i++) {
      const { done } = waiting[i];
      if (typeof done === 'function') queueTask(() => done(new Error('The socket was closed while data was being sent')));
    }
  }

  close(code = undefined, data = undefined) {
    if (this.readyState === 0) {
      this.#control.fail(new Error('WebSocket was closed before the connection was established'));
      return;
    }
    if (code !== undefined && (typeof code !== 'number' || !isSendable(code))) throw new TypeError('First argument must be a valid error code number');
    const bytes = data === undefined ? EMPTY() : bufferOver(toMessage(data).bytes);
    if (bytes.length > MAX_CONTROL - 2) throw new RangeError('The message must not be greater than 123 bytes');
    this.#inner.close(code, code === undefined ? undefined : bytes.toString());
  }

  terminate() {
    if (this.readyState === 0) this.#control.fail(new Error('WebSocket was closed before the connection was established'));
    else if (this.readyState !== 3) this.#control.cancel();
  }

  pause() {
    if (this.readyState !== 0 && this.readyState !== 3) this.#paused = true;
  }

  resume() {
    this.#paused = false;
    this.#resume?.();
    this.#resume = null;
  }

  // -- as in a browser

  addEventListener(type, handler, options = {}) {
    const listener = (...args) => {
      const event = eventOf(type, args);
      if (typeof handler === 'function') handler.call(this, event);
      else handler.handleEvent(event);
    };
    listener.handler = handler;
    if (options.once) this.once(type, listener);
    else this.on(type, listener);
  }

  removeEventListener(type, handler) {
    const listeners = this.listeners(type);
    for (let i = 0; i < listeners.length; i++) if (listeners[i].handler === handler) this.removeListener(type, listeners[i]);
  }

  getHandler(type) { return this.#handlers[type]?.handler ?? null; }

  setHandler(type, handler) {
    if (this.#handlers[type] !== undefined) this.removeListener(type, this.#handlers[type]);
    delete this.#handlers[type];
    if (typeof handler !== 'function') return;
    const listener = (...args) => handler.call(this, eventOf(type, args));
    listener.handler = handler;
    this.#handlers[type] = listener;
    this.on(type, listener);
  }
}

function eventOf(type, args) {
  if (type === 'message') return createMessageEvent('message', args[1] ? args[0] : String(args[0]), []);
  if (type === 'close') return createCloseEvent(args[0], String(args[1]), args[0] !== 1006);
  if (type === 'error') return trusted(new ErrorEvent('error', { __proto__: null, error: args[0], message: args[0].message }));
  return trustedEvent(type);
}

function responseOf(statusCode, list) {
  const headers = {};
  for (let i = 0; i < list.length; i++) headers[list[i][0]] = list[i][1];
  return { statusCode, headers };
}

function connectError(error) {
  const status = RegExpPrototypeExec(STATUS, error.message);
  if (status === null) return error;
  const unexpected = new Error(`Unexpected server response: ${status[1]}`);
  unexpected.code = error.code;
  return unexpected;
}

function defineHandler(type) {
  ObjectDefineProperty(WebSocket.prototype, `on${type}`, {
    __proto__: null,
    get() { return this.getHandler(type); },
    set(handler) { this.setHandler(type, handler); },
    enumerable: true,
    configurable: true,
  });
}
for (let i = 0; i < TYPES.length; i++) defineHandler(TYPES[i]);

for (let i = 0; i < NAMES.length; i++) {
  const descriptor = { __proto__: null, value: i, enumerable: true };
  ObjectDefineProperty(WebSocket, NAMES[i], descriptor);
  ObjectDefineProperty(WebSocket.prototype, NAMES[i], descriptor);
}
