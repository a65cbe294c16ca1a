const { subtle } = crypto;
const hex = (buffer) => new Uint8Array(buffer).toHex();
const base64url = (value) => Uint8Array.fromHex(value).toBase64({ alphabet: 'base64url', omitPadding: true });
const text = (value) => new TextEncoder().encode(value);

// RFC 6979, A.2.5 (P-256) and A.2.7 (P-521), the message "sample".
const P256 = {
  d: 'c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721',
  x: '60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6',
  y: '7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299',
};
const SIGNATURE = 'efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8';
const ECDSA = { name: 'ECDSA', namedCurve: 'P-256' };
const jwkOf = ({ d, x, y }) => ({ kty: 'EC', crv: 'P-256', x: base64url(x), y: base64url(y), ...(d && { d: base64url(d) }) });

test('a signature of RFC 6979 is right, and nothing else is', async () => {
  const key = await subtle.importKey('jwk', jwkOf({ ...P256, d: undefined }), ECDSA, false, ['verify']);
  const verify = (signature, message = 'sample', hash = 'SHA-256') => subtle.verify({ name: 'ECDSA', hash }, key, signature, text(message));
  const signature = Uint8Array.fromHex(SIGNATURE);
  assert_true(await verify(signature));
  assert_false(await verify(signature, 'Sample'));
  assert_false(await verify(signature, 'sample', 'SHA-1'));
  assert_false(await verify(signature.subarray(1)));
  assert_false(await verify(new Uint8Array(0)));
  assert_false(await verify(new Uint8Array(64)));
  assert_false(await verify(new Uint8Array(64).fill(255)));
});

test('signatures have a fixed length for each curve, and fit their key alone', async () => {
  for (const [namedCurve, size] of [['P-256', 64], ['P-384', 96], ['P-521', 132]]) {
    const { privateKey, publicKey } = await subtle.generateKey({ name: 'ECDSA', namedCurve }, false, ['sign', 'verify']);
    for (const hash of ['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512']) {
      const signature = await subtle.sign({ name: 'ECDSA', hash }, privateKey, text('x'));
      assert_equals(signature.byteLength, size);
      assert_true(await subtle.verify({ name: 'ECDSA', hash }, publicKey, signature, text('x')));
    }
  }
});

test('two signatures of the same message differ', async () => {
  const { privateKey } = await subtle.generateKey(ECDSA, false, ['sign']);
  const sign = async () => hex(await subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, privateKey, text('x')));
  assert_false((await sign()) === (await sign()));
});

test('keys go through every format and come back', async () => {
  const privateKey = await subtle.importKey('jwk', jwkOf(P256), ECDSA, true, ['sign']);
  const publicKey = await subtle.importKey('jwk', jwkOf({ ...P256, d: undefined }), ECDSA, true, ['verify']);
  assert_equals(hex(await subtle.exportKey('raw', publicKey)), `04${P256.x}${P256.y}`);
  const pkcs8 = await subtle.exportKey('pkcs8', privateKey);
  const spki = await subtle.exportKey('spki', publicKey);
  const again = await subtle.importKey('pkcs8', pkcs8, ECDSA, true, ['sign']);
  assert_deep_equals(await subtle.exportKey('jwk', again), { kty: 'EC', crv: 'P-256', x: base64url(P256.x), y: base64url(P256.y), d: base64url(P256.d), key_ops: ['sign'], ext: true });
  assert_equals(hex(await subtle.exportKey('raw', await subtle.importKey('spki', spki, ECDSA, true, ['verify']))), `04${P256.x}${P256.y}`);
  const compressed = Uint8Array.fromHex(`03${P256.x}`);
  assert_equals(hex(await subtle.exportKey('raw', await subtle.importKey('raw', compressed, ECDSA, true, ['verify']))), `04${P256.x}${P256.y}`);
  await assert_rejects('InvalidAccessError', subtle.exportKey('spki', privateKey));
  await assert_rejects('InvalidAccessError', subtle.exportKey('raw', privateKey));
  await assert_rejects('InvalidAccessError', subtle.exportKey('pkcs8', publicKey));
});

test('points that are not on the curve, and keys that do not belong together, are refused', async () => {
  const raw = Uint8Array.fromHex(`04${P256.x}${P256.y}`);
  const importRaw = (data, namedCurve = 'P-256') => subtle.importKey('raw', data, { name: 'ECDSA', namedCurve }, false, ['verify']);
  raw[64] ^= 1;
  await assert_rejects('DataError', importRaw(raw));
  raw[64] ^= 1;
  await importRaw(raw);
  await assert_rejects('DataError', importRaw(raw, 'P-384'));
  await assert_rejects('DataError', importRaw(new Uint8Array(1)));
  await assert_rejects('DataError', importRaw(new Uint8Array(0)));
  await assert_rejects('DataError', importRaw(raw, 'P-257'));
  const other = P256.d.replace('c9', 'c8');
  await assert_rejects('DataError', subtle.importKey('jwk', jwkOf({ ...P256, d: other }), ECDSA, false, ['sign']));
  await assert_rejects('DataError', subtle.importKey('jwk', jwkOf({ ...P256, d: `00${P256.d}` }), ECDSA, false, ['sign']));
  const der = await subtle.exportKey('spki', await subtle.importKey('raw', raw, ECDSA, true, ['verify']));
  await assert_rejects('DataError', subtle.importKey('spki', der, { name: 'ECDSA', namedCurve: 'P-384' }, false, ['verify']));
  await assert_rejects('DataError', subtle.importKey('spki', new Uint8Array([...new Uint8Array(der), 0]), ECDSA, false, ['verify']));
  await assert_rejects('NotSupportedError', subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-257' }, false, ['sign']));
});
