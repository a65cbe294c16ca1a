// ClientRequest: https://nodejs.org/api/http.html#class-httpclientrequest

import { ArrayIsArray, Error, NumberIsFinite, ObjectDefineProperty, ObjectKeys, ObjectSetPrototypeOf, ReflectApply, ReflectOwnKeys, Symbol } from '../../../bootstrap/primordials.js';
import { isAbortSignal, onAbort } from '../../../abort/index.js';
import { currentInvocation } from '../../../bootstrap/host.js';
import { queueMicrotask } from '../../../events/index.js';
import { Buffer } from '../buffer/class.js';
import { coded, invalidArgType, validateFunction, validateNumber } from '../errors.js';
import { named } from '../named.js';
import { kPurpose } from '../net/socket.js';
import { attach, emitError } from './exchange.js';
import { headersSent } from './errors.js';
import { kOutHeaders, OutgoingMessage } from './outgoing.js';
import { hostHeader, requestArguments, reset, settle } from './request_options.js';

const BODILESS = { __proto__: null, GET: true, HEAD: true, DELETE: true, OPTIONS: true, TRACE: true, CONNECT: true };
const kError = Symbol('kError');

export function ClientRequest(input, given, callback) {
  ReflectApply(OutgoingMessage, this, [given]);
  const parsed = requestArguments(input, given, callback);
  const { options } = parsed;
  const settled = settle(options, () => import('../../http.js').default.globalAgent);
  const { agent } = settled;
  this.agent = agent;
  this.method = settled.method;
  this.path = settled.path;
  this.host = settled.host;
  this.protocol = settled.protocol;
  this.socketPath = options.socketPath;
  this.timeout = options.timeout;
  this.maxHeaderSize = options.maxHeaderSize;
  this.insecureHTTPParser = undefined;
  this.joinDuplicateHeaders = options.joinDuplicateHeaders;
  this.maxHeadersCount = null;
  this._ended = false;
  this.res = null;
  this.aborted = false;
  this.timeoutCb = null;
  this.upgradeOrConnect = false;
  this.parser = null;
  this.reusedSocket = false;
  this[kError] = null;
  if (options.maxHeaderSize !== undefined) validateNumber(options.maxHeaderSize, 'options.maxHeaderSize', 0);
  if (options.signal) listenTo(this, options.signal);
  if (parsed.callback) this.once('response', parsed.callback);
  this.useChunkedEncodingByDefault = !BODILESS[this.method];
  this.shouldKeepAlive = agent !== undefined && (agent.keepAlive || NumberIsFinite(agent.maxSockets));
  this._last = !this.shouldKeepAlive;
  takeHeaders(this, options, settled);
  connect(this, options, settled);
}
named('ClientRequest', ClientRequest);
ObjectSetPrototypeOf(ClientRequest.prototype, OutgoingMessage.prototype);
ObjectSetPrototypeOf(ClientRequest, OutgoingMessage);

function listenTo(request, signal) {
  if (!isAbortSignal(signal)) throw invalidArgType('options.signal', 'AbortSignal', signal);
  onAbort(signal, () => {
    const error = coded(Error, 'ABORT_ERR', 'The operation was aborted');
    error.name = 'AbortError';
    error.cause = signal.reason;
    request.destroy(error);
  });
}

/** The trace that the invocation is part of is told on, as by fetch; what the function says itself stays. */
function tellTrace(request) {
  const incoming = currentInvocation()?.request;
  if (!incoming?.traced || request.method === 'CONNECT' || request.getHeader('traceparent') !== undefined) return;
  const { headers } = incoming;
  for (let i = 0; i < headers.length; i++) {
    const name = headers[i][0];
    if (name === 'traceparent' || name === 'tracestate') request.setHeader(name, headers[i][1]);
  }
}

