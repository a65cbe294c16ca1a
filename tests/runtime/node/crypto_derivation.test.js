const crypto = require('crypto');
const { promisify } = require('util');

test('RFC 7914: scrypt and PBKDF2', () => {
  assert_equals(crypto.scryptSync('', '', 64, { N: 16, r: 1, p: 1 }).toString('hex').slice(0, 32), '77d6576238657b203b19ca42c18a0497');
  assert_equals(crypto.scryptSync('password', 'NaCl', 64, { cost: 1024, blockSize: 8, parallelization: 16 }).toString('hex').slice(0, 32), 'fdbabe1c9d3472007856e7190d01e9fe');
  assert_equals(crypto.pbkdf2Sync('passwd', 'salt', 1, 64, 'sha256').toString('hex').slice(0, 32), '55ac046e56e3089fec1691c22544b605');
  assert_equals(crypto.pbkdf2Sync('pw', 'salt', 1000, 32, 'sha512').toString('hex'), 'dba2956d5d8f05e6f06dc9732ca6037d32a4fcbcdde4b35e62594b632d059275');
});

test('RFC 5869, A.1: HKDF', () => {
  const derived = crypto.hkdfSync('sha256', Buffer.alloc(22, 0x0b), Buffer.from('000102030405060708090a0b0c', 'hex'), Buffer.from('f0f1f2f3f4f5f6f7f8f9', 'hex'), 42);
  assert_true(derived instanceof ArrayBuffer);
  assert_equals(Buffer.from(derived).toString('hex'), '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865');
});

test('with a callback the result comes in a later task', async () => {
  const order = [];
  const done = new Promise((resolve) => crypto.scrypt('a', 'b', 16, { N: 16 }, (error, key) => resolve([order.push('result'), error, key.length])));
  queueMicrotask(() => order.push('microtask'));
  assert_equals((await done)[2], 16);
  assert_deep_equals(order, ['microtask', 'result']);
  assert_equals((await promisify(crypto.pbkdf2)('pw', 'salt', 1, 20, 'sha1')).length, 20);
  assert_equals((await promisify(crypto.hkdf)('sha1', 'key', '', '', 7)).byteLength, 7);
});

test('more than is allowed is refused before it is computed', () => {
  const error = assert_throws('ERR_CRYPTO_INVALID_SCRYPT_PARAMS', () => crypto.scryptSync('a', 'b', 16, { N: 2 ** 20 }));
  assert_equals(error.message, 'Invalid scrypt params: memory limit exceeded');
  assert_throws('ERR_CRYPTO_INVALID_SCRYPT_PARAMS', () => crypto.scryptSync('a', 'b', 16, { N: 2 ** 24, maxmem: 2 ** 50 }));
  assert_throws('ERR_CRYPTO_INVALID_SCRYPT_PARAMS', () => crypto.scryptSync('a', 'b', 16, { N: 1000 }));
  assert_throws('ERR_OUT_OF_RANGE', () => crypto.pbkdf2Sync('a', 'b', 2 ** 31 - 1, 512, 'sha1'));
  assert_throws('ERR_CRYPTO_INVALID_KEYLEN', () => crypto.hkdfSync('sha256', 'key', '', '', 255 * 32 + 1));
  assert_throws('ERR_CRYPTO_INVALID_DIGEST', () => crypto.pbkdf2Sync('a', 'b', 1, 1, 'nope'));
  assert_throws('ERR_INVALID_ARG_TYPE', () => crypto.pbkdf2('a', 'b', 1, 1, 'sha1'));
});
