// RSASSA-PKCS1-v1_5, RSA-PSS and RSA-OAEP: https://w3c.github.io/webcrypto/#rsassa-pkcs1, #rsa-pss, #rsa-oaep.  The
// material of a key is DER: PKCS#8 when it is private, SubjectPublicKeyInfo when it is public.

import { ArrayPrototypeIncludes, TypedArrayPrototypeGetLength, Uint8Array, Uint8ArrayFromBase64 } from '../bootstrap/primordials.js';
import { compute, computeBuffer, notSupported, operationError } from './compute.js';
import { HASHES } from './digest.js';
import { checkAlg, checkJwk, checkMembers, finishJwk } from './jwk.js';
import { copyOf, generatePair, typeOf } from './pair.js';
import { checkType, checkUsages } from './usages.js';

const FORMATS = ['spki', 'pkcs8', 'jwk'];
const MIN_BITS = 1024;
const MAX_BITS = 16384;
const BASE64URL = { __proto__: null, alphabet: 'base64url' };

const SIGNING = { __proto__: null, privateUsages: ['sign'], publicUsages: ['verify'], all: ['sign', 'verify'], use: 'sig' };
const ENCRYPTING = {
  __proto__: null, privateUsages: ['decrypt', 'unwrapKey'], publicUsages: ['encrypt', 'wrapKey'], all: ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey'], use: 'enc',
};

const usesOf = (name) => (name === 'RSA-OAEP' ? ENCRYPTING : SIGNING);

function jwkName({ name, hash }) {
  const number = HASHES[hash].jwk;
  if (name === 'RSA-OAEP') return number === '1' ? name : `${name}-${number}`;
  return `${name === 'RSA-PSS' ? 'PS' : 'RS'}${number}`;
}

function described({ name, hash }, modulusLength, publicExponent) {
  return { __proto__: null, name, modulusLength, publicExponent, hash };
}

/** 3 or 65537 of its bytes; the library has no others. */
function exponentOf(bytes) {
  let exponent = 0;
  for (let i = 0; i < TypedArrayPrototypeGetLength(bytes); i++) exponent = exponent * 256 + bytes[i];
  if (exponent !== 3 && exponent !== 65537) throw operationError('The public exponent of a key that is generated must be 3 or 65537.');
  return exponent;
}

export function generateKey(algorithm, extractable, usages) {
  const { name, modulusLength: bits, publicExponent } = algorithm;
  checkUsages(usages, usesOf(name).all, `An ${name} key`);
  if (bits < MIN_BITS || bits > MAX_BITS) throw operationError(`A modulus of ${bits} bits cannot be generated: ${MIN_BITS} to ${MAX_BITS} can.`);
  const args = { bits, exponent: exponentOf(publicExponent) };
  return generatePair('rsa.generate', args, described(algorithm, bits, publicExponent), extractable, usages, usesOf(name));
}

export function importKey(algorithm, format, data, extractable, usages) {
  const { name } = algorithm;
  if (!ArrayPrototypeIncludes(FORMATS, format)) throw notSupported(`An ${name} key has no format ${format}.`);
  const uses = usesOf(name);
  const type = typeOf(format, data);
  checkUsages(usages, type === 'private' ? uses.privateUsages : uses.publicUsages, `A ${type} ${name} key`);
  const jwk = format === 'jwk' ? numbersOf(data, algorithm, uses, extractable, usages) : null;
  const { value, data: material } = compute('rsa.import', { format, jwk }, jwk === null ? [data] : []);
  return { __proto__: null, type, algorithm: described(algorithm, value.bits, Uint8ArrayFromBase64(value.exponent, BASE64URL)), material };
}

function numbersOf(jwk, algorithm, uses, extractable, usages) {
  checkJwk(jwk, { kty: 'RSA', use: uses.use }, extractable, usages);
  checkAlg(jwk, [jwkName(algorithm)]);
  if (jwk.oth !== undefined) throw notSupported('Keys of more than two primes ("oth") are not supported.');
  checkMembers(jwk, ['n', 'e']);
  const { n, e, d, p, q, dp, dq, qi } = jwk;
  if (d === undefined) return { n, e };
  checkMembers(jwk, ['p', 'q', 'dp', 'dq', 'qi']);
  return { n, e, d, p, q, dp, dq, qi };
}

export function exportKey(format, key) {
  const { type, material, algorithm } = key;
  if (format === 'jwk') {
    const numbers = compute('rsa.export', { private: type === 'private' }, [material]).value;
    return finishJwk({ kty: 'RSA', alg: jwkName(algorithm), ...numbers }, key);
  }
  if (!ArrayPrototypeIncludes(FORMATS, format)) throw notSupported(`An ${algorithm.name} key has no format ${format}.`);
  checkType(key, format === 'pkcs8' ? 'private' : 'public');
  return copyOf(material);
}

const signatureArgs = ({ saltLength }, key) => ({ hash: key.algorithm.hash, salt: saltLength });

export function sign(algorithm, key, message) {
  checkType(key, 'private');
  return computeBuffer('rsa.sign', signatureArgs(algorithm, key), [key.material, message]);
}

export function verify(algorithm, key, signature, message) {
  checkType(key, 'public');
  return compute('rsa.verify', signatureArgs(algorithm, key), [key.material, signature, message]).value;
}

export function encrypt({ label = new Uint8Array(0) }, key, data) {
  checkType(key, 'public');
  return computeBuffer('rsa.encrypt', { hash: key.algorithm.hash }, [key.material, label, data]);
}

export function decrypt({ label = new Uint8Array(0) }, key, data) {
  checkType(key, 'private');
  return computeBuffer('rsa.decrypt', { hash: key.algorithm.hash }, [key.material, label, data]);
}
