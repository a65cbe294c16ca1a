// node:crypto: https://nodejs.org/api/crypto.html, computed by ../ops/crypto.py and ../ops/nodecrypto/.
//
// Each of its parts is loaded when it is used first: see internal/crypto/.

import { ObjectDefineProperty, ObjectFreeze, Promise, ReflectApply, ReflectConstruct, SymbolFor } from '../bootstrap/primordials.js';
import { crypto as webcrypto } from '../crypto/crypto.js';
import { unsupported, validateFunction, validateObject, validateString } from './internal/errors.js';
import { named } from './internal/named.js';
import { randomBytes, randomFill, randomFillSync, randomInt, randomUUID, timingSafeEqual } from './internal/crypto/random.js';

const cipher = () => import('./internal/crypto/cipher.js');
const cipherNames = () => import('./internal/crypto/cipher_names.js');
const curves = () => import('./internal/crypto/curves.js');
const certificate = () => import('./internal/crypto/certificate.js');
const diffieHellman = () => import('./internal/crypto/diffie_hellman.js');
const digests = () => import('./internal/crypto/digests.js');
const ecdh = () => import('./internal/crypto/ecdh.js');
const generate = () => import('./internal/crypto/generate.js');
const hashes = () => import('./internal/crypto/hash.js');
const kdf = () => import('./internal/crypto/kdf.js');
const keyInput = () => import('./internal/crypto/key_input.js');
const keyObject = () => import('./internal/crypto/key_object.js');
const primes = () => import('./internal/crypto/primes.js');
const rsa = () => import('./internal/crypto/rsa.js');
const signing = () => import('./internal/crypto/sign.js');
const x509 = () => import('./internal/crypto/x509.js');

/** Functions that load their part with the first call. */
const late = {
  argon2: kdf, argon2Sync: kdf, checkPrime: primes, checkPrimeSync: primes, generatePrime: primes, generatePrimeSync: primes, pbkdf2: kdf, pbkdf2Sync: kdf, scrypt: kdf, scryptSync: kdf, hkdf: kdf, hkdfSync: kdf,
  createPrivateKey: keyInput, createPublicKey: keyInput, createSecretKey: keyInput,
  diffieHellman: ecdh, generateKeyPairSync: generate, getCipherInfo: cipherNames, getCiphers: cipherNames, getCurves: curves, getHashes: digests,
  hash: hashes, privateDecrypt: rsa, privateEncrypt: rsa, publicDecrypt: rsa, publicEncrypt: rsa, sign: signing, verify: signing,
};

/** Classes and the functions that make an instance of one. */
const classes = {
  Hash: [hashes, 'createHash'], Hmac: [hashes, 'createHmac'], Cipheriv: [cipher, 'createCipheriv'], Decipheriv: [cipher, 'createDecipheriv'],
  Certificate: [certificate, undefined], DiffieHellman: [diffieHellman, 'createDiffieHellman'], DiffieHellmanGroup: [diffieHellman, 'createDiffieHellmanGroup'],
  X509Certificate: [x509, undefined], ECDH: [ecdh, 'createECDH'], Sign: [signing, 'createSign'], Verify: [signing, 'createVerify'], KeyObject: [keyObject, undefined],
};

const ABSENT = ['decapsulate', 'encapsulate', 'setEngine'];

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
  getDiffieHellman: (name) => ReflectConstruct(diffieHellman().DiffieHellmanGroup, [name]),
  getFips: () => 0,
  setFips(on) {
    if (on) throw unsupported('FIPS mode', 'it is a matter of the host');
  },
  secureHeapUsed: () => undefined,
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
// A promise of it has both halves.
defineLate('generateKeyPair', () => {
  const make = named('generateKeyPair', (...args) => ReflectApply(generate().generateKeyPair, crypto, args));
  const promised = (type, options) => new Promise((resolve, reject) => make(type, options, (error, publicKey, privateKey) => (error ? reject(error) : resolve({ publicKey, privateKey }))));
  return ObjectDefineProperty(make, SymbolFor('nodejs.util.promisify.custom'), { __proto__: null, value: promised, configurable: true });
});
for (const name in classes) {
  const part = classes[name][0];
  const factory = classes[name][1];
  defineLate(name, () => part()[name]);
  if (factory !== undefined) define(factory, named(factory, (...args) => ReflectConstruct(part()[name], args)));
}
ObjectDefineProperty(crypto, 'fips', { __proto__: null, get: crypto.getFips, set: crypto.setFips, configurable: true });
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
