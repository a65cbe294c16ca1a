// OutgoingMessage: what requests and responses have in common: https://nodejs.org/api/http.html#class-httpoutgoingmessage
//
// Names that begin with an underscore are Node's own: packages that make responses by hand read and set them.

import { ArrayPrototypePush, NumberPrototypeToString, ObjectDefineProperties, ObjectDefineProperty, ObjectSetPrototypeOf, ReflectApply, ReflectOwnKeys, StringPrototypeCharCodeAt, Symbol } from '../../../bootstrap/primordials.js';
import { queueMicrotask } from '../../../events/index.js';
import { Buffer } from '../buffer/class.js';
import { invalidArgType } from '../errors.js';
import { named } from '../named.js';
import { Stream } from '../stream/package.js';
import { isUint8Array } from '../types.js';
import { alreadyFinished, cannotPipe, lengthMismatch, noBodyAllowed, notImplemented, nullValue, streamDestroyed, writeAfterEnd } from './errors.js';
import { headText } from './head_text.js';
import { pairsOf } from './header_list.js';
import { headerMethods, kOutHeaders } from './outgoing_headers.js';
import { validateHeaderName, validateHeaderValue } from './validate.js';

export { kOutHeaders } from './outgoing_headers.js';

const HIGH_WATER_MARK = 65536;
const kNeedDrain = Symbol('kNeedDrain');
const kWritten = Symbol('kBytesWritten');
const kErrored = Symbol('kErrored');
const kCorked = Symbol('corked');
const ignore = () => {};

export function OutgoingMessage(options) {
  ReflectApply(Stream, this, []);
  this.outputData = [];
  this.outputSize = 0;
  this.writable = true;
  this.destroyed = false;
  this._last = false;
  this.chunkedEncoding = false;
  this.shouldKeepAlive = true;
  this.maxRequestsOnConnectionReached = false;
  this._defaultKeepAlive = true;
  this.useChunkedEncodingByDefault = true;
  this.sendDate = false;
  this._removedConnection = false;
  this._removedContLen = false;
  this._removedTE = false;
  this.strictContentLength = false;
  this._contentLength = null;
  this._hasBody = true;
  this._trailer = '';
  this.finished = false;
  this._headerSent = false;
  this._closed = false;
  this.socket = null;
  this._header = null;
  this._keepAliveTimeout = 0;
  this._onPendingData = ignore;
  this[kOutHeaders] = null;
  this[kNeedDrain] = false;
  this[kWritten] = 0;
  this[kErrored] = null;
  this[kCorked] = 0;
  this._highWaterMark = options?.highWaterMark ?? HIGH_WATER_MARK;
  this._rejectNonStandardBodyWrites = options?.rejectNonStandardBodyWrites ?? false;
}
named('OutgoingMessage', OutgoingMessage);
ObjectSetPrototypeOf(OutgoingMessage.prototype, Stream.prototype);
ObjectSetPrototypeOf(OutgoingMessage, Stream);

function sizeOf(chunk, encoding) {
  return typeof chunk === 'string' ? Buffer.byteLength(chunk, encoding) : chunk.byteLength;
}

function checkChunk(chunk) {
  if (chunk === null) throw nullValue();
  if (typeof chunk !== 'string' && !isUint8Array(chunk)) throw invalidArgType('chunk', ['string', 'Buffer', 'Uint8Array'], chunk);
}

function fail(message, error, callback) {
  queueMicrotask(() => {
    message.emit('error', error);
    callback(error);
  });
}

/** True when a chunk may still be sent; otherwise whoever sends it has been told. */
function accepts(message, callback) {
  const error = message.finished ? writeAfterEnd() : message.destroyed ? streamDestroyed('write') : null;
  if (error === null) return true;
  if (message.destroyed && !message.finished) queueMicrotask(() => callback(error));
  else fail(message, error, callback);
  return false;
}

function checkLength(message, size, isLast) {
  if (!message.strictContentLength || typeof message._contentLength !== 'number' || message.chunkedEncoding || !message._hasBody) return;
  const written = message[kWritten] + size;
  if (written > message._contentLength || (isLast && written !== message._contentLength)) throw lengthMismatch(written, message._contentLength);
}

