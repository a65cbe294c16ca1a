const crypto = require('crypto');

const hex = (text) => Buffer.from(text, 'hex');

function encrypted(name, key, iv, text, { aad, tagLength } = {}) {
  const cipher = crypto.createCipheriv(name, key, iv, { authTagLength: tagLength });
  if (aad) cipher.setAAD(aad);
  const output = cipher.update(text, 'utf8', 'hex') + cipher.final('hex');
  return [output, aad ? cipher.getAuthTag().toString('hex') : null];
}

test('vectors of NIST: SP 800-38A and the specification of GCM', () => {
  const key = hex('2b7e151628aed2a6abf7158809cf4f3c');
  const block = hex('6bc1bee22e409f96e93d7e117393172a');
  const first = (name, iv) => crypto.createCipheriv(name, key, iv).update(block).toString('hex');
  assert_equals(first('aes-128-ecb', null), '3ad77bb40d7a3660a89ecaf32466ef97');
  assert_equals(first('aes-128-cbc', hex('000102030405060708090a0b0c0d0e0f')), '7649abac8119b246cee98e9b12e9197d');
  assert_equals(first('aes-128-ctr', hex('f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff')), '874d6191b620e3261bef6864990db6ce');
  const gcm = crypto.createCipheriv('aes-256-gcm', Buffer.alloc(32), Buffer.alloc(12));
  assert_equals(gcm.update(Buffer.alloc(16)).toString('hex') + gcm.final('hex'), 'cea7403d4d606b6e074ec5d3baf39d18');
  assert_equals(gcm.getAuthTag().toString('hex'), 'd0d1c8a799996bf0265b98b5d48ab919');
});

test('the same as Node, with padding, additional data and short tags', () => {
  const text = 'hello world and more text of length';
  const aad = Buffer.from('aad');
  const iv = (size) => Buffer.alloc(size, 2);
  const key = (size) => Buffer.alloc(size, 1);
  assert_deep_equals(encrypted('aes-256-gcm', key(32), iv(12), text, { aad }), ['6fb3a5252577b692a1a0d8e83dc9a692cfdaa38acbc5e809a9a78f9d58971111100b76', '793f2e0b71f9073e781283cbe8716811']);
  assert_equals(encrypted('aes-256-gcm', key(32), iv(12), text, { aad, tagLength: 12 })[1], '793f2e0b71f9073e781283cb');
  assert_equals(encrypted('AES-128-CBC', key(16), iv(16), text)[0], 'e0e01687ae40350e7711522f96ccf7cacf37dc14435e4fd2e768a9d17a6c80c693aa26c11f58ad11b386ed0c0c102a22');
  assert_equals(encrypted('aes-192-ctr', key(24), iv(16), text)[0], '83e97b5cffe72c18a41ed077c616bdf0242c70789cb6892d829ad6f6e408d7d5c4e737');
  assert_deep_equals(encrypted('chacha20-poly1305', key(32), iv(12), text, { aad, tagLength: 16 }), ['8e799e42e2839fb503418dd9b2e58009e1dc1e68a3de18ab60a474dbd5fa21b2b46791', '6aa7c31ead39be22b4f4873ae9f0f5e3']);
});

test('RFC 8439, 2.8.2: ChaCha20-Poly1305, in pieces', () => {
  const key = Buffer.from(Array.from({ length: 32 }, (_, i) => 0x80 + i));
  const text = "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.";
  const cipher = crypto.createCipheriv('chacha20-poly1305', key, hex('070000004041424344454647'), { authTagLength: 16 });
  cipher.setAAD(hex('50515253c0c1c2c3c4c5c6c7'));
  const output = [...text].map((letter) => cipher.update(letter, 'utf8', 'hex')).join('') + cipher.final('hex');
  assert_true(output.startsWith('d31a8d34648e60db7b86afbc53ef7ec2') && output.endsWith('6116'));
  assert_equals(cipher.getAuthTag().toString('hex'), '1ae10b594f09e26a7e902ecbd0600691');
});

test('every cipher gives back what went in, however it is cut', () => {
  const text = crypto.randomBytes(1000);
  for (const name of crypto.getCiphers()) {
    const { keyLength, ivLength = 0, mode } = crypto.getCipherInfo(name);
    // These take a message in one piece: crypto_cipher_modes.test.js has them.
    if (['ccm', 'ocb', 'wrap', 'xts'].includes(mode)) continue;
    const [key, iv] = [crypto.randomBytes(keyLength), crypto.randomBytes(ivLength)];
    const cipher = crypto.createCipheriv(name, key, iv);
    const sealed = Buffer.concat([cipher.update(text.subarray(0, 333)), cipher.update(text.subarray(333)), cipher.final()]);
    const decipher = crypto.createDecipheriv(name, key, iv);
    if (/gcm|poly/.test(name)) decipher.setAuthTag(cipher.getAuthTag());
    const pieces = [];
    for (let at = 0; at < sealed.length; at += 17) pieces.push(decipher.update(sealed.subarray(at, at + 17)));
    assert_equals(Buffer.concat([...pieces, decipher.final()]).toString('hex'), text.toString('hex'), name);
  }
});

