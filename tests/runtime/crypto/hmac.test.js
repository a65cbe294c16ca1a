const { subtle } = crypto;
const HMAC = { name: 'HMAC', hash: 'SHA-256' };
const text = (value) => new TextEncoder().encode(value);
const hex = (buffer) => new Uint8Array(buffer).toHex();

test('sign gives the code of RFC 4231, case 2, and verify knows it', async () => {
  const key = await subtle.importKey('raw', text('Jefe'), HMAC, false, ['sign', 'verify']);
  const data = text('what do ya want for nothing?');
  const code = await subtle.sign('HMAC', key, data);
  assert_equals(hex(code), '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843');
  assert_true(await subtle.verify('HMAC', key, code, data));
  assert_false(await subtle.verify('HMAC', key, code, text('other')));
  assert_false(await subtle.verify('HMAC', key, code.slice(1), data));
});

test('keys are generated, exported and imported as raw and JWK', async () => {
  const key = await subtle.generateKey({ name: 'hmac', hash: { name: 'SHA-512' } }, true, ['verify', 'sign']);
  assert_equals(`${key.type} ${key.algorithm.hash.name} ${key.algorithm.length} ${key.usages}`, 'secret SHA-512 1024 sign,verify');
  const jwk = await subtle.exportKey('jwk', key);
  assert_equals(`${jwk.kty} ${jwk.alg} ${jwk.ext} ${jwk.key_ops}`, 'oct HS512 true sign,verify');
  const again = await subtle.importKey('jwk', jwk, { name: 'HMAC', hash: 'SHA-512' }, true, ['sign']);
  assert_equals(hex(await subtle.exportKey('raw', again)), hex(await subtle.exportKey('raw', key)));
});

test('a key does only what it may', async () => {
  const key = await subtle.importKey('raw', text('k'), HMAC, false, ['verify']);
  await assert_rejects('InvalidAccessError', subtle.sign('HMAC', key, text('x')));
  await assert_rejects('InvalidAccessError', subtle.exportKey('raw', key));
  key.usages.push('sign');
  await assert_rejects('InvalidAccessError', subtle.sign('HMAC', key, text('x')));
  await assert_rejects('SyntaxError', subtle.importKey('raw', text('k'), HMAC, false, ['encrypt']));
  await assert_rejects('SyntaxError', subtle.importKey('raw', text('k'), HMAC, false, []));
  await assert_rejects('DataError', subtle.importKey('raw', text(''), HMAC, false, ['sign']));
  await assert_rejects('DataError', subtle.importKey('jwk', { kty: 'RSA' }, HMAC, false, ['sign']));
});

test('lengths that are no multiple of 8 clear the bits beyond', async () => {
  const key = await subtle.importKey('raw', new Uint8Array([0xff, 0xff]), { ...HMAC, length: 11 }, true, ['sign']);
  assert_equals(key.algorithm.length, 11);
  assert_equals(hex(await subtle.exportKey('raw', key)), 'ffe0');
  for (const length of [0, 8, 17]) await assert_rejects('DataError', subtle.importKey('raw', new Uint8Array(2), { ...HMAC, length }, true, ['sign']));
  await assert_rejects('OperationError', subtle.generateKey({ ...HMAC, length: 0 }, true, ['sign']));
});
