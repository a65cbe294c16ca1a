import { Crypto, crypto } from './crypto.js';

export const globals = { Crypto, crypto };
