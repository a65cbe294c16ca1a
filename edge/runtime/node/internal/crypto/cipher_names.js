// Which ciphers there are: https://nodejs.org/api/crypto.html#cryptogetcipherinfonameornid-options

import { ObjectKeys, StringPrototypeToLowerCase } from '../../../bootstrap/primordials.js';
import { validateInteger, validateObject } from '../errors.js';

// Name -> mode, bytes of key and of IV, OpenSSL's number.
const table = () => ({
  __proto__: null,
  'aes-128-cbc': ['cbc', 16, 16, 419], 'aes-128-ctr': ['ctr', 16, 16, 904], 'aes-128-ecb': ['ecb', 16, 0, 418], 'aes-128-gcm': ['gcm', 16, 12, 895],
  'aes-192-cbc': ['cbc', 24, 16, 423], 'aes-192-ctr': ['ctr', 24, 16, 905], 'aes-192-ecb': ['ecb', 24, 0, 422], 'aes-192-gcm': ['gcm', 24, 12, 898],
  'aes-256-cbc': ['cbc', 32, 16, 427], 'aes-256-ctr': ['ctr', 32, 16, 906], 'aes-256-ecb': ['ecb', 32, 0, 426], 'aes-256-gcm': ['gcm', 32, 12, 901],
  'chacha20-poly1305': ['chacha20-poly1305', 32, 12, 1018], 'des-ede3-cbc': ['des-ede3-cbc', 24, 8, 44],
});

const aliases = () => ({
  __proto__: null,
  'aes128': 'aes-128-cbc', 'aes192': 'aes-192-cbc', 'aes256': 'aes-256-cbc',
  'des3': 'des-ede3-cbc', 'id-aes128-gcm': 'aes-128-gcm', 'id-aes192-gcm': 'aes-192-gcm', 'id-aes256-gcm': 'aes-256-gcm',
});

let known;

/** `{name, mode, keyLength, ivLength, nid}`; undefined for a cipher that is not there. */
export function cipherNamed(given) {
  known ??= table();
  const lower = StringPrototypeToLowerCase(given);
  const name = aliases()[lower] ?? lower;
  const row = known[name];
  if (row === undefined) return undefined;
  return { __proto__: null, name, mode: row[0], keyLength: row[1], ivLength: row[2], nid: row[3] };
}

export const getCiphers = () => ObjectKeys(table());

function byNumber(nid) {
  const names = getCiphers();
  for (let i = 0; i < names.length; i++) if (table()[names[i]][3] === nid) return names[i];
  return undefined;
}

/** Whether a cipher takes an IV of so many bytes. */
export function takesIv({ mode, ivLength }, length) {
  if (mode === 'gcm') return length >= 8 && length <= 128;
  if (mode === 'chacha20-poly1305') return length >= 1 && length <= 12;
  return length === ivLength;
}

export function getCipherInfo(nameOrNid, options) {
  if (typeof nameOrNid !== 'string' && typeof nameOrNid !== 'number') throw import('../errors.js').invalidArgType('nameOrNid', ['string', 'number'], nameOrNid);
  if (typeof nameOrNid === 'number') validateInteger(nameOrNid, 'nameOrNid');
  if (options !== undefined) validateObject(options, 'options');
  if (options?.keyLength !== undefined) validateInteger(options.keyLength, 'options.keyLength', -(2 ** 31), 2 ** 31 - 1);
  if (options?.ivLength !== undefined) validateInteger(options.ivLength, 'options.ivLength', -(2 ** 31), 2 ** 31 - 1);
  const name = typeof nameOrNid === 'number' ? byNumber(nameOrNid) : nameOrNid;
  const found = name === undefined ? undefined : cipherNamed(name);
  if (found === undefined) return undefined;
  if (options?.keyLength !== undefined && options.keyLength !== found.keyLength) return undefined;
  if (options?.ivLength !== undefined && !takesIv(found, options.ivLength)) return undefined;
  return infoOf(found, options?.ivLength);
}

function infoOf({ name, mode, keyLength, ivLength, nid }, wantedIv) {
  const plain = mode === 'des-ede3-cbc' ? 'cbc' : mode;
  const info = { mode: mode === 'chacha20-poly1305' ? 'stream' : plain, name: mode === 'gcm' ? `id-aes${keyLength * 8}-GCM` : name, nid };
  if (plain === 'cbc' || plain === 'ecb') info.blockSize = ivLength || 16;
  if (ivLength > 0) info.ivLength = wantedIv ?? ivLength;
  info.keyLength = keyLength;
  return info;
}
