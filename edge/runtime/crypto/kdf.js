// HKDF and PBKDF2: https://w3c.github.io/webcrypto/#hkdf, #pbkdf2.  The material of a key is its bytes.

import { computeBuffer, notSupported, operationError, syntaxError } from './compute.js';
import { checkUsages } from './usages.js';

export function importKey({ name }, format, data, extractable, usages) {
  if (format !== 'raw') throw notSupported(`An ${name} key has no format ${format}.`);
  checkUsages(usages, ['deriveKey', 'deriveBits'], `A key for ${name}`);
  if (extractable) throw syntaxError(`A key for ${name} cannot be extractable.`);
  return { __proto__: null, type: 'secret', algorithm: { __proto__: null, name }, material: data };
}

/** Null: as long as it may be. */
export function getKeyLength() {
  return null;
}

export function deriveBits({ name, hash, salt, info, iterations }, key, length) {
  if (length === null || length % 8 !== 0) throw operationError(`${name} needs a length that is a multiple of 8.`);
  if (name === 'HKDF') return computeBuffer('kdf.hkdf', { hash, length: length / 8 }, [key.material, salt, info]);
  if (iterations === 0) throw operationError('PBKDF2 needs at least one iteration.');
  return computeBuffer('kdf.pbkdf2', { hash, length: length / 8, iterations }, [key.material, salt]);
}
