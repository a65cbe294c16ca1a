// IncomingMessage: https://nodejs.org/api/http.html#class-httpincomingmessage

import { ArrayPrototypePush, ObjectDefineProperties, ObjectDefineProperty, ObjectSetPrototypeOf, ReflectApply, ReflectOwnKeys, Symbol } from '../../../bootstrap/primordials.js';
import { queueMicrotask } from '../../../events/index.js';
import { named } from '../named.js';
import { Stream } from '../stream/package.js';
import { addDistinct, addIncoming } from './header_list.js';

const { Readable } = Stream;
const kHeaders = Symbol('kHeaders');
const kDistinct = Symbol('kHeadersDistinct');
const kTrailers = Symbol('kTrailers');
const kDistinctTrailers = Symbol('kTrailersDistinct');

export function IncomingMessage(socket) {
  ReflectApply(Readable, this, [socket ? { highWaterMark: socket.readableHighWaterMark } : {}]);
  this._readableState.readingMore = true;
  this.socket = socket;
  this.httpVersionMajor = null;
  this.httpVersionMinor = null;
  this.httpVersion = null;
  this.complete = false;
  this[kHeaders] = null;
  this[kTrailers] = null;
  this.rawHeaders = [];
  this.rawTrailers = [];
  this.joinDuplicateHeaders = false;
  this.aborted = false;
  this.upgrade = null;
  this.url = '';
  this.method = null;
  this.statusCode = null;
  this.statusMessage = null;
  this.client = socket;
  this._consumed = false;
  this._dumped = false;
}
named('IncomingMessage', IncomingMessage);
ObjectSetPrototypeOf(IncomingMessage.prototype, Readable.prototype);
ObjectSetPrototypeOf(IncomingMessage, Readable);

function collect(raw, add, joinDuplicates) {
  const target = {};
  for (let i = 0; i + 1 < raw.length; i += 2) add(target, raw[i], raw[i + 1], joinDuplicates);
  return target;
}

const methods = {
  __proto__: null,

  setTimeout(milliseconds, callback) {
    if (callback) this.on('timeout', callback);
    this.socket.setTimeout(milliseconds);
    return this;
  },

  _read() {
    if (!this._consumed) {
      this._readableState.readingMore = false;
      this._consumed = true;
    }
    // The connection pauses while nobody reads the body.
    if (this.socket?.readable) this.socket.resume?.();
  },

  _destroy(error, callback) {
    if (!this.readableEnded || !this.complete) {
      this.aborted = true;
      this.emit('aborted');
    }
    const { socket } = this;
    if (socket && !socket.destroyed && this.aborted) socket.destroy?.(error);
    // Nobody who does not listen is bothered.
    queueMicrotask(() => callback(this.listenerCount('error') === 0 ? null : error));
  },

  /** What packages call too, as in Node: with the number of lines, which are trailers when the message is complete. */
  _addHeaderLines(lines, isTrailer) {
    const raw = isTrailer === true || (isTrailer !== false && this.complete) ? this.rawTrailers : this.rawHeaders;
    for (let i = 0; i < lines.length; i++) ArrayPrototypePush(raw, lines[i]);
  },

  _addHeaderLine(name, value, target) {
    addIncoming(target, name, value, this.joinDuplicateHeaders);
  },

  /** Throws the rest of the body away. */
  _dump() {
    if (this._dumped) return;
    this._dumped = true;
    this.removeAllListeners('data');
    this.resume();
  },
};
const names = ReflectOwnKeys(methods);
for (let i = 0; i < names.length; i++) ObjectDefineProperty(IncomingMessage.prototype, names[i], { __proto__: null, value: methods[names[i]], writable: true, enumerable: true, configurable: true });

/** A view of raw headers that is made when it is read, and may be set. */
const view = (key, raw, add) => ({
  __proto__: null,
  get() {
    return this[key] ??= collect(this[raw] ?? [], add, this.joinDuplicateHeaders);
  },
  set(value) {
    this[key] = value;
  },
  enumerable: false,
  configurable: true,
});

ObjectDefineProperties(IncomingMessage.prototype, {
  __proto__: null,
  connection: {
    __proto__: null,
    get() { return this.socket; },
    set(value) { this.socket = value; },
    enumerable: false,
    configurable: true,
  },
  headers: view(kHeaders, 'rawHeaders', addIncoming),
  headersDistinct: view(kDistinct, 'rawHeaders', addDistinct),
  trailers: view(kTrailers, 'rawTrailers', addIncoming),
  trailersDistinct: view(kDistinctTrailers, 'rawTrailers', addDistinct),
});
