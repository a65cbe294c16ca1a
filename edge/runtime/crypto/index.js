import { Crypto, crypto } from './crypto.js';
import { CryptoKey } from './crypto_key.js';
import { SubtleCrypto } from './subtle.js';

export { randomBytes } from './crypto.js';

export const globals = { Crypto, CryptoKey, SubtleCrypto, crypto };
