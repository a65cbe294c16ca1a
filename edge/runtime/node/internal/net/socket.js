// net.Socket: https://nodejs.org/api/net.html#class-netsocket

import {
  ArrayPrototypePush, Error, ObjectDefineProperties, ObjectDefineProperty, ObjectSetPrototypeOf, PromisePrototypeThen, ReflectApply, ReflectOwnKeys, Symbol, Uint8Array,
  TypedArrayPrototypeGetBuffer, TypedArrayPrototypeGetByteLength, TypedArrayPrototypeGetByteOffset,
} from '../../../bootstrap/primordials.js';
import { onAbort } from '../../../abort/index.js';
import { isBuilding } from '../../../bootstrap/state.js';
import { queueTask } from '../../../bootstrap/tasks.js';
import { globals as timers } from '../../../timers/index.js';
import { Buffer, bufferOver } from '../buffer/class.js';
import { coded, unsupported, validateFunction, validateNumber } from '../errors.js';
import { named } from '../named.js';
import { Stream } from '../stream/package.js';
import { destinationOf, normalizeArgs } from './connect_options.js';
import { closedBeforeConnection, networkError, systemError } from './failures.js';
import { isIP } from './ip.js';
import { Link } from './link.js';

const { Duplex } = Stream;
export const kLink = Symbol('link');
export const kPurpose = Symbol('purpose');
const kState = Symbol('state');
const kTimeout = Symbol('timeout');
const MAX_TIMEOUT = 2147483647;

const bytesOf = (buffer) => new Uint8Array(TypedArrayPrototypeGetBuffer(buffer), TypedArrayPrototypeGetByteOffset(buffer), TypedArrayPrototypeGetByteLength(buffer));

export function Socket(options) {
  if (!(this instanceof Socket)) return new Socket(options);
  const given = typeof options === 'number' ? { fd: options } : { ...options };
  if (given.fd !== undefined) throw unsupported('a socket of a file descriptor', 'connect to an address');
  const { allowHalfOpen = false, signal, highWaterMark, readableHighWaterMark, writableHighWaterMark, onread } = given;
  ReflectApply(Duplex, this, [{ allowHalfOpen, highWaterMark, readableHighWaterMark, writableHighWaterMark, emitClose: false, autoDestroy: true, decodeStrings: true, readable: true, writable: true }]);
  this.connecting = false;
  this._hadError = false;
  this._parent = null;
  this._host = null;
  this._pendingData = null;
  this.timeout = undefined;
  this.server = null;
  this._server = null;
  this[kLink] = null;
  this[kTimeout] = null;
  this[kState] = { __proto__: null, reading: false, wanted: false, securing: false, named: false, waiting: [], where: null, bytesRead: 0, bytesWritten: 0, onread: onread ?? null, referenced: true };
  if (signal) onAbort(signal, () => this.destroy(abortError(signal)));
  return this;
}
named('Socket', Socket);
ObjectSetPrototypeOf(Socket.prototype, Duplex.prototype);
ObjectSetPrototypeOf(Socket, Duplex);

function abortError(signal) {
  const error = coded(Error, 'ABORT_ERR', 'The operation was aborted', abortError);
  error.name = 'AbortError';
  error.cause = signal.reason;
  return error;
}

/** Calls what waits for the connection, with the error that ended the wait. */
function settle(socket, error) {
  const { waiting } = socket[kState];
  socket[kState].waiting = [];
  for (let i = 0; i < waiting.length; i++) waiting[i](error);
}

/** Whether what is read and written has to wait for the connection, or for TLS. */
const waits = (socket) => socket.connecting || socket[kState].securing || socket[kLink] === null;

function whenConnected(socket, act) {
  ArrayPrototypePush(socket[kState].waiting, act);
}

function pushBytes(socket, bytes) {
  const state = socket[kState];
  state.bytesRead += bytes.length;
  const buffer = bufferOver(bytes);
  if (state.onread === null) return socket.push(buffer);
  return deliver(socket, state.onread, buffer);
}

// `onread`: the data goes to a buffer of the function's, a piece at a time.
function deliver(socket, { buffer, callback }, bytes) {
  let more = true;
  for (let at = 0; at < bytes.length;) {
    const target = typeof buffer === 'function' ? buffer() : buffer;
    const copied = bytes.copy(target, 0, at);
    at += copied;
    if (callback(copied, target) === false) more = false;
  }
  if (!more) socket.pause();
  return more;
}

/** Asks the host for one piece; the stream asks again when there is room for more. */
function readOnce(socket) {
  const state = socket[kState];
  const link = socket[kLink];
  if (state.reading || link === null) return;
  state.reading = true;
  const done = ({ value, data }) => {
    state.reading = false;
    if (socket[kLink] !== link || socket.destroyed) return;
    if (value === 'tls') return;
    socket._touch();
    if (value === 'end') endReading(socket);
    else {
      const more = pushBytes(socket, data);
      if (state.onread !== null && more !== false) readOnce(socket);
    }
  };
  PromisePrototypeThen(link.read(), done, (error) => {
    state.reading = false;
    if (socket[kLink] === link && !socket.destroyed) socket.destroy(lost(error));
  });
}

