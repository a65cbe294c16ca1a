// The part of res that Node has: status, headers, body.  https://nodejs.org/api/http.html#class-httpserverresponse

import {
  ArrayBufferIsView,
  ArrayIsArray,
  Error,
  NumberIsInteger,
  ObjectKeys,
  PromisePrototypeThen,
  ReflectApply,
  StringPrototypeToWellFormed,
  TypeError,
  TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeGetByteLength,
  TypedArrayPrototypeGetByteOffset,
  Uint8Array,
} from '../../bootstrap/primordials.js';
import { onAbort } from '../../abort/index.js';
import { BadResponse } from '../../bootstrap/failures.js';
import { loadBuiltin } from '../../bootstrap/modules.js';
import { utf8Length } from '../../encoding/utf8.js';
import { queueMicrotask } from '../../events/index.js';
import { EventEmitter } from '../../node/internal/emitter.js';
import { coded, invalidArgType } from '../../node/internal/errors.js';
import { isTypedArray } from '../../node/internal/types.js';
import { alreadyFinished, headersSent, invalidStatus, writeAfterEnd } from './errors.js';
import { ResponseHeaders } from './headers.js';
import { isEmptyStatus, reasonPhrase } from './statuses.js';

const HIGH_WATER_MARK = 65536; // bytes that are on their way before write() says false
const UTF8 = { __proto__: null, utf8: true, 'utf-8': true, UTF8: true, 'UTF-8': true };
const MIN_STATUS = 100;
const MAX_STATUS = 999;

function isView(value) {
  return ArrayBufferIsView(value);
}

