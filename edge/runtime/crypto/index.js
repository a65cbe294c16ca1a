import { Crypto, crypto } from './crypto.js';
import { CryptoKey } from './crypto_key.js';
import { SubtleCrypto } from './subtle.js';
import { timingSafeEqual } from './timing_safe_equal.js';
import { ObjectDefineProperty } from '../bootstrap/primordials.js';

export { randomBytes } from './crypto.js';

// Not of the standard: Workers have it there.
ObjectDefineProperty(SubtleCrypto.prototype, 'timingSafeEqual', { __proto__: null, value: timingSafeEqual, writable: true, enumerable: true, configurable: true });

export const globals = { Crypto, CryptoKey, SubtleCrypto, crypto };
