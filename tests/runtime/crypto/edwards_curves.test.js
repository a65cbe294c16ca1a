const { subtle } = crypto;
const bytes = (hex) => Uint8Array.fromHex(hex);
const hex = (buffer) => new Uint8Array(buffer).toHex();
const base64url = (value) => bytes(value).toBase64({ alphabet: 'base64url', omitPadding: true });

// RFC 8032, 7.1 (test 2) and 7.4 (the message of one byte).
const VECTORS = [
  {
    name: 'Ed25519',
    d: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    x: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    message: '72',
    signature: '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  },
  {
    name: 'Ed448',
    d: 'c4eab05d357007c632f3dbb48489924d552b08fe0c353a0d4a1f00acda2c463afbea67c5e8d2877c5e3bc397a659949ef8021e954e0a12274e',
    x: '43ba28f430cdff456ae531545f7ecd0ac834a55d9358c0372bfa0c6c6798c0866aea01eb00742802b8438ea4cb82169c235160627b4c3a9480',
    message: '03',
    signature: '26b8f91727bd62897af15e41eb43c377efb9c610d48f2335cb0bd0087810f4352541b143c4b981b7e18f62de8ccdf633fc1bf037ab7cd779805e0dbcc0aae1cbcee1afb2e027df36bc04dcecbf154336c19f0af7e0a6472905e799f1953d2a0ff3348ab21aa4adafd1d234441cf807c03a00',
  },
];

const jwkOf = ({ name, d, x }) => ({ kty: 'OKP', crv: name, x: base64url(x), ...(d && { d: base64url(d) }) });

test('signatures are those of RFC 8032', async () => {
  for (const { name, d, x, message, signature } of VECTORS) {
    const privateKey = await subtle.importKey('jwk', jwkOf({ name, d, x }), name, false, ['sign']);
    assert_equals(hex(await subtle.sign(name, privateKey, bytes(message))), signature);
    const publicKey = await subtle.importKey('raw', bytes(x), name, true, ['verify']);
    assert_true(await subtle.verify(name, publicKey, bytes(signature), bytes(message)));
    assert_false(await subtle.verify(name, publicKey, bytes(signature), bytes('00')));
    assert_false(await subtle.verify(name, publicKey, bytes(signature).subarray(1), bytes(message)));
  }
});

test('keys go through every format and come back', async () => {
  for (const vector of VECTORS) {
    const { name, x } = vector;
    const privateKey = await subtle.importKey('jwk', jwkOf(vector), name, true, ['sign']);
    const publicKey = await subtle.importKey('raw', bytes(x), name, true, ['verify']);
    const pkcs8 = await subtle.exportKey('pkcs8', privateKey);
    const again = await subtle.exportKey('jwk', await subtle.importKey('pkcs8', pkcs8, name, true, ['sign']));
    assert_deep_equals(again, { ...jwkOf(vector), alg: name, key_ops: ['sign'], ext: true });
    const spki = await subtle.exportKey('spki', publicKey);
    assert_equals(hex(await subtle.exportKey('raw', await subtle.importKey('spki', spki, name, true, ['verify']))), x);
    await assert_rejects('DataError', subtle.importKey('spki', spki, name === 'Ed448' ? 'Ed25519' : 'Ed448', true, ['verify']));
    await assert_rejects('DataError', subtle.importKey('pkcs8', spki, name, true, ['sign']));
  }
});

test('a public key that is not of the private one, or of another length, is refused', async () => {
  const [vector] = VECTORS;
  const wrong = { ...vector, x: vector.x.replace('3d', '3c') };
  await assert_rejects('DataError', subtle.importKey('jwk', jwkOf(wrong), 'Ed25519', true, ['sign']));
  await assert_rejects('DataError', subtle.importKey('jwk', jwkOf({ ...vector, d: vector.d.slice(2) }), 'Ed25519', true, ['sign']));
  await assert_rejects('DataError', subtle.importKey('raw', bytes(vector.x).subarray(1), 'Ed25519', true, ['verify']));
  await assert_rejects('DataError', subtle.importKey('jwk', { ...jwkOf(vector), alg: 'ed25519' }, 'Ed25519', true, ['sign']));
});

test('no signature of a key of small order is right', async () => {
  const zero = new Uint8Array(32);
  const one = new Uint8Array(32);
  one[0] = 1;
  for (const raw of [zero, one, bytes('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85')]) {
    const key = await subtle.importKey('raw', raw, 'Ed25519', false, ['verify']);
    const signature = new Uint8Array(64);
    signature[0] = 1;
    for (let message = 0; message < 16; message++) assert_false(await subtle.verify('Ed25519', key, signature, new Uint8Array([message])));
  }
});