function bytesOf(view) {
  if (isTypedArray(view)) return new Uint8Array(TypedArrayPrototypeGetBuffer(view), TypedArrayPrototypeGetByteOffset(view), TypedArrayPrototypeGetByteLength(view));
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/** A chunk as the wire takes it: well-formed text or bytes. */
function toBody(chunk, encoding) {
  if (typeof chunk === 'string') {
    if (encoding === undefined || encoding === null || UTF8[encoding]) return StringPrototypeToWellFormed(chunk);
    return bytesOf(loadBuiltin('buffer').Buffer.from(chunk, encoding));
  }
  if (isView(chunk)) return bytesOf(chunk);
  if (chunk === null) throw coded(TypeError, 'ERR_STREAM_NULL_VALUES', 'May not write null values to stream');
  throw invalidArgType('chunk', ['string', 'Buffer', 'Uint8Array'], chunk);
}

const ignore = () => {};

const sizeOf = (body) => (typeof body === 'string' ? utf8Length(body) : TypedArrayPrototypeGetByteLength(body));

export class ServerResponse extends EventEmitter {
  #invocation;
  #request;
  #headers = new ResponseHeaders();
  #written = false; // writeHead has been called: headers are final
  #begun = false; // the head is on its way
  #ended = false;
  #finished = false;
  #pending = 0; // bytes on their way
  #needDrain = false;
  #lastWrite = null;
  #watched = false;
  #whenFinished;

  /** @param {() => void} whenFinished called once, when the whole response has been handed over */
  constructor(invocation, request, whenFinished) {
    super();
    this.#invocation = invocation;
    this.#request = request;
    this.#whenFinished = whenFinished;
    this.req = request;
    this.statusCode = 200;
    this.statusMessage = undefined;
    this.sendDate = true;
  }

  get headersSent() {
    return this.#written;
  }

  get writableEnded() {
    return this.#ended;
  }

  get finished() {
    return this.#ended;
  }

  get writableFinished() {
    return this.#finished;
  }

  get writable() {
    return !this.#ended;
  }

  get destroyed() {
    return this.#finished;
  }

  get writableLength() {
    return this.#pending;
  }

  get writableHighWaterMark() {
    return HIGH_WATER_MARK;
  }

  get writableNeedDrain() {
    return this.#needDrain;
  }

  get socket() {
    return this.#request.socket;
  }

  get connection() {
    return this.#request.socket;
  }

  setHeader(name, value) {
    if (this.#written) throw headersSent('set');
    this.#headers.set(name, value);
    return this;
  }

  setHeaders(headers) {
    headers.forEach((value, name) => this.setHeader(name, value));
    return this;
  }

  appendHeader(name, value) {
    if (this.#written) throw headersSent('append');
    this.#headers.append(name, value);
    return this;
  }

  getHeader(name) {
    return this.#headers.get(name);
  }

  hasHeader(name) {
    return this.#headers.has(name);
  }

  removeHeader(name) {
    if (this.#written) throw headersSent('remove');
    this.#headers.delete(name);
  }

  getHeaderNames() {
    return this.#headers.names();
  }

  getRawHeaderNames() {
    return this.#headers.rawNames();
  }

  getHeaders() {
    const all = { __proto__: null };
    const names = this.#headers.names();
    for (let i = 0; i < names.length; i++) all[names[i]] = this.#headers.get(names[i]);
    return all;
  }

  /** `writeHead(status[, message][, headers])`: headers are an object, or names and values in turn. */
  writeHead(status, message, headers) {
    const code = typeof status === 'string' && status !== '' ? +status : status;
    if (!NumberIsInteger(code) || code < MIN_STATUS || code > MAX_STATUS) throw invalidStatus(status);
    if (this.#written) throw headersSent('write');
    this.statusMessage = typeof message === 'string' ? message : (this.statusMessage ?? reasonPhrase(code));
    this.statusCode = code;
    this.#mergeHeaders(typeof message === 'string' ? headers : message);
    this.#written = true;
    return this;
  }

  #mergeHeaders(headers) {
    if (headers === undefined || headers === null) return;
    if (!ArrayIsArray(headers)) {
      const names = ObjectKeys(headers);
      for (let i = 0; i < names.length; i++) this.#headers.set(names[i], headers[names[i]]);
    } else if (ArrayIsArray(headers[0])) {
      for (let i = 0; i < headers.length; i++) this.#headers.append(headers[i][0], headers[i][1]);
    } else {
      for (let i = 0; i + 1 < headers.length; i += 2) this.#headers.append(headers[i], headers[i + 1]);
    }
  }

  get #isBodiless() {
    return this.#request.method === 'HEAD' || isEmptyStatus(this.statusCode);
  }

  /** Hands the head over, with the whole body of `size` bytes when `end` says so. */
  #begin(body, end, size) {
    if (!this.#written) this.writeHead(this.statusCode);
    this.#begun = true;
    if (this.statusCode < 200) throw new BadResponse(`status ${this.statusCode} cannot be the status of a response; use 200 to 999`);
    if (isEmptyStatus(this.statusCode)) this.#headers.delete('content-length');
    const shown = this.#isBodiless ? undefined : body;
    if (!end) return this.#invocation.head(this.statusCode, this.#headers.pairs(), shown);
    const left = this.#invocation.respond(this.statusCode, this.#headers.pairs(), shown, size);
    if (left !== null) this.#lastWrite = PromisePrototypeThen(left, ignore, ignore);
    return undefined;
  }

  flushHeaders() {
    if (!this.#begun) this.#begin(undefined, false);
  }

  /** Sends a chunk; false when the client is slower than that: wait for "drain". */
  write(chunk, encoding, callback) {
    const how = typeof encoding === 'function' ? undefined : encoding;
    const done = typeof encoding === 'function' ? encoding : callback;
    if (this.#ended) return this.#refuse(writeAfterEnd(), done);
    const body = toBody(chunk, how);
    if (!this.#begun) this.#begin(undefined, false);
    const size = sizeOf(body);
    if (size === 0 || this.#isBodiless) {
      if (typeof done === 'function') queueMicrotask(done);
      return true;
    }
    this.#send(body, size, done);
    this.#needDrain ||= this.#pending >= HIGH_WATER_MARK;
    return this.#pending < HIGH_WATER_MARK;
  }

  #send(body, size, done) {
    this.#pending += size;
    const left = () => {
      this.#pending -= size;
      if (typeof done === 'function') done();
      if (this.#needDrain && this.#pending === 0 && !this.#ended) {
        this.#needDrain = false;
        this.emit('drain');
      }
    };
    this.#lastWrite = PromisePrototypeThen(this.#invocation.write(body), left, left);
  }

  // Node emits an error that ends the process when nobody listens; here it is thrown at the caller.
  #refuse(error, done) {
    if (typeof done === 'function') queueMicrotask(() => done(error));
    else if (this.listenerCount('error') > 0) queueMicrotask(() => this.emit('error', error));
    else throw error;
    return false;
  }

  /** Ends the response, with a last chunk if there is one. */
  end(chunk, encoding, callback) {
    const done = typeof chunk === 'function' ? chunk : typeof encoding === 'function' ? encoding : callback;
    const last = typeof chunk === 'function' || chunk === undefined || chunk === null ? undefined : chunk;
    if (this.#ended) {
      const error = last === undefined ? alreadyFinished('end') : writeAfterEnd();
      if (last !== undefined || typeof done === 'function') this.#refuse(error, done);
      return this;
    }
    const body = last === undefined ? undefined : toBody(last, typeof encoding === 'string' ? encoding : undefined);
    if (this.#begun) this.#endStream(body);
    else this.#endAtOnce(body);
    if (typeof done === 'function') this.once('finish', done);
    this.#complete();
    return this;
  }

  #endAtOnce(body) {
    const size = body === undefined ? 0 : sizeOf(body);
    if (!this.#written && !this.#headers.has('content-length') && !this.#headers.has('transfer-encoding')) this.#setLength(size);
    this.#begin(size === 0 ? undefined : body, true, size);
    this.#ended = true;
  }

  #setLength(size) {
    if (isEmptyStatus(this.statusCode) || (this.#request.method === 'HEAD' && size === 0)) return;
    this.#headers.set('Content-Length', size);
  }

  #endStream(body) {
    if (body !== undefined && sizeOf(body) > 0 && !this.#isBodiless) this.#send(body, sizeOf(body));
    this.#ended = true;
    this.#invocation.end();
  }

  #complete() {
    const finish = () => {
      this.#finished = true;
      this.#whenFinished();
      this.emit('finish');
      this.emit('close');
    };
    if (this.#lastWrite === null) queueMicrotask(finish);
    else PromisePrototypeThen(this.#lastWrite, finish);
  }

  /** Gives the response up: an error that nothing else can answer. */
  destroy(error) {
    if (!this.#ended) this.emit('error', error ?? new Error('The response was destroyed'));
    return this;
  }

  on(type, listener) {
    ReflectApply(EventEmitter.prototype.on, this, [type, listener]);
    if (type === 'close' && !this.#watched) {
      this.#watched = true;
      onAbort(this.#invocation.signal, () => {
        if (!this.#finished) this.emit('close');
      });
    }
    return this;
  }

  cork() {}
  uncork() {}
  writeContinue() {}
  writeProcessing() {}
  writeEarlyHints(hints, callback) {
    if (typeof callback === 'function') queueMicrotask(callback);
  }
  setTimeout() {
    return this;
  }
  addTrailers() {}
}
ServerResponse.prototype.addListener = ServerResponse.prototype.on;
