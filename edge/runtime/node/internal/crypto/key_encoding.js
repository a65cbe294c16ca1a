// The options of key.export() and generateKeyPair(): https://nodejs.org/api/crypto.html#keyobjectexportoptions

import { Error, Uint8Array } from '../../../bootstrap/primordials.js';
import { bufferOver } from '../buffer/class.js';
import { coded, invalidArgValue, validateObject } from '../errors.js';
import { bytesOf } from './bytes.js';
import { compute } from './compute.js';

const NONE = () => new Uint8Array(0);
const incompatible = (message) => coded(Error, 'ERR_CRYPTO_INCOMPATIBLE_KEY_OPTIONS', `The selected key encoding ${message}.`);

/** A key of `{type, kind, material}` as text, bytes or JSON Web Key. */
export function exportAsymmetric(state, options, where) {
  validateObject(options, where);
  const isPrivate = state.type === 'private';
  const { format } = options;
  if (format === 'jwk') {
    if (state.kind === 'rsa-pss' || state.kind === 'dsa' || state.kind === 'dh') throw coded(Error, 'ERR_CRYPTO_JWK_UNSUPPORTED_KEY_TYPE', 'Unsupported JWK Key Type.');
    if (options.passphrase !== undefined) throw incompatible('jwk does not support encryption');
    return { ...compute('keys.export_jwk', { private: isPrivate }, [state.material]).value };
  }
  const { type, cipher, passphrase } = checkOptions(state, options, where);
  const { data } = compute('exporting.export', { private: isPrivate, format, type, cipher }, [passphrase, state.material]);
  return format === 'pem' ? bufferOver(data).toString('latin1') : bufferOver(data);
}

/** `{type, cipher, passphrase}` of the options for a key of `{type, kind}`; throws what is wrong with them. */
export function checkOptions(state, options, where) {
  const { format } = options;
  if (format === 'jwk') return undefined;
  if (format !== 'pem' && format !== 'der') throw invalidArgValue(`${where}.format`, format);
  const type = typeOf(state, options, where);
  return { __proto__: null, type, ...encryptionOf(state.type === 'private', type, options, where) };
}

function typeOf({ type: half, kind }, { type }, where) {
  const known = half === 'private' ? { __proto__: null, pkcs1: true, pkcs8: true, sec1: true } : { __proto__: null, pkcs1: true, spki: true };
  if (typeof type !== 'string' || !known[type]) throw invalidArgValue(`${where}.type`, type);
  if (type === 'pkcs1' && kind !== 'rsa') throw incompatible('pkcs1 can only be used for RSA keys');
  if (type === 'sec1' && kind !== 'ec') throw incompatible('sec1 can only be used for EC keys');
  return type;
}

function encryptionOf(isPrivate, type, { format, cipher, passphrase }, where) {
  if (!isPrivate || (cipher === undefined && passphrase === undefined) || cipher === null) {
    if (isPrivate && passphrase !== undefined && cipher === null) throw invalidArgValue(`${where}.cipher`, cipher);
    return { __proto__: null, cipher: null, passphrase: NONE() };
  }
  if (cipher === undefined) throw invalidArgValue(`${where}.cipher`, cipher);
  if (typeof cipher !== 'string') throw invalidArgValue(`${where}.cipher`, cipher);
  if (format === 'der' && type !== 'pkcs8') throw incompatible(`${type} does not support encryption`);
  if (typeof passphrase !== 'string' && passphrase?.byteLength === undefined) throw invalidArgValue(`${where}.passphrase`, passphrase);
  const name = import('./cipher_names.js').cipherNamed(cipher);
  if (name === undefined) throw coded(Error, 'ERR_CRYPTO_UNKNOWN_CIPHER', 'Unknown cipher');
  if (name.mode !== 'cbc' || (name.block !== 'aes' && name.block !== 'des-ede3')) throw coded(Error, 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', `keys are encrypted by aes-128-cbc, aes-192-cbc, aes-256-cbc or des-ede3-cbc, not by ${cipher}`);
  return { __proto__: null, cipher: name.name, passphrase: bytesOf(passphrase, 'utf8', `${where}.passphrase`) };
}
