const { subtle } = crypto;
const bytes = (hex) => Uint8Array.fromHex(hex);
const hex = (buffer) => new Uint8Array(buffer).toHex();

test('AES-KW is that of RFC 3394, 4.1 and 4.6', async () => {
  for (const [kek, data, wrapped] of [
    ['000102030405060708090a0b0c0d0e0f', '00112233445566778899aabbccddeeff', '1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5'],
    ['000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f', '00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f', '28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21'],
  ]) {
    const wrapping = await subtle.importKey('raw', bytes(kek), 'AES-KW', false, ['wrapKey', 'unwrapKey']);
    const key = await subtle.importKey('raw', bytes(data), 'AES-CBC', true, ['encrypt']);
    assert_equals(hex(await subtle.wrapKey('raw', key, wrapping, 'AES-KW')), wrapped);
    const again = await subtle.unwrapKey('raw', bytes(wrapped), wrapping, 'AES-KW', 'AES-CBC', true, ['encrypt']);
    assert_equals(hex(await subtle.exportKey('raw', again)), data);
    const changed = bytes(wrapped);
    changed[0] ^= 1;
    await assert_rejects('OperationError', subtle.unwrapKey('raw', changed, wrapping, 'AES-KW', 'AES-CBC', true, ['encrypt']));
    await assert_rejects('OperationError', subtle.unwrapKey('raw', new Uint8Array(0), wrapping, 'AES-KW', 'AES-CBC', true, ['encrypt']));
  }
});

test('keys of every kind are wrapped as text and as bytes by algorithms for data', async () => {
  const gcm = { name: 'AES-GCM', iv: new Uint8Array(12) };
  const wrapping = await subtle.generateKey({ name: 'AES-GCM', length: 128 }, false, ['wrapKey', 'unwrapKey']);
  const ec = { name: 'ECDH', namedCurve: 'P-384' };
  const { privateKey, publicKey } = await subtle.generateKey(ec, true, ['deriveBits']);
  for (const [format, key, usages] of [['jwk', privateKey, ['deriveBits']], ['pkcs8', privateKey, ['deriveBits']], ['jwk', publicKey, []], ['raw', publicKey, []], ['spki', publicKey, []]]) {
    const wrapped = await subtle.wrapKey(format, key, wrapping, gcm);
    const again = await subtle.unwrapKey(format, wrapped, wrapping, gcm, ec, true, usages);
    assert_deep_equals(await subtle.exportKey('jwk', again), await subtle.exportKey('jwk', key));
  }
  await assert_rejects('InvalidAccessError', subtle.encrypt(gcm, wrapping, new Uint8Array(1)));
});

test('only what may leave is wrapped, and only by a key that wraps', async () => {
  const kw = await subtle.generateKey({ name: 'AES-KW', length: 256 }, false, ['wrapKey']);
  const hidden = await subtle.generateKey({ name: 'AES-GCM', length: 128 }, false, ['encrypt']);
  const open = await subtle.generateKey({ name: 'AES-GCM', length: 128 }, true, ['encrypt']);
  const password = await subtle.importKey('raw', new Uint8Array(16), 'PBKDF2', false, ['deriveBits']);
  await assert_rejects('InvalidAccessError', subtle.wrapKey('raw', hidden, kw, 'AES-KW'));
  await assert_rejects('NotSupportedError', subtle.wrapKey('raw', password, kw, 'AES-KW'));
  await assert_rejects('InvalidAccessError', subtle.wrapKey('raw', open, open, { name: 'AES-GCM', iv: new Uint8Array(12) }));
  await assert_rejects('InvalidAccessError', subtle.unwrapKey('raw', new Uint8Array(24), kw, 'AES-KW', 'AES-GCM', true, ['encrypt']));
  await assert_rejects('InvalidAccessError', subtle.wrapKey('raw', open, kw, { name: 'AES-GCM', iv: new Uint8Array(12) }));
  await assert_rejects('NotSupportedError', subtle.wrapKey('raw', open, kw, 'HMAC'));
});

test('what comes out must be a key: text that is none is a DataError', async () => {
  const gcm = { name: 'AES-GCM', iv: new Uint8Array(12) };
  const key = await subtle.generateKey({ name: 'AES-GCM', length: 128 }, false, ['encrypt', 'unwrapKey']);
  const unwrap = async (text) => subtle.unwrapKey('jwk', await subtle.encrypt(gcm, key, text), key, gcm, { name: 'HMAC', hash: 'SHA-1' }, true, ['sign']);
  for (const text of ['', '{', '1', 'null', '"oct"', '[]', '{}', '{"kty":"RSA"}', '{"kty":"oct"}', '{"kty":"oct","k":"!"}', '{"kty":"oct","k":"eA","key_ops":["verify"]}']) {
    await assert_rejects('DataError', unwrap(new TextEncoder().encode(text)), text);
  }
  await assert_rejects('DataError', unwrap(new Uint8Array([0xff, 0xfe, 0x7b])));
  assert_equals((await unwrap(new TextEncoder().encode('{"kty":"oct","k":"eA"}'))).algorithm.length, 8);
});

test('what scripts put on prototypes does not get into wrapped keys, nor into unwrapped ones', async () => {
  const gcm = { name: 'AES-GCM', iv: new Uint8Array(12) };
  const wrapping = await subtle.generateKey({ name: 'AES-GCM', length: 128 }, false, ['wrapKey', 'unwrapKey', 'decrypt', 'encrypt']);
  const key = await subtle.importKey('raw', new Uint8Array(1), { name: 'HMAC', hash: 'SHA-256' }, true, ['sign']);
  Object.prototype.toJSON = () => ({ stolen: true });
  Object.prototype.k = 'eA';
  try {
    const plain = new TextDecoder().decode(await subtle.decrypt(gcm, wrapping, await subtle.wrapKey('jwk', key, wrapping, gcm)));
    assert_equals(plain, '{"kty":"oct","k":"AA","alg":"HS256","key_ops":["sign"],"ext":true}');
    const lacking = await subtle.encrypt(gcm, wrapping, new TextEncoder().encode('{"kty":"oct"}'));
    await assert_rejects('DataError', subtle.unwrapKey('jwk', lacking, wrapping, gcm, { name: 'HMAC', hash: 'SHA-1' }, true, ['sign']));
  } finally {
    delete Object.prototype.toJSON;
    delete Object.prototype.k;
  }
});
