// Which ciphers there are: https://nodejs.org/api/crypto.html#cryptogetcipherinfonameornid-options

import { ArrayPrototypePush, ArrayPrototypeSort, ObjectKeys, StringPrototypeToLowerCase } from '../../../bootstrap/primordials.js';
import { invalidArgType, validateInteger, validateObject } from '../errors.js';

// Those of AES, by the end of their name: mode, bytes of IV, OpenSSL's numbers for keys of 128, 192 and 256 bits.
const ofAes = () => ({
  __proto__: null,
  'cbc': ['cbc', 16, 419, 423, 427], 'ccm': ['ccm', 12, 896, 899, 902], 'cfb': ['cfb', 16, 421, 425, 429], 'cfb8': ['cfb8', 16, 653, 654, 655], 'ctr': ['ctr', 16, 904, 905, 906],
  'ecb': ['ecb', 0, 418, 422, 426], 'gcm': ['gcm', 12, 895, 898, 901], 'ocb': ['ocb', 12, 958, 959, 960], 'ofb': ['ofb', 16, 420, 424, 428],
});

// Name -> mode, bytes of key and of IV, number, block cipher.
const others = () => ({
  __proto__: null,
  'aes-128-xts': ['xts', 32, 16, 913, 'aes'], 'aes-256-xts': ['xts', 64, 16, 914, 'aes'],
  'camellia-128-cbc': ['cbc', 16, 16, 751, 'camellia'], 'camellia-192-cbc': ['cbc', 24, 16, 752, 'camellia'], 'camellia-256-cbc': ['cbc', 32, 16, 753, 'camellia'],
  'camellia-128-ecb': ['ecb', 16, 0, 754, 'camellia'], 'camellia-192-ecb': ['ecb', 24, 0, 755, 'camellia'], 'camellia-256-ecb': ['ecb', 32, 0, 756, 'camellia'],
  'chacha20': ['chacha20', 32, 16, 1019, 'chacha20'], 'chacha20-poly1305': ['chacha20-poly1305', 32, 12, 1018, 'chacha20'],
  'des-ede3': ['ecb', 24, 0, 33, 'des-ede3'], 'des-ede3-cbc': ['cbc', 24, 8, 44, 'des-ede3'], 'des-ede3-cfb': ['cfb', 24, 8, 61, 'des-ede3'],
  'des-ede3-cfb8': ['cfb8', 24, 8, 659, 'des-ede3'], 'des-ede3-ofb': ['ofb', 24, 8, 63, 'des-ede3'], 'des3-wrap': ['des3-wrap', 24, 0, 246, 'des-ede3'],
  'id-aes128-wrap': ['wrap', 16, 8, 788, 'aes'], 'id-aes192-wrap': ['wrap', 24, 8, 789, 'aes'], 'id-aes256-wrap': ['wrap', 32, 8, 790, 'aes'],
  'id-aes128-wrap-pad': ['wrap-pad', 16, 4, 897, 'aes'], 'id-aes192-wrap-pad': ['wrap-pad', 24, 4, 900, 'aes'], 'id-aes256-wrap-pad': ['wrap-pad', 32, 4, 903, 'aes'],
  'sm4-cbc': ['cbc', 16, 16, 1134, 'sm4'], 'sm4-cfb': ['cfb', 16, 16, 1137, 'sm4'], 'sm4-ctr': ['ctr', 16, 16, 1139, 'sm4'], 'sm4-ecb': ['ecb', 16, 0, 1133, 'sm4'], 'sm4-ofb': ['ofb', 16, 16, 1135, 'sm4'],
});

const SIZES = [128, 192, 256];

function table() {
  const made = others();
  const modes = ofAes();
  for (const end in modes) {
    const row = modes[end];
    for (let i = 0; i < SIZES.length; i++) made[`aes-${SIZES[i]}-${end}`] = [row[0], SIZES[i] / 8, row[1], row[2 + i], 'aes'];
  }
  return made;
}

function aliases() {
  const made = { __proto__: null, 'des3': 'des-ede3-cbc', 'des-ede3-ecb': 'des-ede3', 'id-smime-alg-cms3deswrap': 'des3-wrap', 'sm4': 'sm4-cbc' };
  for (let i = 0; i < SIZES.length; i++) {
    const size = SIZES[i];
    made[`aes${size}`] = `aes-${size}-cbc`;
    made[`camellia${size}`] = `camellia-${size}-cbc`;
    made[`id-aes${size}-gcm`] = `aes-${size}-gcm`;
    made[`id-aes${size}-ccm`] = `aes-${size}-ccm`;
    made[`aes${size}-wrap`] = `id-aes${size}-wrap`;
    made[`aes-${size}-wrap`] = `id-aes${size}-wrap`;
    made[`aes${size}-wrap-pad`] = `id-aes${size}-wrap-pad`;
  }
  return made;
}

let known;
let names;

/** `{name, mode, keyLength, ivLength, nid, block}`; undefined for a cipher that is not there. */
export function cipherNamed(given) {
  known ??= table();
  names ??= aliases();
  const lower = StringPrototypeToLowerCase(given);
  const name = names[lower] ?? lower;
  const row = known[name];
  if (row === undefined) return undefined;
  return { __proto__: null, name, mode: row[0], keyLength: row[1], ivLength: row[2], nid: row[3], block: row[4] };
}

export function getCiphers() {
  const all = ObjectKeys(table());
  const more = ObjectKeys(aliases());
  for (let i = 0; i < more.length; i++) ArrayPrototypePush(all, more[i]);
  return ArrayPrototypeSort(all);
}

function byNumber(nid) {
  const all = ObjectKeys(table());
  for (let i = 0; i < all.length; i++) if (cipherNamed(all[i]).nid === nid) return all[i];
  return undefined;
}

const RANGES = { __proto__: null, 'gcm': [8, 128], 'ccm': [7, 13], 'ocb': [1, 15], 'chacha20-poly1305': [1, 12] };

/** Whether a cipher takes an IV of so many bytes. */
export function takesIv({ mode, ivLength }, length) {
  const range = RANGES[mode];
  return range === undefined ? length === ivLength : length >= range[0] && length <= range[1];
}

export function getCipherInfo(nameOrNid, options) {
  if (typeof nameOrNid !== 'string' && typeof nameOrNid !== 'number') throw invalidArgType('nameOrNid', ['string', 'number'], nameOrNid);
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

const MODES = { __proto__: null, 'chacha20': 'stream', 'chacha20-poly1305': 'stream', 'cfb8': 'cfb', 'wrap-pad': 'wrap', 'des3-wrap': 'wrap' };

// What getCipherInfo calls those whose OpenSSL name is another one.
function officialName({ name, mode, keyLength }) {
  if (mode === 'gcm' || mode === 'ccm') return `id-aes${keyLength * 8}-${mode}`;
  return mode === 'des3-wrap' ? 'id-smime-alg-cms3deswrap' : name;
}

function blockSizeOf({ mode, block }) {
  if (mode === 'wrap' || mode === 'wrap-pad' || mode === 'des3-wrap') return 8;
  if (mode === 'cbc' || mode === 'ecb' || mode === 'ocb') return block === 'des-ede3' ? 8 : 16;
  return 1;
}

function infoOf(found, wantedIv) {
  const mode = MODES[found.mode] ?? found.mode;
  const info = { mode, name: officialName(found), nid: found.nid };
  if (mode !== 'stream') info.blockSize = blockSizeOf(found);
  if (found.ivLength > 0) info.ivLength = wantedIv ?? found.ivLength;
  info.keyLength = found.keyLength;
  return info;
}
