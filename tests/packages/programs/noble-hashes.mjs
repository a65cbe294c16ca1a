import { blake3 } from '@noble/hashes/blake3.js';
import { hmac } from '@noble/hashes/hmac.js';
import { scrypt } from '@noble/hashes/scrypt.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, randomBytes, utf8ToBytes } from '@noble/hashes/utils.js';

export function run() {
  const text = utf8ToBytes('text');
  return [sha256(text), blake3(text), hmac(sha256, text, text), scrypt(text, text, { N: 16, r: 1, p: 1, dkLen: 16 })].map(bytesToHex).concat(randomBytes(5).length);
}