function endReading(socket) {
  socket.push(null);
  // Whoever has nothing to read is to see the end all the same.
  socket.read(0);
}

// The invocation of the connection has ended: the host has closed it.
function lost(error) {
  return error.code === 'ERR_INVOCATION_ENDED' ? networkError('ECONNRESET', 'read') : systemError(error, 'read');
}

function connected(socket, link, value) {
  socket.connecting = false;
  socket[kState].where = value;
  socket._touch();
  if (!socket[kState].securing) settle(socket, null);
  socket.emit('connect');
  socket.emit('ready');
  if (!socket.destroyed && !socket[kState].securing && socket[kLink] === link && !socket.isPaused()) socket.read(0);
}

function open(socket, { host, port, family }) {
  const link = new Link();
  link.refer(socket[kState].referenced);
  socket[kLink] = link;
  const failed = (error) => {
    if (socket[kLink] !== link || socket.destroyed) return;
    const byName = error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN';
    const shown = systemError(error, 'connect', byName ? { hostname: host } : { address: host, port });
    if (byName && socket[kState].named) socket.emit('lookup', shown, null, null, host);
    socket.destroy(shown);
  };
  const request = socket[kPurpose];
  PromisePrototypeThen(link.connect({ host, port, family, tls: socket[kState].securing, request }), ({ value }) => {
    if (socket[kLink] !== link || socket.destroyed) return;
    if (socket[kState].named) socket.emit('lookup', null, value.address, value.family, host);
    connected(socket, link, value);
  }, failed);
}

/** Asks the function's own `lookup` for the address. */
function lookUp(socket, options, destination) {
  const { host, family } = destination;
  const done = (error, found, its) => {
    if (!socket.connecting || socket.destroyed) return;
    const address = typeof found === 'object' && found !== null ? found[0]?.address : found;
    const version = typeof found === 'object' && found !== null ? found[0]?.family : its;
    socket.emit('lookup', error, address, version, host);
    if (error) socket.destroy(error);
    else if (isIP(address) === 0) socket.destroy(coded(Error, 'ERR_INVALID_IP_ADDRESS', `Invalid IP address: ${address}`));
    else open(socket, { ...destination, host: address, family: 0 });
  };
  try {
    options.lookup(host, { family, hints: options.hints ?? 0 }, done);
  } catch (error) {
    socket.destroy(error);
  }
}

const methods = {
  __proto__: null,

  connect(...args) {
    const normal = normalizeArgs(args);
    const options = normal[0];
    const callback = normal[1];
    const destination = destinationOf(options);
    if (this.destroyed || this[kLink] !== null) renew(this);
    this.connecting = true;
    this._host = destination.host;
    this[kState].named = isIP(destination.host) === 0 && !options.lookup;
    if (callback !== null) this.once('connect', callback);
    if (options.timeout) this.setTimeout(options.timeout);
    if (options[kPurpose] !== undefined) this[kPurpose] = options[kPurpose];
    this._touch();
    if (isBuilding()) open(this, destination);
    else if (options.lookup && isIP(destination.host) === 0) lookUp(this, options, destination);
    else open(this, destination);
    return this;
  },

  _read() {
    const state = this[kState];
    if (!waits(this)) readOnce(this);
    else if (!state.wanted) {
      state.wanted = true;
      whenConnected(this, (error) => {
        state.wanted = false;
        if (error === null) readOnce(this);
      });
    }
  },

  _write(chunk, encoding, callback) {
    if (this.connecting || this[kState].securing) {
      whenConnected(this, (error) => (error === null ? this._write(chunk, encoding, callback) : callback(error)));
      return;
    }
    const link = this[kLink];
    if (link === null) {
      callback(networkError('EPIPE', 'write', '(the socket is not connected)'));
      return;
    }
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk;
    this[kState].bytesWritten += bytes.length;
    this._touch();
    PromisePrototypeThen(link.write(bytesOf(bytes)), () => {
      this._touch();
      callback(null);
    }, (error) => callback(error.code === 'ERR_INVOCATION_ENDED' ? networkError('ECONNRESET', 'write') : systemError(error, 'write')));
  },

  _writev(items, callback) {
    const list = [];
    for (let i = 0; i < items.length; i++) {
      const { chunk, encoding } = items[i];
      ArrayPrototypePush(list, typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk);
    }
    this._write(Buffer.concat(list), 'buffer', callback);
  },

  _final(callback) {
    if (this.connecting || this[kState].securing) {
      whenConnected(this, (error) => (error === null ? this._final(callback) : callback(error)));
      return;
    }
    const link = this[kLink];
    if (link === null) callback();
    else PromisePrototypeThen(link.end(), () => callback(), () => callback());
  },

  _destroy(error, callback) {
    this.connecting = false;
    this._touchOff();
    const link = this[kLink];
    this[kLink] = null;
    this._closeLink(link);
    const hadError = !!error;
    this._hadError ||= hadError;
    settle(this, error ?? closedBeforeConnection());
    callback(error);
    // Behind the error, which is told in a microtask.
    queueTask(() => {
      if (!this._closeEmitted) {
        this._closeEmitted = true;
        this.emit('close', hadError);
      }
    }, link?.owner);
  },

  _closeLink(link) {
    link?.close();
  },

  destroySoon() {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', this.destroy);
  },

  resetAndDestroy() {
    this.destroy();
    return this;
  },

  setTimeout(milliseconds, callback) {
    validateNumber(milliseconds, 'msecs');
    if (callback !== undefined) validateFunction(callback, 'callback');
    this.timeout = milliseconds;
    this._touchOff();
    if (milliseconds === 0) {
      if (callback !== undefined) this.removeListener('timeout', callback);
      return this;
    }
    if (callback !== undefined) this.once('timeout', callback);
    if (!this.destroyed && !isBuilding()) this[kTimeout] = timers.setTimeout(() => this._onTimeout(), milliseconds > MAX_TIMEOUT ? MAX_TIMEOUT : milliseconds);
    this[kTimeout]?.unref();
    return this;
  },

  _onTimeout() {
    this.emit('timeout');
  },

  /** Something has happened: the time of inactivity begins anew. */
  _touch() {
    this[kTimeout]?.refresh();
    this._parent?._touch?.();
  },

  _touchOff() {
    if (this[kTimeout] !== null) timers.clearTimeout(this[kTimeout]);
    this[kTimeout] = null;
  },

  _unrefTimer() {
    this._touch();
  },

  // The gateway sends what is written at once, and keeps connections alive itself.
  setNoDelay() { return this; },
  setKeepAlive() { return this; },
  getTypeOfService: () => 0,
  setTypeOfService() { return this; },
  ref() {
    this[kState].referenced = true;
    this[kLink]?.refer(true);
    return this;
  },
  unref() {
    this[kState].referenced = false;
    this[kLink]?.refer(false);
    return this;
  },
  address() {
    const { where } = this[kState];
    return where === null ? {} : { address: where.localAddress, family: `IPv${where.family}`, port: where.localPort };
  },
};

