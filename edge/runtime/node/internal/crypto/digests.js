// The names of hashes: OpenSSL's, which Node takes, and the host's.

import { ObjectKeys, RegExpPrototypeSymbolReplace, StringPrototypeToLowerCase } from '../../../bootstrap/primordials.js';

const names = () => ({
  __proto__: null,
  'blake2b512': 'blake2b', 'blake2s256': 'blake2s', 'md5': 'md5', 'ripemd160': 'ripemd160', 'sha1': 'sha1', 'sha224': 'sha224', 'sha256': 'sha256',
  'sha3-224': 'sha3_224', 'sha3-256': 'sha3_256', 'sha3-384': 'sha3_384', 'sha3-512': 'sha3_512', 'sha384': 'sha384', 'sha512': 'sha512',
  'sha512-224': 'sha512_224', 'sha512-256': 'sha512_256', 'shake128': 'shake_128', 'shake256': 'shake_256',
});

const aliases = () => ({
  __proto__: null,
  'ripemd': 'ripemd160', 'rmd160': 'ripemd160', 'sha-1': 'sha1', 'sha-224': 'sha224', 'sha-256': 'sha256', 'sha-384': 'sha384', 'sha-512': 'sha512',
  'sha1-2': 'sha1', 'sha512/224': 'sha512-224', 'sha512/256': 'sha512-256', 'ssl3-md5': 'md5', 'ssl3-sha1': 'sha1', 'shake-128': 'shake128', 'shake-256': 'shake256',
});

let table;
let others;
const DECORATION = /^(?:rsa-|id-rsassa-pkcs1-v1_5-with-)|with(?:rsa|rsaencryption)$/g;

/** The host's name of a hash; undefined for one that is not there. */
export function digestNamed(name) {
  table ??= names();
  others ??= aliases();
  const plain = RegExpPrototypeSymbolReplace(DECORATION, StringPrototypeToLowerCase(name), '');
  return table[others[plain] ?? plain];
}

/** The hashes of https://nodejs.org/api/crypto.html#cryptogethashes, without the other names that they have. */
export const getHashes = () => ObjectKeys(names());

/** Bytes of a shake without `outputLength`, as Node has it; undefined for hashes with one length. */
export const shakeLength = (name) => (name === 'shake_128' ? 16 : name === 'shake_256' ? 32 : undefined);

const BLAKE = { __proto__: null, blake2b: true, blake2s: true, ripemd160: true, shake_128: true, shake_256: true };

/** The host's name of a hash that signatures and derivations can have; undefined for others. */
export function signingDigest(name) {
  const found = digestNamed(name);
  return BLAKE[found] ? undefined : found;
}
