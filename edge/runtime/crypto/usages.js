// What a key is for: https://w3c.github.io/webcrypto/#cryptokey-interface, KeyUsage

import { ArrayPrototypeFilter, ArrayPrototypeIncludes, ArrayPrototypePush, TypeError } from '../bootstrap/primordials.js';
import { isObject, toEnum } from '../webidl/index.js';
import { invalidAccess, syntaxError } from './compute.js';

const USAGES = ['encrypt', 'decrypt', 'sign', 'verify', 'deriveKey', 'deriveBits', 'wrapKey', 'unwrapKey'];

/** `sequence<KeyUsage>`, each once and in the order of the standard. */
export function toUsages(value) {
  if (!isObject(value)) throw new TypeError('crypto.subtle: the key usages are not a sequence.');
  const given = [];
  // eslint-disable-next-line no-restricted-syntax -- the user's iterable, as the standard asks
  for (const usage of value) ArrayPrototypePush(given, toEnum(usage, USAGES, 'crypto.subtle: the key usage'));
  return ArrayPrototypeFilter(USAGES, (usage) => ArrayPrototypeIncludes(given, usage));
}

/** SyntaxError when a usage is none that such a key can have. */
export function checkUsages(usages, allowed, what) {
  for (let i = 0; i < usages.length; i++) {
    if (!ArrayPrototypeIncludes(allowed, usages[i])) throw syntaxError(`${what} cannot be used to ${usages[i]}.`);
  }
}

/** SyntaxError when a secret or private key would be of no use. */
export function checkUseful(usages) {
  if (usages.length === 0) throw syntaxError('A secret or private key needs at least one usage.');
}

export function only(usages, wanted) {
  return ArrayPrototypeFilter(usages, (usage) => ArrayPrototypeIncludes(wanted, usage));
}

/** InvalidAccessError when a key is not of the algorithm, or not for the purpose. */
export function checkAccess(key, algorithm, usage) {
  if (key.algorithm.name !== algorithm.name) throw invalidAccess(`The key is of ${key.algorithm.name}, not of ${algorithm.name}.`);
  if (!ArrayPrototypeIncludes(key.usages, usage)) throw invalidAccess(`The key cannot be used to ${usage}.`);
}

/** InvalidAccessError when a key is not of the type. */
export function checkType(key, type) {
  if (key.type !== type) throw invalidAccess(`A ${type} key is needed, and this is a ${key.type} one.`);
}
