// The hashes of WebCrypto: https://w3c.github.io/webcrypto/#sha

import { StringPrototypeToUpperCase } from '../bootstrap/primordials.js';
import { DOMException } from '../events/index.js';
import { isObject, toDOMString } from '../webidl/index.js';

/** Name of the host's algorithm, block size in bits, and what a JSON Web Key calls HMAC with it. */
export const HASHES = {
  __proto__: null,
  'SHA-1': { op: 'sha1', block: 512, jwk: 'HS1' },
  'SHA-256': { op: 'sha256', block: 512, jwk: 'HS256' },
  'SHA-384': { op: 'sha384', block: 1024, jwk: 'HS384' },
  'SHA-512': { op: 'sha512', block: 1024, jwk: 'HS512' },
};

/** The registered name of a hash; NotSupportedError for others. */
export function hashName(identifier) {
  const given = toDOMString(isObject(identifier) ? identifier.name : identifier);
  const name = StringPrototypeToUpperCase(given);
  if (HASHES[name] === undefined) throw unsupported(`the hash ${given}`);
  return name;
}

export function unsupported(what) {
  return new DOMException(`crypto.subtle: ${what} is not supported in this version (digests SHA-1, SHA-256, SHA-384 and SHA-512, and HMAC keys are)`, 'NotSupportedError');
}
