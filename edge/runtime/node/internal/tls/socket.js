// tls.TLSSocket: https://nodejs.org/api/tls.html#class-tlstlssocket
//
// The gateway does the encryption.  A session is never resumed.

import {
  Error, ObjectAssign, ObjectDefineProperty, ObjectSetPrototypeOf, PromisePrototypeThen, ReflectApply, ReflectOwnKeys, RegExpPrototypeExec, Symbol,
} from '../../../bootstrap/primordials.js';
import { queueMicrotask } from '../../../events/index.js';
import { coded, invalidArgType, unsupported } from '../errors.js';
import { named } from '../named.js';
import { networkError, systemError } from '../net/failures.js';
import { isIP } from '../net/ip.js';
import { adopt, kLink, settle, Socket, stateOf, takeLink } from '../net/socket.js';
import { hostOptions, rejects } from './options.js';

const kTls = Symbol('tls');

export function TLSSocket(socket, options = {}) {
  if (!(this instanceof TLSSocket)) return new TLSSocket(socket, options);
  if (options.isServer) throw import('../http/errors.js').noServer('tls');
  ReflectApply(Socket, this, [{ allowHalfOpen: socket ? socket.allowHalfOpen : options.allowHalfOpen, signal: options.signal, highWaterMark: options.highWaterMark }]);
  this.encrypted = true;
  this.authorized = false;
  this.authorizationError = null;
  this.alpnProtocol = null;
  this.servername = null;
  this.secureConnecting = true;
  this._secureEstablished = false;
  this.ssl = null;
  this[kTls] = { __proto__: null, options, agreed: null, der: null, name: '' };
  stateOf(this).securing = true;
  if (socket) wrap(this, socket);
  else this.on('connect', () => handshake(this));
  return this;
}
named('TLSSocket', TLSSocket);
ObjectSetPrototypeOf(TLSSocket.prototype, Socket.prototype);
ObjectSetPrototypeOf(TLSSocket, Socket);

/** Takes the connection of a socket that is there, or will be. */
function wrap(socket, inner) {
  if (!(inner instanceof Socket)) throw unsupported('TLS over a stream that is no socket', 'connect with net or tls');
  socket._parent = inner;
  socket._host = inner._host;
  const begin = () => {
    if (socket.destroyed) return;
    if (inner[kLink] === null) {
      socket.destroy(disconnected());
      return;
    }
    adopt(socket, takeLink(inner));
    handshake(socket);
  };
  inner.on('error', (error) => socket.destroy(error));
  inner.on('close', () => socket.destroy());
  const state = stateOf(inner);
  if (inner.connecting) inner.once('connect', begin);
  else if (state.securing) inner.once('secureConnect', begin);
  else queueMicrotask(begin);
}

function disconnected() {
  const error = new Error('Client network socket disconnected before secure TLS connection was established');
  error.code = 'ECONNRESET';
  return error;
}

/** The name that the certificate is checked for. */
function nameOf(socket) {
  const { options } = socket[kTls];
  return `${options.servername || options.host || socket._host || 'localhost'}`;
}

function handshake(socket) {
  const link = socket[kLink];
  const state = socket[kTls];
  if (link === null || state.begun) return;
  state.begun = true;
  const verify = rejects(state.options);
  const custom = typeof state.options.checkServerIdentity === 'function' && state.options.checkServerIdentity !== import('./identity.js').checkServerIdentity;
  state.name = nameOf(socket);
  let options;
  try {
    options = hostOptions(state.options, verify, !custom);
  } catch (error) {
    socket.destroy(error);
    return;
  }
  const done = ({ value, data }) => {
    if (socket[kLink] !== link || socket.destroyed) return;
    state.agreed = value;
    state.der = data;
    secured(socket, verify, custom);
  };
  PromisePrototypeThen(link.startTls(state.name, options), done, (error) => {
    if (socket[kLink] === link && !socket.destroyed) socket.destroy(refusal(socket, error));
  });
}

// Node's error has the certificate and the reason, too.
function refusal(socket, error) {
  if (error.code === 'ERR_INVOCATION_ENDED') return networkError('ECONNRESET', 'read');
  if (error.code !== 'ERR_TLS_CERT_ALTNAME_INVALID') return ObjectAssign(systemError(error, 'connect'), error.code === 'ECONNRESET' ? { host: socket[kTls].name, port: socket.remotePort } : {});
  error.host = socket[kTls].name;
  error.reason = error.message;
  return error;
}

function secured(socket, verify, custom) {
  const state = socket[kTls];
  socket.servername = isIP(state.name) === 0 ? state.name : false;
  socket.alpnProtocol = state.agreed.alpn ?? false;
  socket._secureEstablished = true;
  socket.secureConnecting = false;
  socket.authorized = verify;
  if (!verify) socket.authorizationError = 'CERT_NOT_VERIFIED';
  if (custom && verify) {
    const error = state.options.checkServerIdentity(state.name, socket.getPeerCertificate(true));
    if (error) {
      socket.authorized = false;
      socket.authorizationError = error.code ?? error.message;
      socket.destroy(error);
      return;
    }
  }
  stateOf(socket).securing = false;
  settle(socket, null);
  socket.emit('secure');
  socket.emit('secureConnect');
  if (!socket.destroyed && !socket.isPaused()) socket.read(0);
}

const methods = {
  __proto__: null,

  getPeerCertificate() {
    const { der } = this[kTls];
    if (this[kTls].agreed === null) return null;
    return der === undefined || der === null ? {} : import('./certificate.js').describeCertificate(der);
  },
  getPeerX509Certificate: () => undefined,
  getCertificate: () => ({}),
  getX509Certificate: () => undefined,
  getCipher() {
    const { agreed } = this[kTls];
    return agreed === null ? undefined : { name: agreed.cipher, standardName: standardName(agreed.cipher), version: agreed.protocol };
  },
  getProtocol() {
    return this[kTls].agreed?.protocol ?? null;
  },
  getEphemeralKeyInfo: () => ({}),
  getSharedSigalgs: () => [],
  getSession: () => undefined,
  getTLSTicket: () => undefined,
  getFinished: () => undefined,
  getPeerFinished: () => undefined,
  isSessionReused: () => false,
  setSession() {},
  setMaxSendFragment: () => true,
  disableRenegotiation() {},
  enableTrace() {},
  setServername(name) {
    if (typeof name !== 'string') throw invalidArgType('name', 'string', name);
    this[kTls].options = { ...this[kTls].options, servername: name };
  },
  renegotiate(options, callback) {
    if (callback) queueMicrotask(() => callback(coded(Error, 'ERR_TLS_RENEGOTIATE', 'Attempt to renegotiate TLS session failed')));
    return false;
  },
  exportKeyingMaterial() {
    throw unsupported('exportKeyingMaterial');
  },

  _destroy(error, callback) {
    const early = !this._secureEstablished && !error && this[kTls].begun;
    ReflectApply(Socket.prototype._destroy, this, [early ? disconnected() : error, callback]);
    this._parent?.destroy();
  },
};

// Names of TLS 1.3 are the standard's own; those before it have dashes.
function standardName(cipher) {
  if (RegExpPrototypeExec(/^TLS_/, cipher) !== null) return cipher;
  return import('./cipher_names.js').standardName(cipher);
}

const names = ReflectOwnKeys(methods);
for (let i = 0; i < names.length; i++) ObjectDefineProperty(TLSSocket.prototype, names[i], { __proto__: null, value: methods[names[i]], writable: true, enumerable: true, configurable: true });
