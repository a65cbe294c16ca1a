const crypto = require('crypto');

test('digests', () => {
  assert_equals(crypto.createHash('sha256').update('a').update(Buffer.from('bc')).digest('hex'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  assert_equals(crypto.createHash('MD5').update('').digest('hex'), 'd41d8cd98f00b204e9800998ecf8427e');
  assert_equals(crypto.createHash('RSA-SHA1').update('abc').digest('base64'), 'qZk+NkcGgWq6PiVxeFDCbJzQ2J0=');
  assert_equals(crypto.createHash('sha512').update('é', 'latin1').digest().length, 64);
  assert_equals(crypto.hash('sha1', 'abc'), 'a9993e364706816aba3e25717850c26c9cd0d89d');
});

test('a hash ends with its digest, and can be copied before', () => {
  const hash = crypto.createHash('sha1').update('ab');
  const copy = hash.copy().update('c');
  hash.digest();
  assert_throws('ERR_CRYPTO_HASH_FINALIZED', () => hash.update('x'));
  assert_throws('ERR_CRYPTO_HASH_FINALIZED', () => hash.digest());
  assert_equals(copy.digest('hex'), 'a9993e364706816aba3e25717850c26c9cd0d89d');
});

test('data is taken when it is given', () => {
  const bytes = Buffer.from('abc');
  const hash = crypto.createHash('sha1').update(bytes);
  bytes.fill(0);
  assert_equals(hash.digest('hex'), 'a9993e364706816aba3e25717850c26c9cd0d89d');
});

test('HMAC', () => {
  assert_equals(crypto.createHmac('sha256', 'key').update('The quick brown fox jumps over the lazy dog').digest('hex'), 'f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8');
  assert_equals(crypto.createHmac('sha1', Buffer.alloc(100, 1)).update('x').digest('base64url').length, 27);
});

test('randomness', async () => {
  assert_equals(crypto.randomBytes(8).length, 8);
  assert_false(crypto.randomBytes(16).equals(crypto.randomBytes(16)));
  assert_true(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(crypto.randomUUID()));
  const seen = new Set(Array.from({ length: 200 }, () => crypto.randomInt(5, 8)));
  assert_deep_equals([...seen].sort(), [5, 6, 7]);
  assert_true(crypto.randomInt(2 ** 40) < 2 ** 40);
  const bytes = await new Promise((resolve, reject) => crypto.randomBytes(4, (error, value) => (error ? reject(error) : resolve(value))));
  assert_equals(bytes.length, 4);
  const filled = crypto.randomFillSync(Buffer.alloc(8), 6);
  assert_deep_equals([...filled.subarray(0, 6)], [0, 0, 0, 0, 0, 0]);
  assert_throws('ERR_OUT_OF_RANGE', () => crypto.randomInt(5, 5));
});

test('comparing in constant time', () => {
  assert_true(crypto.timingSafeEqual(Buffer.from('abc'), Buffer.from('abc')));
  assert_false(crypto.timingSafeEqual(Buffer.from('abc'), Buffer.from('abd')));
  assert_throws('ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH', () => crypto.timingSafeEqual(Buffer.from('a'), Buffer.from('ab')));
});

test('wrong arguments and unknown algorithms are refused', () => {
  assert_throws('ERR_INVALID_ARG_TYPE', () => crypto.createHash('sha1').update(5));
  assert_throws('ERR_INVALID_ARG_TYPE', () => crypto.createHmac('sha1', 5));
  assert_true(assert_throws(Error, () => crypto.createHash('whirlpool')).message.startsWith('Digest method not supported: whirlpool'));
  assert_throws('ERR_CRYPTO_INVALID_DIGEST', () => crypto.createHmac('nope', 'k'));
});

test('what is not there says so', () => {
  assert_true(assert_throws('ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', () => crypto.setEngine('x')).message.includes('crypto.setEngine'));
  assert_true(crypto.webcrypto === globalThis.crypto && crypto.subtle === globalThis.crypto.subtle);
});
