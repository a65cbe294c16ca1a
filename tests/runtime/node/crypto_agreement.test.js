const crypto = require('crypto');

test('ECDH: both sides find the same secret', () => {
  const alice = crypto.createECDH('secp256k1');
  const bob = crypto.createECDH('secp256k1');
  alice.generateKeys();
  const theirs = bob.generateKeys('hex', 'compressed');
  assert_equals(theirs.length, 66);
  assert_equals(alice.computeSecret(theirs, 'hex', 'hex'), bob.computeSecret(alice.getPublicKey()).toString('hex'));
});

test('ECDH: a known private key gives the known public one (NIST, CAVS 14.1)', () => {
  const ecdh = crypto.createECDH('prime256v1').setPrivateKey('7d7dc5f71eb29ddaf80d6214632eeae03d9058af1fb6d22ed80badb62bc1a534', 'hex');
  assert_equals(ecdh.getPublicKey('hex'), '04ead218590119e8876b29146ff89ca61770c4edbbf97d38ce385ed281d8a6b23028af61281fd35e2fa7002523acc85a429cb06ee6648325389f59edfce1405141');
  const point = '04700c48f77f56584c5cc632ca65640db91b6bacce3a4df6b42ce7cc838833d287db71e509e3fd9b060ddb20ba5c51dcc5948d46fbf640dfe0441782cab85fa4ac';
  assert_equals(ecdh.computeSecret(point, 'hex', 'hex'), '46fc62106420ff012e54a434fbdd2d25ccc5852060561e68040dd7778997bd7b');
  for (const form of ['compressed', 'hybrid', 'uncompressed']) assert_equals(crypto.ECDH.convertKey(crypto.ECDH.convertKey(point, 'prime256v1', 'hex', 'hex', form), 'prime256v1', 'hex', 'hex'), point);
});

test('ECDH: points that are not on the curve are refused', () => {
  const ecdh = crypto.createECDH('prime256v1');
  ecdh.generateKeys();
  assert_throws('ERR_CRYPTO_ECDH_INVALID_PUBLIC_KEY', () => ecdh.computeSecret(Buffer.alloc(65, 4)));
  assert_throws('ERR_CRYPTO_ECDH_INVALID_PUBLIC_KEY', () => ecdh.computeSecret(Buffer.alloc(0)));
  assert_throws(Error, () => ecdh.setPrivateKey(Buffer.alloc(32)));
  assert_throws(Error, () => ecdh.setPrivateKey(Buffer.alloc(32, 255)));
  assert_throws('ERR_CRYPTO_INVALID_CURVE', () => crypto.createECDH('nope'));
  assert_throws('ERR_CRYPTO_ECDH_INVALID_FORMAT', () => ecdh.getPublicKey('hex', 'nope'));
});

test('diffieHellman() of KeyObjects', async () => {
  for (const [type, options] of [['x25519'], ['x448'], ['ec', { namedCurve: 'P-384' }]]) {
    const [alice, bob] = [crypto.generateKeyPairSync(type, options), crypto.generateKeyPairSync(type, options)];
    const secret = crypto.diffieHellman({ privateKey: alice.privateKey, publicKey: bob.publicKey });
    assert_true(secret.equals(crypto.diffieHellman({ privateKey: bob.privateKey, publicKey: alice.publicKey })));
  }
  const mixed = { privateKey: crypto.generateKeyPairSync('x25519').privateKey, publicKey: crypto.generateKeyPairSync('x448').publicKey };
  assert_throws('ERR_CRYPTO_INCOMPATIBLE_KEY', () => crypto.diffieHellman(mixed));
});
