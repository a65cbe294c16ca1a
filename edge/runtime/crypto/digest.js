// The hashes: https://w3c.github.io/webcrypto/#sha

import { TypedArrayPrototypeGetBuffer } from '../bootstrap/primordials.js';
import { hostCallSync } from '../bootstrap/host.js';

/** Name of the host's algorithm, block size in bits, and the number that stands for it in JSON Web Keys. */
export const HASHES = {
  __proto__: null,
  'SHA-1': { __proto__: null, op: 'sha1', block: 512, jwk: '1' },
  'SHA-256': { __proto__: null, op: 'sha256', block: 512, jwk: '256' },
  'SHA-384': { __proto__: null, op: 'sha384', block: 1024, jwk: '384' },
  'SHA-512': { __proto__: null, op: 'sha512', block: 1024, jwk: '512' },
};

export function digest({ name }, data) {
  return TypedArrayPrototypeGetBuffer(hostCallSync('crypto.digest', { __proto__: null, algorithm: HASHES[name].op }, data).data);
}
