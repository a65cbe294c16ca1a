// ECDSA and ECDH: https://w3c.github.io/webcrypto/#ecdsa, #ecdh.  The material of a key is DER: PKCS#8 when it is
// private, SubjectPublicKeyInfo when it is public.

import { ArrayPrototypeIncludes } from '../bootstrap/primordials.js';
import { compute, computeBuffer, dataError, notSupported } from './compute.js';
import { checkAlg, checkJwk, checkMembers, finishJwk } from './jwk.js';
import { checkAgreement, copyOf, firstBits, generatePair, typeOf } from './pair.js';
import { checkType, checkUsages } from './usages.js';

const CURVES = ['P-256', 'P-384', 'P-521'];
const JWK_NAMES = { __proto__: null, 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512' };
const FORMATS = ['raw', 'spki', 'pkcs8', 'jwk'];

const USES = {
  __proto__: null,
  ECDSA: { __proto__: null, privateUsages: ['sign'], publicUsages: ['verify'], all: ['sign', 'verify'], use: 'sig' },
  ECDH: { __proto__: null, privateUsages: ['deriveKey', 'deriveBits'], publicUsages: [], all: ['deriveKey', 'deriveBits'], use: 'enc' },
};

function checkCurve(curve, refusal) {
  if (!ArrayPrototypeIncludes(CURVES, curve)) throw refusal(`The curve "${curve}" is not known: P-256, P-384 and P-521 are.`);
}

export function generateKey({ name, namedCurve }, extractable, usages) {
  checkUsages(usages, USES[name].all, `An ${name} key`);
  checkCurve(namedCurve, notSupported);
  return generatePair('ec.generate', { curve: namedCurve }, { __proto__: null, name, namedCurve }, extractable, usages, USES[name]);
}

export function importKey({ name, namedCurve }, format, data, extractable, usages) {
  if (!ArrayPrototypeIncludes(FORMATS, format)) throw notSupported(`An ${name} key has no format ${format}.`);
  const type = typeOf(format, data);
  checkUsages(usages, type === 'private' ? USES[name].privateUsages : USES[name].publicUsages, `A ${type} ${name} key`);
  checkCurve(namedCurve, format === 'raw' || format === 'jwk' ? dataError : notSupported);
  const jwk = format === 'jwk' ? numbersOf(data, name, namedCurve, extractable, usages) : null;
  const material = compute('ec.import', { curve: namedCurve, format, jwk }, jwk === null ? [data] : []).data;
  return { __proto__: null, type, algorithm: { __proto__: null, name, namedCurve }, material };
}

function numbersOf(jwk, name, curve, extractable, usages) {
  checkJwk(jwk, { kty: 'EC', use: USES[name].use }, extractable, usages);
  if (jwk.crv !== curve) throw dataError(`The JSON Web Key cannot be imported: "crv" is not "${curve}".`);
  if (name === 'ECDSA') checkAlg(jwk, [JWK_NAMES[curve]]);
  checkMembers(jwk, ['x', 'y']);
  return { x: jwk.x, y: jwk.y, d: jwk.d };
}

export function exportKey(format, key) {
  const { type, material, algorithm: { name, namedCurve } } = key;
  if (format === 'jwk') {
    const numbers = compute('ec.export', { format, private: type === 'private' }, [material]).value;
    return finishJwk({ kty: 'EC', crv: namedCurve, ...numbers }, key);
  }
  if (!ArrayPrototypeIncludes(FORMATS, format)) throw notSupported(`An ${name} key has no format ${format}.`);
  checkType(key, format === 'pkcs8' ? 'private' : 'public');
  return format === 'raw' ? computeBuffer('ec.export', { format, private: false }, [material]) : copyOf(material);
}

export function sign({ hash }, key, message) {
  checkType(key, 'private');
  return computeBuffer('ec.sign', { hash }, [key.material, message]);
}

export function verify({ hash }, key, signature, message) {
  checkType(key, 'public');
  return compute('ec.verify', { hash }, [key.material, signature, message]).value;
}

export function deriveBits({ public: other }, key, length) {
  checkAgreement(key, other);
  return firstBits(compute('ec.derive', {}, [key.material, other.material]).data, length);
}