/** A socket that is over may be connected again. */
function renew(socket) {
  const { allowHalfOpen } = socket;
  socket[kLink]?.close();
  const listeners = socket._events;
  const count = socket._eventsCount;
  const maximum = socket._maxListeners;
  ReflectApply(Socket, socket, [{ allowHalfOpen }]);
  socket._events = listeners;
  socket._eventsCount = count;
  socket._maxListeners = maximum;
  socket._closeEmitted = false;
}

/** Gives another socket the connection of this one; this one is left without. */
export function takeLink(socket) {
  const link = socket[kLink];
  socket[kLink] = null;
  return { link, state: socket[kState] };
}

/** Gives a socket a connection that is there. */
export function adopt(socket, { link, state }) {
  socket[kLink] = link;
  socket[kState].where = state.where;
}

export { readOnce, settle, whenConnected };
export const stateOf = (socket) => socket[kState];

const names = ReflectOwnKeys(methods);
for (let i = 0; i < names.length; i++) ObjectDefineProperty(Socket.prototype, names[i], { __proto__: null, value: methods[names[i]], writable: true, enumerable: true, configurable: true });

const getter = (get) => ({ __proto__: null, get, enumerable: true, configurable: true });
const ofPlace = (name, otherwise) => getter(function place() { return this[kState]?.where?.[name] ?? otherwise; });
ObjectDefineProperties(Socket.prototype, {
  __proto__: null,
  _connecting: getter(function connecting() { return this.connecting; }),
  _handle: getter(function handle() { return this[kLink]; }),
  _invocation: getter(function invocation() { return this[kLink]?.owner ?? null; }),
  pending: getter(function pending() { return this[kLink] === null || this.connecting; }),
  readyState: getter(function readyState() {
    if (this.connecting) return 'opening';
    if (this.readable && this.writable) return 'open';
    return this.readable ? 'readOnly' : this.writable ? 'writeOnly' : 'closed';
  }),
  bufferSize: getter(function bufferSize() { return this.writableLength; }),
  bytesRead: getter(function bytesRead() { return this[kState].bytesRead; }),
  _bytesDispatched: getter(function bytesDispatched() { return this[kState].bytesWritten; }),
  bytesWritten: getter(function bytesWritten() { return this[kState].bytesWritten + (this.connecting ? this.writableLength : 0); }),
  remoteAddress: ofPlace('address'),
  remotePort: ofPlace('port'),
  remoteFamily: getter(function remoteFamily() { const family = this[kState].where?.family; return family === undefined ? undefined : `IPv${family}`; }),
  localAddress: ofPlace('localAddress'),
  localPort: ofPlace('localPort'),
  localFamily: getter(function localFamily() { const family = this[kState].where?.family; return family === undefined ? undefined : `IPv${family}`; }),
});
