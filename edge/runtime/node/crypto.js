// node:crypto: https://nodejs.org/api/crypto.html, computed by ../ops/crypto.py and ../ops/nodecrypto/.
//
// Each of its parts is loaded when it is used first: see internal/crypto/.

import { ObjectDefineProperty, ObjectFreeze, ReflectApply, ReflectConstruct } from '../bootstrap/primordials.js';
import { crypto as webcrypto } from '../crypto/crypto.js';
import { unsupported, validateFunction, validateObject, validateString } from './internal/errors.js';
import { named } from './internal/named.js';
import { randomBytes, randomFill, randomFillSync, randomInt, randomUUID, timingSafeEqual } from './internal/crypto/random.js';

const cipher = () => import('./internal/crypto/cipher.js');
const cipherNames = () => import('./internal/crypto/cipher_names.js');
const curves = () => import('./internal/crypto/curves.js');
const digests = () => import('./internal/crypto/digests.js');
const ecdh = () => import('./internal/crypto/ecdh.js');
const generate = () => import('./internal/crypto/generate.js');
const hashes = () => import('./internal/crypto/hash.js');
const kdf = () => import('./internal/crypto/kdf.js');
const keyInput = () => import('./internal/crypto/key_input.js');
const keyObject = () => import('./internal/crypto/key_object.js');
const rsa = () => import('./internal/crypto/rsa.js');
const signing = () => import('./internal/crypto/sign.js');

/** Functions that load their part with the first call. */
const late = {
  pbkdf2: kdf, pbkdf2Sync: kdf, scrypt: kdf, scryptSync: kdf, hkdf: kdf, hkdfSync: kdf,
  createPrivateKey: keyInput, createPublicKey: keyInput, createSecretKey: keyInput,
  diffieHellman: ecdh, generateKeyPair: generate, generateKeyPairSync: generate, getCipherInfo: cipherNames, getCiphers: cipherNames, getCurves: curves, getHashes: digests,
  hash: hashes, privateDecrypt: rsa, privateEncrypt: rsa, publicDecrypt: rsa, publicEncrypt: rsa, sign: signing, verify: signing,
};

/** Classes and the functions that make an instance of one. */
const classes = {
  Hash: [hashes, 'createHash'], Hmac: [hashes, 'createHmac'], Cipheriv: [cipher, 'createCipheriv'], Decipheriv: [cipher, 'createDecipheriv'],
  ECDH: [ecdh, 'createECDH'], Sign: [signing, 'createSign'], Verify: [signing, 'createVerify'], KeyObject: [keyObject, undefined],
};

const ABSENT = [
  'Certificate', 'DiffieHellman', 'DiffieHellmanGroup', 'X509Certificate', 'checkPrime', 'checkPrimeSync', 'createDiffieHellman', 'createDiffieHellmanGroup', 'decapsulate',
  'encapsulate', 'generatePrime', 'generatePrimeSync', 'getDiffieHellman', 'secureHeapUsed', 'setEngine', 'setFips',
];

const crypto = {
  randomBytes,
  randomFill,
  randomFillSync,
  randomInt,
  randomUUID,
  timingSafeEqual,
  generateKeySync: (type, options) => keyObject().generateSecret(type, options),
  generateKey(type, options, callback) {
    validateString(type, 'type');
    validateObject(options, 'options');
    validateFunction(callback, 'callback');
    const key = keyObject().generateSecret(type, options);
    import('./internal/crypto/compute.js').answer(() => key, callback);
  },
  getFips: () => 0,
  getRandomValues: (array) => webcrypto.getRandomValues(array),
};

function define(name, value, enumerable = true) {
  ObjectDefineProperty(crypto, name, { __proto__: null, value, writable: true, enumerable, configurable: true });
}

define('pseudoRandomBytes', randomBytes, false);
define('prng', randomBytes, false);
define('rng', randomBytes, false);

/** A property that is made when it is read first. */
function defineLate(name, make) {
  ObjectDefineProperty(crypto, name, {
    __proto__: null,
    enumerable: true,
    configurable: true,
    get() {
      const value = make();
      define(name, value);
      return value;
    },
    set(value) {
      define(name, value);
    },
  });
}

for (const name in late) define(name, named(name, (...args) => ReflectApply(late[name]()[name], crypto, args)));
for (const name in classes) {
  const part = classes[name][0];
  const factory = classes[name][1];
  defineLate(name, () => part()[name]);
  if (factory !== undefined) define(factory, named(factory, (...args) => ReflectConstruct(part()[name], args)));
}
for (let i = 0; i < ABSENT.length; i++) {
  const name = ABSENT[i];
  define(name, function absent() {
    throw unsupported(`crypto.${name}`, 'docs/reference/runtime.md lists what is');
  });
}
defineLate('constants', () => ObjectFreeze(import('./internal/crypto/constants.js').constants()));
defineLate('webcrypto', () => webcrypto);
defineLate('subtle', () => webcrypto.subtle);

export default crypto;
