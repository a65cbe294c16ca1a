// The classes behind `crypto.subtle`, as globals: apart from `crypto`, which most functions need for its randomness alone.

import { CryptoKey } from './crypto_key.js';
import { SubtleCrypto } from './subtle.js';

export const globals = { CryptoKey, SubtleCrypto };
