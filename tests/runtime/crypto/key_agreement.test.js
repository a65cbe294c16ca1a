const { subtle } = crypto;
const bytes = (hex) => Uint8Array.fromHex(hex);
const hex = (buffer) => new Uint8Array(buffer).toHex();
const base64url = (value) => bytes(value).toBase64({ alphabet: 'base64url', omitPadding: true });

// RFC 5903, 8.1; RFC 7748, 6.1 and 6.2.
const INITIATOR = {
  kty: 'EC',
  crv: 'P-256',
  d: base64url('c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433'),
  x: base64url('dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c3772581180'),
  y: base64url('5271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3'),
};
const RESPONDER = bytes('04d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf6356fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab');
const ECDH = { name: 'ECDH', namedCurve: 'P-256' };

test('ECDH is that of RFC 5903, and is cut to the length that is asked for', async () => {
  const key = await subtle.importKey('jwk', INITIATOR, ECDH, false, ['deriveBits']);
  const other = await subtle.importKey('raw', RESPONDER, ECDH, true, []);
  const bits = (length) => subtle.deriveBits({ name: 'ECDH', public: other }, key, length);
  assert_equals(hex(await bits()), 'd6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de');
  assert_equals(hex(await bits(undefined)), hex(await bits(null)));
  assert_equals(hex(await bits(12)), 'd680');
  assert_equals(hex(await bits(0)), '');
  await assert_rejects('OperationError', bits(257));
});

async function montgomery(name, pkcs8, raw) {
  const key = await subtle.importKey('pkcs8', bytes(pkcs8), name, false, ['deriveBits']);
  return hex(await subtle.deriveBits({ name, public: await subtle.importKey('raw', bytes(raw), name, false, []) }, key));
}

test('X25519 and X448 are those of RFC 7748', async () => {
  const x25519 = await montgomery(
    'X25519',
    '302e020100300506032b656e0422042077076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a',
    'de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f',
  );
  assert_equals(x25519, '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742');
  const x448 = await montgomery(
    'X448',
    '3046020100300506032b656f043a04389a8f4925d1519f5775cf46b04b5800d4ee9ee8bae8bc5565d498c28dd9c9baf574a9419744897391006382a6f127ab1d9ac2d8c0a598726b',
    '3eb7a829b0cd20f5bcfc0b599b6feccf6da4627107bdb0d4f345b43027d8b972fc3e34fb4232a13ca706dcb57aec3dae07bdc1c67bf33609',
  );
  assert_equals(x448, '07fff4181ac6cc95ec1c16a94a0f74d12da232ce40a77552281d282bb60c0b56fd2464c335543936521c24403085d59a449a5037514a879d');
});

test('a shared secret of zeros is refused', async () => {
  const { privateKey } = await subtle.generateKey('X25519', false, ['deriveBits']);
  const low = await subtle.importKey('raw', new Uint8Array(32), 'X25519', false, []);
  await assert_rejects('OperationError', subtle.deriveBits({ name: 'X25519', public: low }, privateKey, 256));
});

test('two sides derive the same key, on each curve', async () => {
  for (const algorithm of [...['P-256', 'P-384', 'P-521'].map((namedCurve) => ({ name: 'ECDH', namedCurve })), { name: 'X25519' }, { name: 'X448' }]) {
    const a = await subtle.generateKey(algorithm, false, ['deriveKey']);
    const b = await subtle.generateKey(algorithm, false, ['deriveKey']);
    const derive = async (mine, theirs) => {
      const key = await subtle.deriveKey({ name: algorithm.name, public: theirs.publicKey }, mine.privateKey, { name: 'AES-GCM', length: 256 }, true, ['encrypt']);
      return hex(await subtle.exportKey('raw', key));
    };
    assert_equals(await derive(a, b), await derive(b, a));
    assert_equals(a.publicKey.usages.length, 0);
  }
});

test('both keys must be of the algorithm and of the curve, one private, the other public', async () => {
  const p256 = await subtle.generateKey(ECDH, false, ['deriveBits']);
  const p384 = await subtle.generateKey({ name: 'ECDH', namedCurve: 'P-384' }, false, ['deriveBits']);
  const x25519 = await subtle.generateKey('X25519', false, ['deriveBits']);
  const derive = (other, key = p256.privateKey) => subtle.deriveBits({ name: 'ECDH', public: other }, key, 8);
  await derive(p256.publicKey);
  await assert_rejects('InvalidAccessError', derive(p384.publicKey));
  await assert_rejects('InvalidAccessError', derive(x25519.publicKey));
  await assert_rejects('InvalidAccessError', derive(p256.privateKey));
  await assert_rejects('InvalidAccessError', derive(p256.publicKey, x25519.privateKey));
  await assert_rejects('InvalidAccessError', derive(p256.publicKey, p256.publicKey));
  await assert_rejects(TypeError, derive({}));
  await assert_rejects(TypeError, derive(undefined));
});
