const crypto = require('crypto');

test('hashes beyond SHA-2', () => {
  assert_equals(crypto.createHash('sha3-256').update('abc').digest('hex'), '3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532');
  assert_equals(crypto.createHash('sha512-256').update('abc').digest('hex'), '53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23');
  assert_equals(crypto.createHash('ripemd160').update('abc').digest('hex'), '8eb208f7e05d987a9b044a8e98c6b087f15a0bfc');
  assert_equals(crypto.createHash('blake2s256').update('abc').digest('hex'), '508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982');
  assert_true(['md5', 'sha256', 'sha3-512', 'ripemd160'].every((name) => crypto.getHashes().includes(name)));
});

test('a shake has the length that is asked for, other hashes their own', () => {
  assert_equals(crypto.createHash('shake256', { outputLength: 40 }).update('abc').digest('hex'), '483366601360a8771c6863080cc4114d8db44530f8f1e1ee4f94ea37e78b5739d5a15bef186a5386');
  assert_equals(crypto.createHash('shake128').update('abc').digest('hex').length, 32);
  assert_equals(crypto.createHash('sha256', { outputLength: 32 }).digest().length, 32);
  assert_throws('ERR_OSSL_EVP_NOT_XOF_OR_INVALID_LENGTH', () => crypto.createHash('sha256', { outputLength: 20 }));
});

test('large data, in one piece and in many', () => {
  const zeros = '177ffe9ef4bc54e6880afccabfbdb0273a15b89c0e663eabeeb8e9cda211f21f';
  assert_equals(crypto.createHash('sha256').update(Buffer.alloc(9e6)).digest('hex'), zeros);
  const hash = crypto.createHash('sha256');
  for (let i = 0; i < 900; i++) hash.update(Buffer.alloc(1e4));
  const copy = hash.copy();
  assert_equals(hash.digest('hex'), zeros);
  assert_equals(copy.update('').digest('hex'), zeros);
});

test('HMAC with a KeyObject, and with a key longer than a block', () => {
  const expected = crypto.createHmac('sha512', Buffer.alloc(200, 7)).update('x').digest('hex');
  assert_equals(crypto.createHmac('sha512', crypto.createSecretKey(Buffer.alloc(200, 7))).update('x').digest('hex'), expected);
  assert_equals(crypto.createHmac('sha512', Buffer.alloc(200, 7)).update(Buffer.alloc(0)).update('x').digest('hex'), expected);
  // RFC 4231, 4.7
  assert_equals(crypto.createHmac('sha256', Buffer.alloc(131, 0xaa)).update('Test Using Larger Than Block-Size Key - Hash Key First').digest('hex'), '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54');
});

test('hash() in one call', () => {
  assert_equals(crypto.hash('sha1', 'abc', 'base64'), 'qZk+NkcGgWq6PiVxeFDCbJzQ2J0=');
  assert_equals(crypto.hash('sha1', Buffer.from('abc'), 'buffer').length, 20);
});

test('many hashes may be left unfinished', () => {
  for (let i = 0; i < 3000; i++) crypto.createHash('sha1').update(Buffer.alloc(65536));
  assert_equals(crypto.createHash('sha1').update(Buffer.alloc(65536)).digest('hex'), '1adc95bebe9eea8c112d40cd04ab7a8d75c4f961');
});

test('the classes may be called without new', () => {
  assert_equals(crypto.Hash('sha1').update('abc').digest('hex'), 'a9993e364706816aba3e25717850c26c9cd0d89d');
  assert_true(crypto.Hmac('sha1', 'k') instanceof crypto.Hmac && crypto.createHash('sha1') instanceof crypto.Hash);
  assert_true(crypto.createECDH('prime256v1').constructor === crypto.ECDH && crypto.Hash.name === 'Hash');
  assert_throws('ERR_INVALID_ARG_VALUE', () => crypto.createHash('sha1').update('abc', 'hex'));
});
