const { subtle } = crypto;
const bytes = (hex) => Uint8Array.fromHex(hex);
const text = (value) => new TextEncoder().encode(value);
const hex = (buffer) => new Uint8Array(buffer).toHex();

test('HKDF is that of RFC 5869, cases 1 and 3', async () => {
  const key = await subtle.importKey('raw', new Uint8Array(22).fill(0x0b), 'HKDF', false, ['deriveBits']);
  const first = { name: 'HKDF', hash: 'SHA-256', salt: bytes('000102030405060708090a0b0c'), info: bytes('f0f1f2f3f4f5f6f7f8f9') };
  assert_equals(hex(await subtle.deriveBits(first, key, 336)), '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865');
  const bare = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info: new Uint8Array(0) };
  assert_equals(hex(await subtle.deriveBits(bare, key, 336)), '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8');
  assert_equals((await subtle.deriveBits(bare, key, 255 * 256)).byteLength, 255 * 32);
  await assert_rejects('OperationError', subtle.deriveBits(bare, key, 255 * 256 + 8));
});

test('PBKDF2 is that of RFC 6070', async () => {
  const key = await subtle.importKey('raw', text('password'), 'PBKDF2', false, ['deriveBits']);
  const run = (iterations) => subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-1', salt: text('salt'), iterations }, key, 160);
  assert_equals(hex(await run(1)), '0c60c80f961f0e71f3a9b524af6012062fe037a6');
  assert_equals(hex(await run(4096)), '4b007901b765489abead49d926f721d065a429c1');
  await assert_rejects('OperationError', run(0));
  await assert_rejects(TypeError, run(-1));
});

test('more iterations than half a minute of work are refused', async () => {
  const key = await subtle.importKey('raw', text('password'), 'PBKDF2', false, ['deriveBits']);
  const run = (iterations, length) => subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt: text('salt'), iterations }, key, length);
  const error = await assert_rejects('OperationError', run(0xffffffff, 256));
  assert_true(error.message.includes('100000000'), error.message);
  await assert_rejects('OperationError', run(1000, 0xfffffff8));
});

test('lengths: none, not of whole bytes, zero', async () => {
  for (const algorithm of [
    { name: 'HKDF', hash: 'SHA-512', salt: new Uint8Array(1), info: new Uint8Array(1) },
    { name: 'PBKDF2', hash: 'SHA-512', salt: new Uint8Array(1), iterations: 1 },
  ]) {
    const key = await subtle.importKey('raw', text('x'), algorithm.name, false, ['deriveBits']);
    await assert_rejects('OperationError', subtle.deriveBits(algorithm, key));
    await assert_rejects('OperationError', subtle.deriveBits(algorithm, key, null));
    await assert_rejects('OperationError', subtle.deriveBits(algorithm, key, 12));
    assert_equals((await subtle.deriveBits(algorithm, key, 0)).byteLength, 0);
  }
});

test('deriveKey makes keys of every kind that has a length, or takes any', async () => {
  const base = await subtle.importKey('raw', text('x'), 'HKDF', false, ['deriveKey']);
  const algorithm = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(1), info: new Uint8Array(1) };
  const aes = await subtle.deriveKey(algorithm, base, { name: 'AES-GCM', length: 192 }, true, ['encrypt']);
  assert_equals((await subtle.exportKey('raw', aes)).byteLength, 24);
  const hmac = await subtle.deriveKey(algorithm, base, { name: 'HMAC', hash: 'SHA-384' }, true, ['sign']);
  assert_equals((await subtle.exportKey('raw', hmac)).byteLength, 128);
  await assert_rejects('OperationError', subtle.deriveKey(algorithm, base, { name: 'AES-GCM', length: 100 }, true, ['encrypt']));
  await assert_rejects(TypeError, subtle.deriveKey(algorithm, base, { name: 'HMAC', hash: 'SHA-384', length: 0 }, true, ['sign']));
  await assert_rejects('NotSupportedError', subtle.deriveKey(algorithm, base, { name: 'ECDH', namedCurve: 'P-256' }, true, ['deriveBits']));
  await assert_rejects('SyntaxError', subtle.deriveKey(algorithm, base, { name: 'AES-GCM', length: 128 }, true, []));
  await assert_rejects('InvalidAccessError', subtle.deriveBits(algorithm, base, 8));
});

test('passwords cannot be exported, and are not for anything else', async () => {
  await assert_rejects('SyntaxError', subtle.importKey('raw', text('x'), 'PBKDF2', true, ['deriveBits']));
  await assert_rejects('SyntaxError', subtle.importKey('raw', text('x'), 'PBKDF2', false, ['sign']));
  await assert_rejects('NotSupportedError', subtle.importKey('jwk', { kty: 'oct', k: 'eA' }, 'PBKDF2', false, ['deriveBits']));
  const key = await subtle.importKey('raw', text('x'), 'PBKDF2', false, ['deriveBits']);
  await assert_rejects('NotSupportedError', subtle.exportKey('raw', key));
  assert_deep_equals(key.algorithm, { name: 'PBKDF2' });
});
