// What Node's tests find as `../common/crypto`: checks of keys that several of them share.

const assert = require('assert');
const crypto = require('crypto');

const pem = (label, head = '') => new RegExp(`^-----BEGIN ${label}-----\n${head}[\\s\\S]+\n-----END ${label}-----\n$`);
const ENCRYPTED = (cipher) => `Proc-Type: 4,ENCRYPTED\nDEK-Info: ${cipher},[^\n]+\n\n`;

function assertApproximateSize(key, expected) {
  const size = typeof key === 'string' ? key.length : key.byteLength;
  assert(size >= 0.9 * expected && size <= 1.1 * expected, `${size} instead of about ${expected}`);
}

function testEncryptDecrypt(publicKey, privateKey) {
  const message = 'Hello Node.js world!';
  const forward = crypto.publicEncrypt(publicKey, Buffer.from(message));
  assert.strictEqual(crypto.privateDecrypt(privateKey, forward).toString(), message);
  const back = crypto.privateEncrypt(privateKey, Buffer.from(message));
  assert.strictEqual(crypto.publicDecrypt(publicKey, back).toString(), message);
}

function testSignVerify(publicKey, privateKey) {
  const message = Buffer.from('Hello Node.js world!');
  const signature = crypto.createSign('sha256').update(message).sign(privateKey, 'hex');
  assert(crypto.createVerify('sha256').update(message).verify(publicKey, signature, 'hex'));
}

module.exports = {
  get modp2buf() { return crypto.getDiffieHellman('modp2').getPrime(); },
  assertApproximateSize,
  testEncryptDecrypt,
  testSignVerify,
  // The algorithms are those of OpenSSL 3.4: what came with a later one, keys against quantum computers, is skipped.
  hasOpenSSL: (major, minor = 0) => major < 3 || (major === 3 && minor < 5),
  hasOpenSSL3: true,
  opensslCli: false,
  pkcs1PubExp: pem('RSA PUBLIC KEY'),
  pkcs1PrivExp: pem('RSA PRIVATE KEY'),
  pkcs1EncExp: (cipher) => pem('RSA PRIVATE KEY', ENCRYPTED(cipher)),
  spkiExp: pem('PUBLIC KEY'),
  pkcs8Exp: pem('PRIVATE KEY'),
  pkcs8EncExp: pem('ENCRYPTED PRIVATE KEY'),
  sec1Exp: pem('EC PRIVATE KEY'),
  sec1EncExp: (cipher) => pem('EC PRIVATE KEY', ENCRYPTED(cipher)),
};