test('without automatic padding only whole blocks go in', () => {
  const cipher = crypto.createCipheriv('aes-128-cbc', Buffer.alloc(16), Buffer.alloc(16)).setAutoPadding(false);
  assert_equals(cipher.update(Buffer.alloc(32)).length + cipher.final().length, 32);
  const other = crypto.createCipheriv('aes-128-cbc', Buffer.alloc(16), Buffer.alloc(16)).setAutoPadding(false);
  other.update('abc');
  assert_throws('ERR_OSSL_WRONG_FINAL_BLOCK_LENGTH', () => other.final());
});

test('a wrong key, cut data and a wrong tag are noticed', () => {
  const sealed = hex(encrypted('aes-128-cbc', Buffer.alloc(16), Buffer.alloc(16), 'text')[0]);
  const wrong = crypto.createDecipheriv('aes-128-cbc', Buffer.alloc(16, 1), Buffer.alloc(16));
  wrong.update(sealed);
  assert_throws('ERR_OSSL_BAD_DECRYPT', () => wrong.final());
  const cut = crypto.createDecipheriv('aes-128-cbc', Buffer.alloc(16), Buffer.alloc(16));
  cut.update(sealed.subarray(1));
  assert_throws('ERR_OSSL_WRONG_FINAL_BLOCK_LENGTH', () => cut.final());
  for (const name of ['aes-256-gcm', 'chacha20-poly1305']) {
    const forged = crypto.createDecipheriv(name, Buffer.alloc(32), Buffer.alloc(12), { authTagLength: 16 }).setAuthTag(Buffer.alloc(16));
    forged.update('text');
    assert_equals(assert_throws(Error, () => forged.final()).message, 'Unsupported state or unable to authenticate data');
    const untagged = crypto.createDecipheriv(name, Buffer.alloc(32), Buffer.alloc(12));
    assert_throws(Error, () => untagged.final());
  }
});

test('calls in the wrong order and wrong arguments', () => {
  const cipher = crypto.createCipheriv('aes-256-gcm', Buffer.alloc(32), Buffer.alloc(12));
  assert_throws('ERR_CRYPTO_INVALID_STATE', () => cipher.getAuthTag());
  cipher.final();
  assert_throws('ERR_CRYPTO_INVALID_STATE', () => cipher.update('x'));
  assert_throws('ERR_CRYPTO_INVALID_STATE', () => cipher.final());
  assert_throws('ERR_CRYPTO_UNKNOWN_CIPHER', () => crypto.createCipheriv('rot13', '', ''));
  assert_throws('ERR_CRYPTO_INVALID_KEYLEN', () => crypto.createCipheriv('aes-128-cbc', 'short', Buffer.alloc(16)));
  assert_throws('ERR_CRYPTO_INVALID_IV', () => crypto.createCipheriv('aes-128-cbc', Buffer.alloc(16), Buffer.alloc(15)));
  assert_throws('ERR_CRYPTO_INVALID_IV', () => crypto.createCipheriv('aes-128-cbc', Buffer.alloc(16), null));
  assert_throws('ERR_CRYPTO_INVALID_AUTH_TAG', () => crypto.createDecipheriv('aes-128-gcm', Buffer.alloc(16), Buffer.alloc(12)).setAuthTag(Buffer.alloc(3)));
  assert_throws('ERR_INVALID_ARG_TYPE', () => crypto.createDecipheriv('aes-128-gcm', Buffer.alloc(16), Buffer.alloc(12)).update(5));
});

test('text of several pieces fits together, in base64 and in UTF-8', () => {
  const [key, iv] = [Buffer.alloc(32, 3), Buffer.alloc(16, 4)];
  const text = 'äöü€😀'.repeat(9);
  const cipher = crypto.createCipheriv('aes-256-cbc', key, iv);
  const sealed = cipher.update(text, 'utf8', 'base64') + cipher.final('base64');
  assert_equals(sealed, 'MyydKH8qS6OK9n0/HGmQUzi5vNmlBfbrgUv95K0k9j9jz/HM7H29Yz4+ItppP1lL/5EYctd/Fv39GL+RmzI+uteg37AvZiFASM433UZUxNj9+F/fcT5mV8wp/43dqlV52A19RBFJoeYQXi9rQ1acZHN+a5cgjqrICE8WwPfuMPQ=');
  const decipher = crypto.createDecipheriv('aes-256-cbc', key, iv);
  assert_equals(decipher.update(sealed.slice(0, 40), 'base64', 'utf8') + decipher.update(sealed.slice(40), 'base64', 'utf8') + decipher.final('utf8'), text);
  const other = crypto.createCipheriv('aes-256-cbc', key, iv);
  other.update('a', 'utf8', 'hex');
  assert_equals(assert_throws(Error, () => other.final('base64')).message, 'Cannot change encoding');
});

test('Triple DES, which old protocols have', () => {
  const [key, iv] = [Buffer.from('0123456789abcdefghijklmn'), Buffer.alloc(8, 4)];
  assert_equals(encrypted('des-ede3-cbc', key, iv, 'sample text')[0], 'c8149cd2dd3233377716dea429d32bbf');
  assert_equals(crypto.getCipherInfo('des3').blockSize, 8);
});

test('of too many ciphers left open, the oldest is closed and says so', () => {
  const open = () => crypto.createCipheriv('aes-128-cbc', Buffer.alloc(16), Buffer.alloc(16));
  const first = open();
  for (let i = 0; i < 1000; i++) open();
  assert_throws('ERR_CRYPTO_INVALID_STATE', () => first.final());
  assert_equals(open().final().length, 16);
});
