// What functions say about TLS, as the host takes it: https://nodejs.org/api/tls.html#tlscreatesecurecontextoptions

import {
  ArrayIsArray, ArrayPrototypeJoin, ArrayPrototypePush, Error, ObjectKeys, StringPrototypeIncludes, StringPrototypeSplit, StringPrototypeStartsWith, TypeError,
} from '../../../bootstrap/primordials.js';
import process from '../../process.js';
import { Buffer } from '../buffer/class.js';
import { coded, invalidArgType, unsupported } from '../errors.js';
import { isArrayBufferView } from '../types.js';

const PROTOCOLS = {
  __proto__: null, TLS_method: ['', ''], TLS_client_method: ['', ''], SSLv23_method: ['', ''], SSLv23_client_method: ['', ''], TLSv1_2_method: ['TLSv1.2', 'TLSv1.2'],
  TLSv1_2_client_method: ['TLSv1.2', 'TLSv1.2'],
};
const VERSIONS = { __proto__: null, TLSv1: true, 'TLSv1.1': true, 'TLSv1.2': true, 'TLSv1.3': true };

export class SecureContext {
  constructor(options) {
    this.context = options;
  }
}

function textOf(value, name) {
  if (typeof value === 'string') return value;
  if (isArrayBufferView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1');
  throw invalidArgType(name, ['string', 'Buffer', 'TypedArray', 'DataView'], value);
}

const listOf = (value) => (value === undefined || value === null || value === false ? [] : ArrayIsArray(value) ? value : [value]);

function texts(value, name) {
  const list = listOf(value);
  const found = [];
  for (let i = 0; i < list.length; i++) ArrayPrototypePush(found, textOf(list[i], name));
  return found;
}

/** The text of a key, which may be an object of text and passphrase. It is decrypted here: the gateway takes none that would cost it time. */
function keyOf(value, passphrase) {
  const list = listOf(value);
  if (list.length === 0) return '';
  const first = list[0];
  const isPair = typeof first === 'object' && first !== null && !isArrayBufferView(first);
  const pem = textOf(isPair ? first.pem : first, 'options.key');
  return StringPrototypeIncludes(pem, 'ENCRYPTED') ? decrypted(pem, (isPair ? first.passphrase : undefined) ?? passphrase) : pem;
}

function decrypted(key, passphrase) {
  const state = import('../crypto/key_object.js').keyState(import('../crypto/key_input.js').createPrivateKey({ __proto__: null, key, passphrase }));
  return import('../crypto/key_encoding.js').exportAsymmetric(state, { __proto__: null, type: 'pkcs8', format: 'pem' }, 'options');
}

function version(value, name) {
  if (value === undefined || value === null) return '';
  if (VERSIONS[value]) return value;
  throw coded(TypeError, 'ERR_TLS_INVALID_PROTOCOL_VERSION', `${value} is not a valid ${name} TLS protocol version`);
}

function versions(options) {
  if (!options.secureProtocol) return [version(options.minVersion, 'minimum'), version(options.maxVersion, 'maximum')];
  if (options.minVersion || options.maxVersion) throw coded(TypeError, 'ERR_TLS_PROTOCOL_VERSION_CONFLICT', 'TLS protocol version conflicts with secureProtocol');
  const found = PROTOCOLS[options.secureProtocol];
  if (found === undefined) throw coded(TypeError, 'ERR_TLS_INVALID_PROTOCOL_METHOD', `Unknown method: ${options.secureProtocol}`);
  return found;
}

/** The protocols of ALPN as texts; they may come as a list, or as they are on the wire. */
export function protocolsOf(value) {
  if (value === undefined || value === null) return [];
  const found = [];
  if (ArrayIsArray(value)) {
    for (let i = 0; i < value.length; i++) ArrayPrototypePush(found, textOf(value[i], 'options.ALPNProtocols'));
    return found;
  }
  if (!isArrayBufferView(value)) throw invalidArgType('options.ALPNProtocols', ['Array', 'Buffer', 'TypedArray', 'DataView'], value);
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  for (let at = 0; at < bytes.length; at += bytes[at] + 1) ArrayPrototypePush(found, bytes.toString('latin1', at + 1, at + 1 + bytes[at]));
  return found;
}

/** `tls.createSecureContext` */
export function createSecureContext(options = {}) {
  if (options.pfx !== undefined) throw unsupported('the `pfx` option', 'use `cert` and `key`, in PEM');
  if (options.crl !== undefined) throw unsupported('the `crl` option');
  const bounds = versions(options);
  if (options.ciphers !== undefined && typeof options.ciphers !== 'string') throw invalidArgType('options.ciphers', 'string', options.ciphers);
  return new SecureContext({
    __proto__: null,
    ca: texts(options.ca, 'options.ca'),
    cert: ArrayPrototypeJoin(texts(options.cert, 'options.cert'), '\n'),
    key: keyOf(options.key, options.passphrase),
    ciphers: named13(options.ciphers ?? ''),
    min_version: bounds[0],
    max_version: bounds[1],
  });
}

// Suites of TLS 1.3 are always on; OpenSSL's list is that of the others.
function named13(ciphers) {
  const parts = StringPrototypeSplit(ciphers, ':');
  const kept = [];
  for (let i = 0; i < parts.length; i++) if (parts[i] !== '' && !StringPrototypeStartsWith(parts[i], 'TLS_')) ArrayPrototypePush(kept, parts[i]);
  return ArrayPrototypeJoin(kept, ':');
}

/** Whether a certificate that is not good ends the connection. */
export function rejects(options) {
  if (options.rejectUnauthorized !== undefined) return options.rejectUnauthorized !== false;
  return process.env.NODE_TLS_REJECT_UNAUTHORIZED !== '0';
}

/** The options of the host call. */
export function hostOptions(options, verify, identity) {
  const given = options.secureContext ?? createSecureContext(options);
  if (!(given instanceof SecureContext) || ObjectKeys(given.context).length === 0) throw coded(Error, 'ERR_TLS_INVALID_CONTEXT', 'secureContext must be a SecureContext');
  return { __proto__: null, ...given.context, alpn: protocolsOf(options.ALPNProtocols), verify, identity };
}
