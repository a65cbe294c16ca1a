// Ed25519, Ed448, X25519 and X448: https://w3c.github.io/webcrypto/#ed25519, #x25519 and
// https://wicg.github.io/webcrypto-secure-curves/.  The material of a key is its raw form.

import { ArrayPrototypeIncludes, StringPrototypeStartsWith, TypedArrayPrototypeGetLength } from '../bootstrap/primordials.js';
import { compute, computeBuffer, dataError, notSupported, operationError } from './compute.js';
import { checkAlg, checkJwk, checkMembers, finishJwk } from './jwk.js';
import { checkAgreement, copyOf, firstBits, generatePair, typeOf } from './pair.js';
import { checkType, checkUsages } from './usages.js';

const FORMATS = ['raw', 'spki', 'pkcs8', 'jwk'];
const SIGNING = { __proto__: null, privateUsages: ['sign'], publicUsages: ['verify'], all: ['sign', 'verify'], use: 'sig' };
const DERIVING = { __proto__: null, privateUsages: ['deriveKey', 'deriveBits'], publicUsages: [], all: ['deriveKey', 'deriveBits'], use: 'enc' };

const usesOf = (name) => (StringPrototypeStartsWith(name, 'Ed') ? SIGNING : DERIVING);

export function generateKey({ name }, extractable, usages) {
  checkUsages(usages, usesOf(name).all, `An ${name} key`);
  return generatePair('okp.generate', { curve: name }, { __proto__: null, name }, extractable, usages, usesOf(name));
}

export function importKey({ name }, format, data, extractable, usages) {
  if (!ArrayPrototypeIncludes(FORMATS, format)) throw notSupported(`An ${name} key has no format ${format}.`);
  const uses = usesOf(name);
  const type = typeOf(format, data);
  checkUsages(usages, type === 'private' ? uses.privateUsages : uses.publicUsages, `A ${type} ${name} key`);
  const jwk = format === 'jwk' ? numbersOf(data, name, uses, extractable, usages) : null;
  const material = compute('okp.import', { curve: name, format, jwk }, jwk === null ? [data] : []).data;
  return { __proto__: null, type, algorithm: { __proto__: null, name }, material };
}

function numbersOf(jwk, name, uses, extractable, usages) {
  checkJwk(jwk, { kty: 'OKP', use: uses.use }, extractable, usages);
  if (jwk.crv !== name) throw dataError(`The JSON Web Key cannot be imported: "crv" is not "${name}".`);
  if (uses === SIGNING) checkAlg(jwk, [name, 'EdDSA']);
  checkMembers(jwk, ['x']);
  return { x: jwk.x, d: jwk.d };
}

export function exportKey(format, key) {
  const { type, material, algorithm: { name } } = key;
  const args = { curve: name, format, private: type === 'private' };
  if (format === 'jwk') {
    const numbers = compute('okp.export', args, [material]).value;
    const jwk = { kty: 'OKP', crv: name, ...numbers };
    return finishJwk(usesOf(name) === SIGNING ? { ...jwk, alg: name } : jwk, key);
  }
  if (!ArrayPrototypeIncludes(FORMATS, format)) throw notSupported(`An ${name} key has no format ${format}.`);
  checkType(key, format === 'pkcs8' ? 'private' : 'public');
  return format === 'raw' ? copyOf(material) : computeBuffer('okp.export', args, [material]);
}

// Nothing computes Ed448 with a context here; an empty one is the same as none (RFC 8032, 5.2).
function checkContext({ context }) {
  if (context !== undefined && TypedArrayPrototypeGetLength(context) > 0) throw operationError('Ed448 with a context is not to be had.');
}

export function sign(algorithm, key, message) {
  checkType(key, 'private');
  checkContext(algorithm);
  return computeBuffer('okp.sign', { curve: algorithm.name }, [key.material, message]);
}

export function verify(algorithm, key, signature, message) {
  checkType(key, 'public');
  checkContext(algorithm);
  return compute('okp.verify', { curve: algorithm.name }, [key.material, signature, message]).value;
}

export function deriveBits({ name, public: other }, key, length) {
  checkAgreement(key, other);
  return firstBits(compute('okp.derive', { curve: name }, [key.material, other.material]).data, length);
}
