// The part of req that Node has: a request as a readable stream, which it becomes when somebody wants one.
// https://nodejs.org/api/http.html#class-httpincomingmessage

import { Error, MathMin, ObjectHasOwn, ReflectApply, ReflectGetPrototypeOf, TypedArrayPrototypeGetLength } from '../../../bootstrap/primordials.js';
import { onAbort } from '../../../abort/index.js';
import { loadBuiltin } from '../../../bootstrap/modules.js';
import { EventEmitter } from '../../../node/internal/emitter.js';
import { coded } from '../../../node/internal/errors.js';
import { named } from '../../../node/internal/named.js';
import { lateReadable } from '../../../node/internal/stream/late.js';
import { define, lazy } from './lazy_property.js';
import { distinctHeaders, flatHeaders, joinHeaders } from './incoming_headers.js';

const PIECE = 65536;
const STREAMING = { __proto__: null, data: true, readable: true, end: true };
const LEAVING = { __proto__: null, close: true, aborted: true, error: true };

/** The invocation that a request belongs to, null for every other message. */
export let originOf;
/** The whole body of a request to the function. */
export let bytesOf;
/** The response is complete: nothing more will be read. */
export let closeMessage;

export class IncomingMessage extends EventEmitter {
  #origin = null;
  #bytes = null;
  #position = 0;
  #watched = false;
  #closed = false;

  static {
    originOf = (message) => (#origin in message ? message.#origin : null);
    bytesOf = (message) => (#bytes in message ? message.#bytes : null);
    closeMessage = (message) => {
      if (#bytes in message && message._eventsCount > 0) message.#close();
    };
    lateReadable(IncomingMessage, (message) => (#bytes in message ? { autoDestroy: true, highWaterMark: PIECE } : null));
  }

  /** @param {Uint8Array | null} bytes the whole body of a request; else it comes by `push` */
  constructor(socket = undefined, origin = null, bytes = null) {
    super();
    this.#origin = origin;
    this.#bytes = bytes;
    if (socket !== undefined) define(this, 'socket', socket);
  }

  get httpVersionMajor() {
    return +`${this.httpVersion}`[0];
  }

  get httpVersionMinor() {
    return +(`${this.httpVersion}`[2] ?? 0);
  }

  on(type, listener) {
    if (STREAMING[type]) void this._readableState; // which makes it a stream
    if (LEAVING[type]) this.#watch();
    ReflectApply(ReflectGetPrototypeOf(IncomingMessage.prototype).on, this, [type, listener]);
    return this;
  }

  addListener(type, listener) {
    return this.on(type, listener);
  }

  // For those who read a body that is there already: a piece, then the next one when it is wanted.
  _read() {
    const bytes = this.#bytes;
    if (bytes === null) {
      this.socket?.resume?.();
      return;
    }
    const start = this.#position;
    const end = MathMin(start + PIECE, TypedArrayPrototypeGetLength(bytes));
    this.#position = end;
    if (end > start) this.push(loadBuiltin('buffer').Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start));
    if (end === TypedArrayPrototypeGetLength(bytes)) this.push(null);
  }

  _dump() {
    this._dumped = true;
    this.resume();
  }

  setTimeout(milliseconds, callback) {
    this.socket?.setTimeout?.(milliseconds, typeof callback === 'function' ? () => ReflectApply(callback, this, []) : undefined);
    return this;
  }

  #watch() {
    if (this.#watched || this.#origin === null) return;
    this.#watched = true;
    onAbort(this.#origin.signal, () => {
      this.aborted = true;
      this.emit('aborted');
      if (this.listenerCount('error') > 0) this.emit('error', coded(Error, 'ECONNRESET', 'aborted'));
      this.#close();
    });
  }

  #close() {
    if (this.#closed) return;
    this.#closed = true;
    // Nobody has made it a stream: there is nothing else to end.
    if (!ObjectHasOwn(this, '_readableState')) this.emit('close');
    else this.destroy();
  }
}

const { prototype } = IncomingMessage;
named('IncomingMessage', IncomingMessage);
prototype.aborted = false;
prototype.complete = true;
prototype.upgrade = false;
prototype.method = null;
prototype.statusCode = null;
prototype.statusMessage = null;
prototype.httpVersion = null;
prototype.url = '';
// By these streams know that a request closes by itself.
prototype._consuming = false;
prototype._dumped = false;
lazy(prototype, 'rawHeaders', function rawHeaders() {
  const origin = originOf(this);
  return origin === null ? [] : flatHeaders(origin.request.headers);
});
lazy(prototype, 'headers', function headers() {
  return joinHeaders(this.rawHeaders);
});
lazy(prototype, 'headersDistinct', function headersDistinct() {
  return distinctHeaders(this.rawHeaders);
});
lazy(prototype, 'trailers', () => ({}));
lazy(prototype, 'trailersDistinct', () => ({ __proto__: null }));
lazy(prototype, 'rawTrailers', () => []);
lazy(prototype, 'socket', function socket() {
  const origin = originOf(this);
  return origin === null ? undefined : import('./socket.js').createSocket(origin);
});
lazy(prototype, 'connection', function connection() {
  return this.socket;
});
