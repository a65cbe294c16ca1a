// Diffie-Hellman over the integers, primes, and the keys of DSA and DH.

const crypto = require('crypto');
const { promisify } = require('util');

test('two parties with a group of an RFC share a secret', () => {
  const alice = crypto.getDiffieHellman('modp14');
  const bob = crypto.createDiffieHellmanGroup('MODP14');
  assert_equals(crypto.createHash('sha256').update(alice.getPrime()).digest('hex'), 'd66436f79bbd6b2e38c0ffbd079be904d2641415e2e67140e09448be9a60890e');
  alice.generateKeys();
  const secret = bob.computeSecret.bind(bob);
  const theirs = bob.generateKeys();
  assert_equals(alice.computeSecret(theirs).length, 256);
  assert_equals(alice.computeSecret(theirs, null, 'hex'), secret(alice.getPublicKey('hex'), 'hex', 'hex'));
  assert_equals(alice.verifyError, 0);
  assert_equals(alice.setPrivateKey, undefined);
});

test('primes of one\'s own, with keys that are given', () => {
  const prime = Buffer.from('17', 'hex'); // 23
  const a = crypto.createDiffieHellman(prime, 5).setPrivateKey(Buffer.from([6]));
  const b = crypto.createDiffieHellman('17', 'hex', Buffer.from([5])).setPrivateKey(Buffer.from([15]));
  assert_deep_equals([...a.generateKeys()], [8]);
  assert_deep_equals([...b.generateKeys()], [19]);
  assert_deep_equals([[...a.computeSecret(Buffer.from([19]))], [...b.computeSecret(Buffer.from([8]))]], [[2], [2]]);
  assert_equals(crypto.createDiffieHellman(Buffer.from([22])).verifyError & crypto.constants.DH_CHECK_P_NOT_PRIME, 1);
  assert_equals(crypto.createDiffieHellman(Buffer.from([13])).verifyError & crypto.constants.DH_CHECK_P_NOT_SAFE_PRIME, 2);
});

test('a prime can be made, and public keys out of range are refused', () => {
  const dh = crypto.createDiffieHellman(512);
  dh.generateKeys();
  assert_equals(dh.getPrime().length, 64);
  assert_equals(dh.verifyError, 0);
  assert_throws('ERR_CRYPTO_INVALID_KEYLEN', () => dh.computeSecret(Buffer.from([1])));
  assert_throws('ERR_CRYPTO_INVALID_KEYLEN', () => dh.computeSecret(dh.getPrime()));
  assert_throws('ERR_OSSL_DH_MODULUS_TOO_SMALL', () => crypto.createDiffieHellman(2));
  assert_throws('ERR_OSSL_DH_BAD_GENERATOR', () => crypto.createDiffieHellman(prime(), 1));
  assert_throws('ERR_OUT_OF_RANGE', () => crypto.createDiffieHellman(2 ** 20));
  assert_throws('ERR_CRYPTO_UNKNOWN_DH_GROUP', () => crypto.getDiffieHellman('modp3'));
  assert_throws('ERR_CRYPTO_INVALID_STATE', () => crypto.getDiffieHellman('modp1').getPublicKey());
  function prime() { return dh.getPrime(); }
});

test('keys of DH agree without a state', () => {
  const pair = () => crypto.generateKeyPairSync('dh', { group: 'modp5' });
  const [a, b] = [pair(), pair()];
  const one = crypto.diffieHellman({ privateKey: a.privateKey, publicKey: b.publicKey });
  assert_true(one.equals(crypto.diffieHellman({ privateKey: b.privateKey, publicKey: a.publicKey })));
  assert_equals(a.privateKey.asymmetricKeyType, 'dh');
  const again = crypto.createPrivateKey(a.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  assert_true(again.equals(a.privateKey));
  const other = crypto.generateKeyPairSync('dh', { group: 'modp1' });
  assert_throws('ERR_OSSL_MISMATCHING_DOMAIN_PARAMETERS', () => crypto.diffieHellman({ privateKey: a.privateKey, publicKey: other.publicKey }));
  assert_throws('ERR_MISSING_OPTION', () => crypto.generateKeyPairSync('dh', {}));
  assert_throws('ERR_INCOMPATIBLE_OPTION_PAIR', () => crypto.generateKeyPairSync('dh', { group: 'modp5', generator: 2 }));
});

test('keys of DSA sign, in both encodings, and travel', async () => {
  const { privateKey, publicKey } = await promisify(crypto.generateKeyPair)('dsa', { modulusLength: 1024, divisorLength: 160 });
  assert_deep_equals({ ...publicKey.asymmetricKeyDetails }, { modulusLength: 1024, divisorLength: 160 });
  for (const dsaEncoding of ['der', 'ieee-p1363']) {
    const signature = crypto.sign('sha256', 'message', { key: privateKey, dsaEncoding });
    if (dsaEncoding !== 'der') assert_equals(signature.length, 40);
    assert_true(crypto.verify('sha256', 'message', { key: publicKey, dsaEncoding }, signature));
    assert_false(crypto.verify('sha256', 'massage', { key: publicKey, dsaEncoding }, signature));
  }
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'des-ede3-cbc', passphrase: '' });
  assert_true(crypto.createPrivateKey({ key: pem, passphrase: '' }).equals(privateKey));
  assert_throws('ERR_CRYPTO_JWK_UNSUPPORTED_KEY_TYPE', () => publicKey.export({ format: 'jwk' }));
});