function takeHeaders(request, options, settled) {
  const { headers } = options;
  const firstLine = `${request.method} ${request.path} HTTP/1.1\r\n`;
  if (ArrayIsArray(headers)) {
    request._storeHeader(firstLine, headers);
    return;
  }
  if (headers) {
    const names = ObjectKeys(headers);
    for (let i = 0; i < names.length; i++) request.setHeader(names[i], headers[names[i]]);
  }
  if (settled.host && !request.getHeader('host') && options.setHost !== false) request.setHeader('Host', hostHeader(settled));
  if (options.auth && !request.getHeader('authorization')) request.setHeader('Authorization', `Basic ${Buffer.from(`${options.auth}`).toString('base64')}`);
  tellTrace(request);
  if (request.getHeader('expect')) {
    if (request._header) throw headersSent('render');
    request._storeHeader(firstLine, request[kOutHeaders]);
  }
}

/** Asks for a connection; the gateway is told what it is for, as it may grant it for such requests only. */
function connect(request, given, { agent, protocol }) {
  const options = { __proto__: null, ...given, signal: undefined };
  delete options.signal;
  if (request.method !== 'CONNECT') options[kPurpose] = { __proto__: null, scheme: protocol === 'https:' ? 'https' : 'http', method: request.method, path: request.path };
  if (agent !== undefined) {
    agent.addRequest(request, options);
    return;
  }
  request.shouldKeepAlive = false;
  request._last = true;
  options.path = options.socketPath;
  let made = false;
  const created = (error, socket) => {
    if (made) return;
    made = true;
    request.onSocket(socket, error);
  };
  const socket = options.createConnection(options, created);
  if (socket) created(null, socket);
}

/** A request that is over before it has a socket, or whose socket could not be made. */
function giveUp(request, socket, error) {
  const shown = request[kError] ?? error ?? (request.aborted ? null : reset());
  if (shown) emitError(request, shown);
  request._closed = true;
  request.emit('close');
  if (!socket) return;
  if (!error && request.agent && !socket.destroyed && request[kError] === null) socket.emit('free');
  else {
    socket.on('error', () => {});
    socket.destroy(error ?? request[kError] ?? undefined);
  }
}

function withSocket(request, act) {
  if (request.socket) act(request.socket);
  else request.once('socket', act);
}

const methods = {
  __proto__: null,

  onSocket(socket, error) {
    queueMicrotask(() => {
      if (this.destroyed || error) {
        this.destroyed = true;
        giveUp(this, socket, error);
      } else {
        attach(this, socket);
        this._flush();
      }
    });
  },

  _implicitHeader() {
    if (this._header) throw headersSent('render');
    this._storeHeader(`${this.method} ${this.path} HTTP/1.1\r\n`, this[kOutHeaders]);
  },

  abort() {
    if (this.aborted) return;
    this.aborted = true;
    queueMicrotask(() => this.emit('abort'));
    this.destroy();
  },

  destroy(error) {
    if (this.destroyed) return this;
    this.destroyed = true;
    this.res?._dump();
    this[kError] = error ?? null;
    // Without a socket onSocket finds that it is too late.
    this.socket?.destroy(error);
    return this;
  },

  setTimeout(milliseconds, callback) {
    if (this._ended) return this;
    validateNumber(milliseconds, 'msecs');
    if (callback !== undefined) {
      validateFunction(callback, 'callback');
      this.once('timeout', callback);
    }
    this.timeout = milliseconds;
    withSocket(this, (socket) => {
      this._listenForTimeout(socket);
      if (socket.connecting) socket.once('connect', () => socket.setTimeout(milliseconds));
      else socket.setTimeout(milliseconds);
    });
    return this;
  },

  _listenForTimeout(socket) {
    if (this.timeoutCb !== null) return;
    this.timeoutCb = () => this.emit('timeout');
    socket.on('timeout', this.timeoutCb);
  },

  setNoDelay(noDelay) {
    withSocket(this, (socket) => socket.setNoDelay?.(noDelay));
  },

  setSocketKeepAlive(enable, delay) {
    withSocket(this, (socket) => socket.setKeepAlive?.(enable, delay));
  },

  clearTimeout(callback) {
    this.setTimeout(0, callback);
  },
};

const names = ReflectOwnKeys(methods);
for (let i = 0; i < names.length; i++) ObjectDefineProperty(ClientRequest.prototype, names[i], { __proto__: null, value: methods[names[i]], writable: true, enumerable: true, configurable: true });
