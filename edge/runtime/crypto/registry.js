// The registered algorithms: their names, the file that has them, and which dictionary each operation takes
// (https://w3c.github.io/webcrypto/#algorithm-overview).  Operations without parameters take an `Algorithm`.

import { asciiLowerCase } from '../webidl/index.js';

const PLAIN = 'Algorithm';

const algorithm = (name, family, operations) => ({ __proto__: null, name, family, ...operations });
const hash = (name) => algorithm(name, 'digest', { digest: PLAIN });
const kdf = (name, params) => algorithm(name, 'kdf', { importKey: PLAIN, getKeyLength: PLAIN, deriveBits: params });
const okp = (name, operations) => algorithm(name, 'okp', { generateKey: PLAIN, importKey: PLAIN, exportKey: PLAIN, ...operations });

function aes(name, operations) {
  return algorithm(name, 'aes', { generateKey: 'AesKeyGenParams', importKey: PLAIN, exportKey: PLAIN, getKeyLength: 'AesDerivedKeyParams', ...operations });
}

function ec(name, operations) {
  return algorithm(name, 'ec', { generateKey: 'EcKeyGenParams', importKey: 'EcKeyImportParams', exportKey: PLAIN, ...operations });
}

function rsa(name, operations) {
  return algorithm(name, 'rsa', { generateKey: 'RsaHashedKeyGenParams', importKey: 'RsaHashedImportParams', exportKey: PLAIN, ...operations });
}

// By name in lower case.
const ALGORITHMS = {
  __proto__: null,
  'sha-1': hash('SHA-1'),
  'sha-256': hash('SHA-256'),
  'sha-384': hash('SHA-384'),
  'sha-512': hash('SHA-512'),
  hmac: algorithm('HMAC', 'hmac', {
    generateKey: 'HmacKeyGenParams', importKey: 'HmacImportParams', exportKey: PLAIN, getKeyLength: 'HmacImportParams', sign: PLAIN, verify: PLAIN,
  }),
  'aes-cbc': aes('AES-CBC', { encrypt: 'AesCbcParams', decrypt: 'AesCbcParams' }),
  'aes-ctr': aes('AES-CTR', { encrypt: 'AesCtrParams', decrypt: 'AesCtrParams' }),
  'aes-gcm': aes('AES-GCM', { encrypt: 'AesGcmParams', decrypt: 'AesGcmParams' }),
  'aes-kw': aes('AES-KW', { wrapKey: PLAIN, unwrapKey: PLAIN }),
  'rsassa-pkcs1-v1_5': rsa('RSASSA-PKCS1-v1_5', { sign: PLAIN, verify: PLAIN }),
  'rsa-pss': rsa('RSA-PSS', { sign: 'RsaPssParams', verify: 'RsaPssParams' }),
  'rsa-oaep': rsa('RSA-OAEP', { encrypt: 'RsaOaepParams', decrypt: 'RsaOaepParams' }),
  ecdsa: ec('ECDSA', { sign: 'EcdsaParams', verify: 'EcdsaParams' }),
  ecdh: ec('ECDH', { deriveBits: 'EcdhKeyDeriveParams' }),
  ed25519: okp('Ed25519', { sign: PLAIN, verify: PLAIN }),
  ed448: okp('Ed448', { sign: 'Ed448Params', verify: 'Ed448Params' }),
  x25519: okp('X25519', { deriveBits: 'EcdhKeyDeriveParams' }),
  x448: okp('X448', { deriveBits: 'EcdhKeyDeriveParams' }),
  hkdf: kdf('HKDF', 'HkdfParams'),
  pbkdf2: kdf('PBKDF2', 'Pbkdf2Params'),
};

const FAMILIES = {
  __proto__: null,
  aes: () => import('./aes.js'),
  digest: () => import('./digest.js'),
  ec: () => import('./ec.js'),
  hmac: () => import('./hmac.js'),
  kdf: () => import('./kdf.js'),
  okp: () => import('./okp.js'),
  rsa: () => import('./rsa.js'),
};

/** What is registered under a name, whatever its case; undefined when nothing is. */
export function registered(name) {
  return ALGORITHMS[asciiLowerCase(name)];
}

/** The file of an algorithm: a function for each of its operations. */
export function familyOf(name) {
  return FAMILIES[registered(name).family]();
}
