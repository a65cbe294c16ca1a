// Randomness of the host.

import { hostCallSync } from '../bootstrap/host.js';

/** Bytes of the system's random generator. */
export function randomBytes(n) {
  return hostCallSync('crypto.random', { __proto__: null, n }).data;
}
