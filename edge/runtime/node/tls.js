// node:tls: https://nodejs.org/api/tls.html, as a client.

import { ArrayPrototypePush, ObjectAssign, ObjectDefineProperty, ObjectFreeze, StringPrototypeSplit } from '../bootstrap/primordials.js';
import { hostCallSync } from '../bootstrap/host.js';
import { Buffer } from './internal/buffer/class.js';
import { noServer } from './internal/http/errors.js';
import { normalizeArgs } from './internal/net/connect_options.js';
import { checkServerIdentity } from './internal/tls/identity.js';
import { createSecureContext, protocolsOf, SecureContext } from './internal/tls/options.js';
import { TLSSocket } from './internal/tls/socket.js';

const MAX_FRAGMENT = 16384;

function Server() {
  throw noServer('tls');
}

/** The options of `connect`, which may come behind port and host. */
function optionsOf(args) {
  const normal = normalizeArgs(args);
  let options = normal[0];
  for (let i = 1; i < 3; i++) if (typeof args[i] === 'object' && args[i] !== null) options = ObjectAssign({}, options, args[i]);
  return { __proto__: null, options: options ?? {}, callback: normal[1] };
}

function connect(...args) {
  const { options, callback } = optionsOf(args);
  const socket = new TLSSocket(options.socket, options);
  if (callback !== null) socket.once('secureConnect', callback);
  if (options.socket) {
    if (options.timeout) socket.setTimeout(options.timeout);
  } else socket.connect(options);
  return socket;
}

let roots = null;

/** The certificates that are trusted, in PEM. */
function rootCertificates() {
  if (roots !== null) return roots;
  const found = [];
  const parts = StringPrototypeSplit(hostCallSync('tls.roots', {}).value, '\n\n');
  for (let i = 0; i < parts.length; i++) ArrayPrototypePush(found, parts[i]);
  roots = ObjectFreeze(found);
  return roots;
}

function convertALPNProtocols(protocols, out) {
  const list = protocolsOf(protocols);
  const parts = [];
  for (let i = 0; i < list.length; i++) ArrayPrototypePush(parts, Buffer.from([list[i].length]), Buffer.from(list[i], 'latin1'));
  out.ALPNProtocols = Buffer.concat(parts);
}

const tls = {
  CLIENT_RENEG_LIMIT: 3,
  CLIENT_RENEG_WINDOW: 600,
  DEFAULT_CIPHERS: 'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:HIGH:!aNULL:!eNULL:!MD5:!RC4:!PSK:!SRP:!CAMELLIA',
  DEFAULT_ECDH_CURVE: 'auto',
  DEFAULT_MIN_VERSION: 'TLSv1.2',
  DEFAULT_MAX_VERSION: 'TLSv1.3',
  SLAB_BUFFER_SIZE: MAX_FRAGMENT,
  SecureContext,
  Server,
  TLSSocket,
  checkServerIdentity,
  connect,
  convertALPNProtocols,
  createSecureContext,
  createServer() {
    throw noServer('tls');
  },
  getCiphers: () => [
    'tls_aes_256_gcm_sha384', 'tls_chacha20_poly1305_sha256', 'tls_aes_128_gcm_sha256', 'ecdhe-ecdsa-aes256-gcm-sha384', 'ecdhe-rsa-aes256-gcm-sha384',
    'ecdhe-ecdsa-chacha20-poly1305', 'ecdhe-rsa-chacha20-poly1305', 'ecdhe-ecdsa-aes128-gcm-sha256', 'ecdhe-rsa-aes128-gcm-sha256',
  ],
  getCACertificates: () => rootCertificates(),
};

ObjectDefineProperty(tls, 'rootCertificates', { __proto__: null, get: rootCertificates, enumerable: true, configurable: true });

export default tls;
