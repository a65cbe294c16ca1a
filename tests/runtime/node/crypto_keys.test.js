const crypto = require('crypto');
const vector = require('./crypto_vector.js');

test('keys that Node has made, in each of the formats', () => {
  const key = crypto.createPrivateKey(vector.RSA);
  assert_equals(key.asymmetricKeyType, 'rsa');
  assert_equals(key.type, 'private');
  assert_deep_equals({ ...key.asymmetricKeyDetails }, { modulusLength: 1024, publicExponent: 65537n });
  assert_true(crypto.createPrivateKey({ key: vector.RSA_LOCKED, passphrase: 'secret' }).equals(key));
  assert_equals(crypto.createPublicKey(vector.RSA).export({ type: 'spki', format: 'pem' }), vector.RSA_PUBLIC);
  assert_true(crypto.createPublicKey(key).equals(crypto.createPublicKey(vector.RSA_PUBLIC)));
  assert_equals(key.export({ type: 'pkcs1', format: 'pem' }), vector.RSA);
  const ec = crypto.createPrivateKey(vector.EC);
  assert_equals(ec.export({ type: 'sec1', format: 'pem' }), vector.EC);
  assert_deep_equals(ec.export({ format: 'jwk' }), vector.EC_JWK);
  assert_deep_equals({ ...ec.asymmetricKeyDetails }, { namedCurve: 'prime256v1' });
});

test('every kind of key pair survives every format', () => {
  const kinds = [['rsa', { modulusLength: 1024 }], ['ec', { namedCurve: 'secp256k1' }], ['ec', { namedCurve: 'P-521' }], ['ed25519'], ['ed448'], ['x25519'], ['x448']];
  for (const [type, options] of kinds) {
    const { privateKey, publicKey } = crypto.generateKeyPairSync(type, options);
    for (const encoding of [{ format: 'pem', type: 'pkcs8' }, { format: 'der', type: 'pkcs8' }, { format: 'jwk' }, { format: 'pem', type: 'pkcs8', cipher: 'aes-128-cbc', passphrase: 'x' }]) {
      const key = privateKey.export(encoding);
      assert_true(crypto.createPrivateKey({ ...encoding, key }).equals(privateKey), `${type} ${encoding.format}`);
    }
    for (const encoding of [{ format: 'pem', type: 'spki' }, { format: 'der', type: 'spki' }, { format: 'jwk' }]) {
      assert_true(crypto.createPublicKey({ ...encoding, key: publicKey.export(encoding) }).equals(publicKey), `${type} ${encoding.format}`);
    }
  }
});

test('a key pair as text, by a callback', async () => {
  const options = {
    modulusLength: 1024,
    publicKeyEncoding: { type: 'pkcs1', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'top' },
  };
  const [publicKey, privateKey] = await new Promise((resolve, reject) => crypto.generateKeyPair('rsa', options, (error, ...pair) => (error ? reject(error) : resolve(pair))));
  assert_true(publicKey.startsWith('-----BEGIN RSA PUBLIC KEY-----') && privateKey.includes('Proc-Type: 4,ENCRYPTED'));
  assert_throws('ERR_OSSL_CRYPTO_INTERRUPTED_OR_CANCELLED', () => crypto.createPrivateKey(privateKey));
  assert_throws('ERR_OSSL_BAD_DECRYPT', () => crypto.createPrivateKey({ key: vector.RSA_LOCKED, passphrase: 'wrong' }));
  assert_true(crypto.createPublicKey({ key: privateKey, passphrase: 'top' }).equals(crypto.createPublicKey(publicKey)));
});

test('secret keys', async () => {
  const key = crypto.createSecretKey('6b6579', 'hex');
  assert_equals(key.symmetricKeySize, 3);
  assert_equals(key.export().toString(), 'key');
  assert_deep_equals(key.export({ format: 'jwk' }), { kty: 'oct', k: 'a2V5' });
  key.export().fill(0);
  assert_true(key.equals(crypto.createSecretKey(Buffer.from('key'))));
  assert_false(key.equals(crypto.createSecretKey(Buffer.from('kez'))));
  assert_equals(crypto.generateKeySync('aes', { length: 256 }).symmetricKeySize, 32);
  assert_equals((await new Promise((resolve) => crypto.generateKey('hmac', { length: 128 }, (error, made) => resolve(made)))).symmetricKeySize, 16);
});

test('a CryptoKey becomes a KeyObject', async () => {
  for (const algorithm of [{ name: 'ECDSA', namedCurve: 'P-256' }, 'Ed25519']) {
    const { publicKey } = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const spki = Buffer.from(await crypto.subtle.exportKey('spki', publicKey));
    assert_equals(crypto.KeyObject.from(publicKey).export({ type: 'spki', format: 'der' }).toString('hex'), spki.toString('hex'));
  }
});

test('a key cannot be made up or read out', () => {
  assert_throws('ERR_INVALID_ARG_TYPE', () => new crypto.KeyObject('secret', Buffer.from('x')));
  const key = crypto.createSecretKey(Buffer.from('hidden'));
  assert_false(require('util').inspect(key, { showHidden: true }).includes('hidden'));
  assert_deep_equals(Reflect.ownKeys(key), []);
  assert_throws(TypeError, () => Object.create(key).export());
});

test('what is no key is refused without a word of the library', () => {
  for (const text of ['', 'nope', vector.RSA.slice(0, 200), vector.RSA.replace('MIIC', 'AAAA'), 'x'.repeat(1e5)]) {
    const error = assert_throws('ERR_OSSL_UNSUPPORTED', () => crypto.createPrivateKey(text));
    assert_equals(error.message, 'error:1E08010C:DECODER routines::unsupported');
  }
  assert_throws('ERR_OSSL_UNSUPPORTED', () => crypto.createPublicKey({ key: crypto.randomBytes(100), format: 'der', type: 'spki' }));
  assert_throws('ERR_CRYPTO_INVALID_JWK', () => crypto.createPrivateKey({ key: { ...vector.EC_JWK, d: vector.EC_JWK.x }, format: 'jwk' }));
  assert_throws('ERR_INVALID_ARG_VALUE', () => crypto.createPrivateKey({ key: Buffer.alloc(3), format: 'der' }));
  assert_throws('ERR_CRYPTO_INCOMPATIBLE_KEY_OPTIONS', () => crypto.createPrivateKey(vector.EC).export({ type: 'pkcs1', format: 'pem' }));
  assert_throws('ERR_CRYPTO_INVALID_CURVE', () => crypto.generateKeyPairSync('ec', { namedCurve: 'nope' }));
  assert_throws(Error, () => crypto.generateKeyPairSync('rsa', { modulusLength: 2 ** 20 }));
});

test('a KeyObject becomes a CryptoKey', async () => {
  const { privateKey, publicKey } = crypto.generateKeyPairSync('ed25519');
  const signature = await crypto.subtle.sign('Ed25519', privateKey.toCryptoKey('Ed25519', false, ['sign']), new Uint8Array(3));
  assert_true(crypto.verify(null, Buffer.alloc(3), publicKey, Buffer.from(signature)));
  assert_equals(crypto.createSecretKey(Buffer.alloc(16)).toCryptoKey('AES-GCM', true, ['encrypt']).algorithm.length, 128);
});
