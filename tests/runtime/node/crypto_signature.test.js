const crypto = require('crypto');
const vector = require('./crypto_vector.js');

const { RSA_PKCS1_PSS_PADDING, RSA_PSS_SALTLEN_DIGEST } = crypto.constants;
const sample = Buffer.from('sample');
const bytes = (text) => Buffer.from(text, 'base64');

test('signatures of Node are right, and PKCS #1 gives the same', () => {
  assert_equals(crypto.createSign('RSA-SHA256').update('sam').update('ple').sign(vector.RSA, 'base64'), vector.RSA_SIGNATURE);
  assert_true(crypto.createVerify('sha256').update('sample').verify(vector.RSA_PUBLIC, vector.RSA_SIGNATURE, 'base64'));
  assert_true(crypto.verify('sha256', sample, { key: vector.RSA_PUBLIC, padding: RSA_PKCS1_PSS_PADDING }, bytes(vector.RSA_PSS)));
  assert_true(crypto.verify('sha256', sample, vector.EC, bytes(vector.EC_DER)));
  assert_true(crypto.verify('sha256', sample, { key: vector.EC, dsaEncoding: 'ieee-p1363' }, bytes(vector.EC_PLAIN)));
});

test('what was changed is not right', () => {
  assert_false(crypto.verify('sha256', Buffer.from('simple'), vector.RSA_PUBLIC, bytes(vector.RSA_SIGNATURE)));
  assert_false(crypto.verify('sha384', sample, vector.RSA_PUBLIC, bytes(vector.RSA_SIGNATURE)));
  assert_false(crypto.verify('sha256', sample, vector.EC, bytes(vector.EC_PLAIN)));
  assert_false(crypto.verify('sha256', sample, { key: vector.EC, dsaEncoding: 'ieee-p1363' }, bytes(vector.EC_DER)));
  assert_false(crypto.verify('sha256', sample, vector.EC, Buffer.alloc(0)));
});

test('PSS with the length of its salt', () => {
  const key = { key: vector.RSA, padding: RSA_PKCS1_PSS_PADDING };
  const signature = crypto.sign('sha256', sample, { ...key, saltLength: RSA_PSS_SALTLEN_DIGEST });
  assert_true(crypto.verify('sha256', sample, { ...key, saltLength: 32 }, signature));
  assert_true(crypto.verify('sha256', sample, key, signature));
  assert_false(crypto.verify('sha256', sample, { ...key, saltLength: 20 }, signature));
  assert_true(crypto.verify('sha256', sample, { ...key, saltLength: 94 }, crypto.sign('sha256', sample, key)));
});

test('RFC 8032, 7.1: Ed25519 signs without a digest', async () => {
  const seed = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60';
  const key = crypto.createPrivateKey({ key: Buffer.from(`302e020100300506032b657004220420${seed}`, 'hex'), format: 'der', type: 'pkcs8' });
  const signature = crypto.sign(null, Buffer.alloc(0), key);
  assert_equals(signature.toString('hex').slice(0, 32), 'e5564300c360ac729086e2cc806e828a');
  assert_true(await new Promise((resolve, reject) => crypto.verify(undefined, Buffer.alloc(0), key, signature, (error, value) => (error ? reject(error) : resolve(value)))));
  assert_throws('ERR_OSSL_INVALID_DIGEST', () => crypto.sign('sha256', sample, key));
});

test('RSA encryption, both ways round', () => {
  const oaep = { key: vector.RSA, oaepHash: 'sha256', oaepLabel: Buffer.from('l') };
  assert_equals(crypto.privateDecrypt(oaep, bytes(vector.RSA_OAEP)).toString(), 'sample');
  assert_throws('ERR_OSSL_RSA_OAEP_DECODING_ERROR', () => crypto.privateDecrypt(vector.RSA, bytes(vector.RSA_OAEP)));
  assert_equals(crypto.publicDecrypt(vector.RSA_PUBLIC, bytes(vector.RSA_SEALED)).toString(), 'sample');
  assert_equals(crypto.privateEncrypt(vector.RSA, sample).toString('base64'), vector.RSA_SEALED);
  const padding = crypto.constants.RSA_PKCS1_PADDING;
  assert_equals(crypto.privateDecrypt({ key: vector.RSA, padding }, crypto.publicEncrypt({ key: vector.RSA_PUBLIC, padding }, sample)).toString(), 'sample');
  assert_throws('ERR_OSSL_RSA_DATA_TOO_LARGE_FOR_KEY_SIZE', () => crypto.publicEncrypt(vector.RSA_PUBLIC, Buffer.alloc(200)));
});

test('keys and digests that do not fit', () => {
  assert_throws('ERR_CRYPTO_SIGN_KEY_REQUIRED', () => crypto.createSign('sha256').sign(null));
  assert_throws('ERR_CRYPTO_INVALID_DIGEST', () => crypto.createSign('nope'));
  assert_throws('ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE', () => crypto.sign('sha256', sample, crypto.createPublicKey(vector.RSA)));
  assert_throws('ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE', () => crypto.verify('sha256', sample, crypto.createSecretKey(sample), sample));
  assert_throws(Error, () => crypto.sign('sha256', sample, crypto.generateKeyPairSync('x25519').privateKey));
  const signer = crypto.createSign('sha256');
  signer.sign(vector.EC);
  assert_throws(Error, () => signer.sign(vector.EC));
});

test('a key for PSS only signs by PSS, and only as it is restricted', () => {
  const { privateKey, publicKey } = crypto.generateKeyPairSync('rsa-pss', { modulusLength: 1024, hashAlgorithm: 'sha256', mgf1HashAlgorithm: 'sha512', saltLength: 16 });
  assert_equals(publicKey.asymmetricKeyType, 'rsa-pss');
  assert_deep_equals({ ...publicKey.asymmetricKeyDetails }, { modulusLength: 1024, publicExponent: 65537n, hashAlgorithm: 'sha256', mgf1HashAlgorithm: 'sha512', saltLength: 16 });
  const again = crypto.createPrivateKey(`a word before it\n${privateKey.export({ type: 'pkcs8', format: 'pem' })}`);
  assert_true(again.equals(privateKey) && crypto.createPublicKey(again).equals(publicKey));
  assert_true(crypto.verify('sha256', sample, publicKey, crypto.sign('sha256', sample, again)));
  assert_throws('ERR_OSSL_DIGEST_NOT_ALLOWED', () => crypto.sign('sha1', sample, again));
  assert_throws('ERR_OSSL_PSS_SALTLEN_TOO_SMALL', () => crypto.sign('sha256', sample, { key: again, saltLength: 8 }));
  assert_throws('ERR_OSSL_ILLEGAL_OR_UNSUPPORTED_PADDING_MODE', () => crypto.sign('sha256', sample, { key: again, padding: crypto.constants.RSA_PKCS1_PADDING }));
  assert_throws('ERR_OSSL_OPERATION_NOT_SUPPORTED_FOR_THIS_KEYTYPE', () => crypto.publicEncrypt(publicKey, sample));
});