/** Sends a chunk in the message's framing; false when it has to wait. */
function send(message, chunk, encoding, callback, isLast) {
  checkChunk(chunk);
  if (!accepts(message, callback)) return false;
  const size = sizeOf(chunk, encoding);
  if (!message._header) {
    if (isLast) message._contentLength ??= size;
    message._implicitHeader();
  }
  if (!message._hasBody) {
    if (message._rejectNonStandardBodyWrites) throw noBodyAllowed();
    queueMicrotask(callback);
    return true;
  }
  checkLength(message, size, isLast);
  message[kWritten] += size;
  if (!isLast && message.socket?.writableCorked === 0) {
    const { socket } = message;
    socket.cork();
    queueMicrotask(() => socket.uncork());
  }
  if (!message.chunkedEncoding) return message._send(chunk, encoding, callback, size);
  if (size === 0) {
    queueMicrotask(callback);
    return true;
  }
  message._send(`${NumberPrototypeToString(size, 16)}\r\n`, 'latin1', null);
  message._send(chunk, encoding, null, size);
  return message._send('\r\n', 'latin1', callback);
}

function noteFinish(message) {
  if (!message.socket?._hadError) message.emit('finish');
}

function uncork(message) {
  const { socket } = message;
  if (socket?._writableState) {
    socket._writableState.corked = 1;
    socket.uncork?.();
  }
  message[kCorked] = 0;
}

function isAscii(text) {
  for (let i = 0; i < text.length; i++) if (StringPrototypeCharCodeAt(text, i) > 0x7f) return false;
  return true;
}

function ownPairs(list) {
  const keys = ReflectOwnKeys(list);
  const pairs = [];
  for (let i = 0; i < keys.length; i++) ArrayPrototypePush(pairs, list[keys[i]]);
  return pairs;
}

function finish(message, hasLast) {
  const finished = () => noteFinish(message);
  if (message._hasBody && message.chunkedEncoding) message._send(`0\r\n${message._trailer}\r\n`, 'latin1', finished);
  else if (!message._headerSent || message.writableLength || hasLast) message._send('', 'latin1', finished);
  else queueMicrotask(finished);
  uncork(message);
  message.finished = true;
  if (message.outputData.length === 0 && message.socket?._httpMessage === message) message._finish();
}

