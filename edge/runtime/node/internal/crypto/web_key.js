// Between KeyObject and CryptoKey: both keep secrets as bytes, private keys as PKCS #8 and public ones as SPKI, but for
// the curves of Edwards, whose CryptoKeys keep raw bytes.

import { TypedArrayPrototypeSubarray } from '../../../bootstrap/primordials.js';
import { compute as computeWeb } from '../../../crypto/compute.js';
import { CryptoKey, keyState as webState } from '../../../crypto/crypto_key.js';
import { importKeySync } from '../../../crypto/subtle.js';
import { invalidArgType } from '../errors.js';
import { compute } from './compute.js';
import { asymmetricKey, keyState, secretKey } from './key_object.js';

const OKP = { __proto__: null, Ed25519: true, X25519: true, Ed448: true, X448: true };

/** The KeyObject of a CryptoKey; undefined for everything else. */
export function keyObjectOf(value) {
  if (!(value instanceof CryptoKey)) return undefined;
  const state = webState(value);
  if (state.type === 'secret') return secretKey(state.material);
  const isPrivate = state.type === 'private';
  const curve = state.algorithm.name;
  const material = OKP[curve] ? computeWeb('okp.export', { curve, format: isPrivate ? 'pkcs8' : 'spki', private: isPrivate }, [state.material]).data : state.material;
  const none = TypedArrayPrototypeSubarray(material, 0, 0);
  return asymmetricKey(state.type, compute('keys.parse', { private: isPrivate, format: 'der', locked: false }, [none, material]));
}

export function fromCryptoKey(key) {
  const found = keyObjectOf(key);
  if (found === undefined) throw invalidArgType('key', 'CryptoKey', key);
  return found;
}

/** https://nodejs.org/api/crypto.html#keyobjecttocryptokeyalgorithm-extractable-keyusages */
export function toCryptoKey(key, algorithm, extractable, usages) {
  const { type, material } = keyState(key);
  const format = type === 'secret' ? 'raw' : type === 'private' ? 'pkcs8' : 'spki';
  return importKeySync(format, material, algorithm, extractable, usages);
}
