// Deep equality of the keys of node:crypto and of Web Crypto: by what they hold, which no property shows.

import { CryptoKey } from '../../crypto/crypto_key.js';
import { isKey } from './crypto/key_object.js';
import { keyObjectOf } from './crypto/web_key.js';

/** True, too, when neither is a key, whatever they call themselves. */
export function sameKeys(comparison, actual, expected) {
  if (isKey(actual) || isKey(expected)) return isKey(actual) && isKey(expected) && actual.equals(expected);
  const isWebKey = actual instanceof CryptoKey;
  if (isWebKey !== expected instanceof CryptoKey) return false;
  if (!isWebKey) return true;
  return actual.extractable === expected.extractable && comparison.equal(actual.algorithm, expected.algorithm) &&
    comparison.equal(actual.usages, expected.usages) && keyObjectOf(actual).equals(keyObjectOf(expected));
}
