// The part of res that Node has: the head, the body and the end of a response.  https://nodejs.org/api/http.html#class-httpserverresponse
//
// Its state is in private fields, so that it goes on working when a framework gives it another prototype (Express does).

import { Error, NumberIsInteger, PromisePrototypeThen, ReflectApply } from '../../../bootstrap/primordials.js';
import { onAbort } from '../../../abort/index.js';
import { BadResponse } from '../../../bootstrap/failures.js';
import { queueMicrotask } from '../../../events/index.js';
import { EventEmitter } from '../../../node/internal/emitter.js';
import { named } from '../../../node/internal/named.js';
import { sizeOf, toBody } from './chunk.js';
import { alreadyFinished, headersSent, invalidStatus, writeAfterEnd } from './errors.js';
import { closeMessage } from './incoming_message.js';
import { OutgoingMessage, headersOf, mergeHeaders, sealHeaders } from './outgoing_message.js';
import { isEmptyStatus, reasonPhrase } from '../../../http/statuses.js';

const HIGH_WATER_MARK = 65536; // bytes that are on their way before write() says false
const MIN_STATUS = 100;
const MAX_STATUS = 999;

const ignore = () => {};

export class ServerResponse extends OutgoingMessage {
  #invocation;
  #request;
  #begun = false; // the head is on its way
  #ended = false;
  #finished = false;
  #pending = 0; // bytes on their way
  #needDrain = false;
  #lastWrite = null;
  #watched = false;
  #errored = null;
  #whenFinished;

  /** @param {(error?: Error) => void} whenFinished called once: the whole response has been handed over, or was given up */
  constructor(invocation, request, whenFinished) {
    super();
    this.#invocation = invocation;
    this.#request = request;
    this.#whenFinished = whenFinished;
    this.req = request;
    this.statusCode = 200;
    this.statusMessage = undefined;
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
    return this.#finished || this.#errored !== null;
  }

  get closed() {
    return this.destroyed;
  }

  get _closed() {
    return this.destroyed;
  }

  get errored() {
    return this.#errored;
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

  get _hasBody() {
    return !this.#isBodiless;
  }

  get socket() {
    return this.#request.socket;
  }

  get connection() {
    return this.socket;
  }

  /** `writeHead(status[, message][, headers])`: headers are an object, or names and values in turn. */
  writeHead(status, message, headers) {
    const code = typeof status === 'string' && status !== '' ? +status : status;
    if (!NumberIsInteger(code) || code < MIN_STATUS || code > MAX_STATUS) throw invalidStatus(status);
    if (this.headersSent) throw headersSent('write');
    this.statusMessage = typeof message === 'string' ? message : (this.statusMessage ?? reasonPhrase(code));
    this.statusCode = code;
    mergeHeaders(headersOf(this), typeof message === 'string' ? headers : message);
    sealHeaders(this);
    return this;
  }

  _implicitHeader() {
    this.writeHead(this.statusCode);
  }

  get #isBodiless() {
    return this.#request.method === 'HEAD' || isEmptyStatus(this.statusCode);
  }

  /** Hands the head over, with the whole body of `size` bytes when `end` says so. */
  #begin(body, end, size) {
    if (!this.headersSent) this.writeHead(this.statusCode);
    this.#begun = true;
    if (this.statusCode < 200) throw new BadResponse(`status ${this.statusCode} cannot be the status of a response; use 200 to 999`);
    const headers = headersOf(this);
    if (isEmptyStatus(this.statusCode)) headers.delete('content-length');
    const shown = this.#isBodiless ? undefined : body;
    if (!end) return this.#invocation.head(this.statusCode, headers.pairs(), shown);
    const left = this.#invocation.respond(this.statusCode, headers.pairs(), shown, size);
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
    const headers = headersOf(this);
    if (!this.headersSent && !headers.has('content-length') && !headers.has('transfer-encoding')) this.#setLength(headers, size);
    this.#begin(size === 0 ? undefined : body, true, size);
    this.#ended = true;
  }

  #setLength(headers, size) {
    if (isEmptyStatus(this.statusCode) || (this.#request.method === 'HEAD' && size === 0)) return;
    headers.set('Content-Length', size);
  }

  #endStream(body) {
    if (body !== undefined && sizeOf(body) > 0 && !this.#isBodiless) this.#send(body, sizeOf(body));
    this.#ended = true;
    this.#invocation.end();
  }

  #complete() {
    const finish = () => {
      if (this.#errored !== null) return;
      this.#finished = true;
      this.#whenFinished();
      this.emit('finish');
      this.emit('close');
      closeMessage(this.#request);
    };
    if (this.#lastWrite === null) queueMicrotask(finish);
    else PromisePrototypeThen(this.#lastWrite, finish);
  }

  /** Gives the response up: the client gets an error, or, when the response has begun, only part of it. */
  destroy(error) {
    if (this.destroyed) return this;
    this.#errored = error ?? new Error('The response was destroyed');
    if (!this.#ended) this.#whenFinished(this.#errored);
    queueMicrotask(() => this.emit('close'));
    return this;
  }

  on(type, listener) {
    ReflectApply(EventEmitter.prototype.on, this, [type, listener]);
    if (type === 'close' && !this.#watched) {
      this.#watched = true;
      onAbort(this.#invocation.signal, () => {
        if (this.#finished || this.#errored !== null) return;
        this.emit('close');
      });
    }
    return this;
  }

  addListener(type, listener) {
    return this.on(type, listener);
  }

  setTimeout(milliseconds, callback) {
    const { socket } = this;
    if (typeof callback === 'function') this.on('timeout', callback);
    socket?.setTimeout?.(milliseconds, () => this.emit('timeout', socket));
    if (milliseconds > 0) this.once('close', () => socket?.setTimeout?.(0));
    return this;
  }

  assignSocket() {}
  detachSocket() {}
  cork() {}
  uncork() {}
  writeContinue() {}
  writeProcessing() {}
  writeEarlyHints(hints, callback) {
    if (typeof callback === 'function') queueMicrotask(callback);
  }
  addTrailers() {}
}
named('ServerResponse', ServerResponse);