const methods = {
  __proto__: null,
  ...headerMethods,

  setTimeout(milliseconds, callback) {
    if (callback) this.on('timeout', callback);
    if (this.socket) this.socket.setTimeout(milliseconds);
    else this.once('socket', (socket) => socket.setTimeout(milliseconds));
    return this;
  },

  destroy(error) {
    if (this.destroyed) return this;
    this.destroyed = true;
    this[kErrored] = error ?? null;
    if (this.socket) this.socket.destroy(error);
    else this.once('socket', (socket) => socket.destroy(error));
    return this;
  },

  _implicitHeader() {
    throw notImplemented('_implicitHeader()');
  },

  /** Makes the head of `firstLine` and headers in any of the forms that `writeHead` takes. */
  _storeHeader(firstLine, headers) {
    const own = headers === this[kOutHeaders] && headers !== null;
    const pairs = own ? ownPairs(headers) : pairsOf(headers);
    const head = headText(this, firstLine, pairs, !own);
    this._header = head.text;
    this._headerSent = false;
    if (head.expects) this._send('');
  },

  /** Sends a part of the message, with the head in front of the first. */
  _send(data, encoding, callback, size) {
    if (this._headerSent) return this._writeRaw(data, encoding, callback, size);
    this._headerSent = true;
    const head = this._header;
    // One write for both: what packages make of `data` by hand expects the head in front of it.
    if (typeof data === 'string' && (data === '' || encoding === 'latin1' || (isAscii(head) && (!encoding || encoding === 'utf8')))) return this._writeRaw(head + data, data === '' ? 'latin1' : encoding, callback);
    this._writeRaw(head, 'latin1', null);
    return this._writeRaw(data, encoding, callback, size);
  },

  _writeRaw(data, encoding, callback, size) {
    const { socket } = this;
    if (socket?.destroyed) return false;
    const how = typeof encoding === 'function' ? null : encoding;
    const done = typeof encoding === 'function' ? encoding : callback;
    if (socket && socket._httpMessage === this && socket.writable) return socket.write(data, how, done);
    const length = size ?? data.length;
    ArrayPrototypePush(this.outputData, { data, encoding: how, callback: done });
    this.outputSize += length;
    this._onPendingData(length);
    return this.outputSize < this._highWaterMark;
  },

  write(chunk, encoding, callback) {
    const how = typeof encoding === 'function' ? null : encoding;
    const done = typeof encoding === 'function' ? encoding : callback;
    const ok = send(this, chunk, how, typeof done === 'function' ? done : ignore, false);
    if (!ok) this[kNeedDrain] = true;
    return ok;
  },

  addTrailers(headers) {
    const pairs = pairsOf(headers);
    for (let i = 0; i < pairs.length; i++) {
      validateHeaderName(pairs[i][0], 'Trailer name');
      validateHeaderValue(pairs[i][0], pairs[i][1]);
      this._trailer += `${pairs[i][0]}: ${pairs[i][1]}\r\n`;
    }
  },

  end(chunk, encoding, callback) {
    const done = typeof chunk === 'function' ? chunk : typeof encoding === 'function' ? encoding : callback;
    const last = typeof chunk === 'function' ? null : chunk;
    const how = typeof encoding === 'string' ? encoding : undefined;
    if (last !== undefined && last !== null && last !== '') {
      if (this.finished) {
        fail(this, writeAfterEnd(), typeof done === 'function' ? done : ignore);
        return this;
      }
      this.socket?.cork?.();
      send(this, last, how, ignore, true);
    } else if (this.finished) {
      if (typeof done === 'function') {
        if (this.writableFinished) queueMicrotask(() => done(alreadyFinished('end')));
        else this.on('finish', done);
      }
      return this;
    } else if (!this._header) {
      this.socket?.cork?.();
      this._contentLength = 0;
      this._implicitHeader();
    }
    if (typeof done === 'function') this.once('finish', done);
    checkLength(this, 0, true);
    finish(this, last !== undefined && last !== null);
    return this;
  },

  _finish() {
    this.emit('prefinish');
  },

  /** Sends what was written before there was a socket. */
  _flush() {
    const { socket } = this;
    if (!socket?.writable) return;
    const more = this._flushOutput(socket);
    if (this.finished) this._finish();
    else if (more && this[kNeedDrain]) {
      this[kNeedDrain] = false;
      this.emit('drain');
    }
  },

  _flushOutput(socket) {
    const { outputData } = this;
    if (outputData.length === 0) return true;
    const size = this.outputSize;
    this.outputData = [];
    this.outputSize = 0;
    socket.cork?.();
    let more = true;
    for (let i = 0; i < outputData.length; i++) more = socket.write(outputData[i].data, outputData[i].encoding, outputData[i].callback);
    socket.uncork?.();
    this._onPendingData(-size);
    return more;
  },

  /** The socket has room again. */
  _drained() {
    this[kNeedDrain] = false;
    this.emit('drain');
  },

  flushHeaders() {
    if (!this._header) this._implicitHeader();
    this._send('');
  },

  pipe() {
    this.emit('error', cannotPipe());
  },

  cork() {
    this[kCorked] += 1;
    this.socket?.cork?.();
  },

  uncork() {
    if (this[kCorked] > 0) this[kCorked] -= 1;
    this.socket?.uncork?.();
  },
};

const names = ReflectOwnKeys(methods);
for (let i = 0; i < names.length; i++) ObjectDefineProperty(OutgoingMessage.prototype, names[i], { __proto__: null, value: methods[names[i]], writable: true, enumerable: true, configurable: true });

const getter = (get, set) => ({ __proto__: null, get, set, enumerable: false, configurable: true });
ObjectDefineProperties(OutgoingMessage.prototype, {
  __proto__: null,
  connection: getter(function connection() { return this.socket; }, function connection(value) { this.socket = value; }),
  headersSent: getter(function headersSent() { return !!this._header; }),
  errored: getter(function errored() { return this[kErrored]; }),
  closed: getter(function closed() { return this._closed; }),
  writableEnded: getter(function writableEnded() { return this.finished; }),
  writableFinished: getter(function writableFinished() { return this.finished && this.outputSize === 0 && (!this.socket || !this.socket.writableLength); }),
  writableObjectMode: getter(() => false),
  writableLength: getter(function writableLength() { return this.outputSize + (this.socket?.writableLength ?? 0); }),
  writableHighWaterMark: getter(function writableHighWaterMark() { return this.socket?.writableHighWaterMark ?? this._highWaterMark; }),
  writableCorked: getter(function writableCorked() { return this[kCorked]; }),
  writableNeedDrain: getter(function writableNeedDrain() { return !this.destroyed && !this.finished && this[kNeedDrain]; }),
});
