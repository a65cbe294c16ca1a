// The names of elliptic curves: OpenSSL's, and those of the standards that Node takes as well.

import { ArrayPrototypeIncludes } from '../../../bootstrap/primordials.js';

/** https://nodejs.org/api/crypto.html#cryptogetcurves */
export const getCurves = () => [
  'brainpoolP256r1', 'brainpoolP384r1', 'brainpoolP512r1', 'prime256v1', 'secp224r1', 'secp256k1', 'secp384r1', 'secp521r1',
];

/** The name that the host knows; undefined for curves that it does not have. */
export function curveNamed(name) {
  const others = { __proto__: null, 'P-256': 'prime256v1', 'P-384': 'secp384r1', 'P-521': 'secp521r1', 'P-224': 'secp224r1', 'secp256r1': 'prime256v1' };
  const known = others[name] ?? name;
  return ArrayPrototypeIncludes(getCurves(), known) ? known : undefined;
}
