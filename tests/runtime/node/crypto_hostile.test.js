const crypto = require('crypto');
const vector = require('./crypto_vector.js');

test('sizes beyond all bounds are refused', () => {
  assert_throws('ERR_OUT_OF_RANGE', () => crypto.pbkdf2Sync('a', 'b', 1, 2 ** 30, 'sha1'));
  assert_throws('ERR_OUT_OF_RANGE', () => crypto.scryptSync('a', 'b', 2 ** 30));
  assert_throws('ERR_OUT_OF_RANGE', () => crypto.createHash('shake256', { outputLength: 2 ** 30 }));
  assert_throws('ERR_CRYPTO_INVALID_JWK', () => crypto.createPublicKey({ key: { kty: 'RSA', n: 'A'.repeat(1e6), e: 'AQAB' }, format: 'jwk' }));
  const signer = crypto.createSign('sha256');
  assert_throws('ERR_CRYPTO_OPERATION_FAILED', () => { for (let i = 0; i < 64; i++) signer.update(Buffer.alloc(2 ** 20)); });
});

test('names that every object has are no algorithms', () => {
  for (const name of ['__proto__', 'constructor', 'toString', '\ud800', '']) {
    assert_throws(Error, () => crypto.createHash(name));
    assert_throws('ERR_CRYPTO_INVALID_DIGEST', () => crypto.createHmac(name, 'k'));
    assert_throws('ERR_CRYPTO_UNKNOWN_CIPHER', () => crypto.createCipheriv(name, '', ''));
    assert_throws('ERR_CRYPTO_INVALID_CURVE', () => crypto.createECDH(name));
  }
  assert_throws('ERR_CRYPTO_INVALID_JWK', () => crypto.createPublicKey({ key: { kty: 'OKP', crv: '__proto__', x: 'AA' }, format: 'jwk' }));
});

test('what objects throw comes out as it is', () => {
  const mine = new Error('mine');
  const proxy = new Proxy({}, { get() { throw mine; } });
  for (const call of [() => crypto.createPrivateKey(proxy), () => crypto.sign('sha1', Buffer.alloc(1), proxy), () => crypto.scryptSync('a', 'b', 1, proxy)]) {
    let caught;
    try {
      call();
    } catch (error) {
      caught = error;
    }
    assert_true(caught === mine);
  }
});

test('poisoned prototypes change nothing', () => {
  const { iterator } = Symbol;
  const original = Array.prototype[iterator];
  const names = ['parts', 'digest', 'padding', 'format', 'cipher', 'number'];
  for (const name of names) Object.defineProperty(Object.prototype, name, { get: () => 'nope', set() { throw new Error('setter'); }, configurable: true });
  Array.prototype[iterator] = () => { throw new Error('iterator'); };
  const results = [];
  try {
    results[0] = crypto.createHmac('sha1', 'k').update('x').digest('hex');
    results[1] = crypto.scryptSync('a', 'b', 4).toString('hex');
    results[2] = crypto.verify('sha256', Buffer.from('sample'), { __proto__: null, key: vector.RSA_PUBLIC }, Buffer.from(vector.RSA_SIGNATURE, 'base64'));
    const cipher = crypto.createCipheriv('aes-128-ecb', Buffer.alloc(16), null);
    results[3] = cipher.update(Buffer.alloc(16)).toString('hex');
  } finally {
    Array.prototype[iterator] = original;
    for (const name of names) delete Object.prototype[name];
  }
  assert_deep_equals(results, ['cb00131fcec602a8fc84413a2a70154d8c06a0d2', '87c5081b', true, '66e94bd4ef8a2c3b884cfa59ca342b2e']);
});