test('primes that are asked for', () => {
  assert_equals(crypto.generatePrimeSync(3, { bigint: true }), 7n);
  const prime = crypto.generatePrimeSync(96, { bigint: true, add: 12n, rem: 11n });
  assert_deep_equals([prime % 12n, prime.toString(2).length, crypto.checkPrimeSync(prime)], [11n, 96, true]);
  const safe = crypto.generatePrimeSync(48, { safe: true, bigint: true });
  assert_deep_equals([crypto.checkPrimeSync(safe), crypto.checkPrimeSync((safe - 1n) / 2n)], [true, true]);
  assert_true(crypto.generatePrimeSync(20) instanceof ArrayBuffer);
  // The largest Carmichael number below 10^9 fools the test of Fermat; the second is a Mersenne prime.
  assert_deep_equals([crypto.checkPrimeSync(997633801n), crypto.checkPrimeSync(2n ** 521n - 1n), crypto.checkPrimeSync(Buffer.from([4]))], [false, true, false]);
  assert_throws('ERR_OUT_OF_RANGE', () => crypto.generatePrimeSync(64, { add: 2n ** 65n }));
  assert_throws('ERR_OUT_OF_RANGE', () => crypto.generatePrimeSync(2 ** 20));
  assert_throws('ERR_OSSL_BN_BIGNUM_TOO_LONG', () => crypto.checkPrimeSync(Buffer.alloc(1e6, 1)));
});

test('RSA without padding, small keys and unusual exponents', () => {
  const { privateKey, publicKey } = crypto.generateKeyPairSync('rsa', { modulusLength: 512, publicExponent: 0x10003 });
  assert_deep_equals({ ...privateKey.asymmetricKeyDetails }, { modulusLength: 512, publicExponent: 65539n });
  const padding = crypto.constants.RSA_NO_PADDING;
  const message = Buffer.alloc(64, 7);
  const sealed = crypto.publicEncrypt({ key: publicKey, padding }, message);
  assert_true(crypto.privateDecrypt({ key: privateKey, padding }, sealed).equals(message));
  assert_throws('ERR_OSSL_RSA_DATA_TOO_SMALL_FOR_KEY_SIZE', () => crypto.publicEncrypt({ key: publicKey, padding }, Buffer.alloc(3)));
  assert_throws('ERR_OSSL_RSA_DIGEST_TOO_BIG_FOR_RSA_KEY', () => crypto.sign('sha512', 'x', privateKey));
});

test('encrypted keys: a key for PSS only stays one, and PEM of the old kind takes each cipher', () => {
  const pss = crypto.generateKeyPairSync('rsa-pss', { modulusLength: 1024, hashAlgorithm: 'sha256', saltLength: 16 });
  const locked = pss.privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-192-cbc', passphrase: 'x' });
  assert_equals(crypto.createPrivateKey({ key: locked, passphrase: 'x' }).asymmetricKeyType, 'rsa-pss');
  assert_throws('ERR_OSSL_BAD_DECRYPT', () => crypto.createPrivateKey({ key: locked, passphrase: 'y' }));
  const { privateKey } = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
  for (const cipher of ['aes-128-cbc', 'aes-192-cbc', 'aes-256-cbc', 'des-ede3-cbc']) {
    const pem = privateKey.export({ type: 'sec1', format: 'pem', cipher, passphrase: 'secret' });
    assert_true(pem.includes(`DEK-Info: ${cipher.toUpperCase()},`));
    assert_true(crypto.createPrivateKey({ key: pem, passphrase: 'secret' }).equals(privateKey));
  }
});

test('RFC 9106, section 5: Argon2', () => {
  const given = { message: Buffer.alloc(32, 1), nonce: Buffer.alloc(16, 2), secret: Buffer.alloc(8, 3), associatedData: Buffer.alloc(12, 4), parallelism: 4, tagLength: 32, memory: 32, passes: 3 };
  assert_equals(crypto.argon2Sync('argon2id', given).toString('hex'), '0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659');
  assert_equals(crypto.argon2Sync('argon2d', given).toString('hex'), '512b391b6f1162975371d30919734294f868e3be3984f3c1a13a4db9fabe4acb');
  assert_throws('ERR_OUT_OF_RANGE', () => crypto.argon2Sync('argon2i', { ...given, memory: 2 ** 30 }));
  assert_throws('ERR_INVALID_ARG_VALUE', () => crypto.argon2Sync('argon2', given));
});

test('an ECDH whose halves do not fit computes nothing', () => {
  const [a, b] = [crypto.createECDH('prime256v1'), crypto.createECDH('prime256v1')];
  a.generateKeys();
  b.generateKeys();
  a.setPublicKey(b.getPublicKey());
  assert_throws('ERR_CRYPTO_INVALID_KEYPAIR', () => a.computeSecret(b.getPublicKey()));
});
