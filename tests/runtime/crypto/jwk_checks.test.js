const { subtle } = crypto;

const AES = { kty: 'oct', k: 'AAAAAAAAAAAAAAAAAAAAAA' };
const importAes = (change, extractable = true, usages = ['encrypt']) => subtle.importKey('jwk', { ...AES, ...change }, 'AES-GCM', extractable, usages);

test('what a JSON Web Key says about itself must fit', async () => {
  await importAes({ alg: 'A128GCM', use: 'enc', key_ops: ['decrypt', 'encrypt', 'something else'], ext: true });
  for (const change of [
    { kty: 'OCT' }, { kty: undefined }, { k: undefined }, { k: 'AA' }, { k: 'AAAAAAAAAAAAAAAAAAAAA+' }, { k: 'AAAAAAAAAAAAAAAAAAAAAA==' }, { k: ' AAAAAAAAAAAAAAAAAAAAA' },
    { alg: 'A256GCM' }, { alg: 'A128CBC' }, { use: 'sig' }, { key_ops: [] }, { key_ops: ['decrypt'] }, { key_ops: ['encrypt', 'encrypt'] }, { ext: false }, { ext: 0 },
  ]) await assert_rejects('DataError', importAes(change), JSON.stringify(change));
  await importAes({ ext: false }, false);
});

test('members are converted as Web IDL has it', async () => {
  await importAes({ key_ops: new Set(['encrypt']), ext: 'false', k: { toString: () => AES.k } });
  await assert_rejects(TypeError, importAes({ key_ops: 'encrypt' }));
  await assert_rejects(TypeError, importAes({ k: Symbol('k') }));
  await assert_rejects(TypeError, importAes({ oth: 1 }));
  await assert_rejects('DataError', importAes({ k: null }));
});

test('key data that is not of the format is a TypeError', async () => {
  const run = (format, data) => subtle.importKey(format, data, 'AES-GCM', true, ['encrypt']);
  await assert_rejects(TypeError, run('jwk', new Uint8Array(16)));
  await assert_rejects(TypeError, run('raw', AES));
  await assert_rejects(TypeError, run('raw', 'text'));
  await assert_rejects(TypeError, run('raw', 1));
  await assert_rejects(TypeError, run('RAW', new Uint8Array(16)));
  await assert_rejects('DataError', run('jwk', null));
  await assert_rejects('NotSupportedError', run('pkcs8', new Uint8Array(16)));
});

test('usages are checked before the key, and none at all after it', async () => {
  await assert_rejects('SyntaxError', importAes({ k: '!' }, true, ['encrypt', 'sign']));
  await assert_rejects('DataError', importAes({ k: '!' }, true, []));
  await assert_rejects('SyntaxError', importAes({}, true, []));
  await assert_rejects(TypeError, importAes({}, true, ['encrypt', 'whatever']));
  await assert_rejects(TypeError, importAes({}, true, 'encrypt'));
  await assert_rejects(TypeError, importAes({}, true, null));
});

test('a public key may be for nothing, a private one not', async () => {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const { privateKey, publicKey } = await subtle.generateKey(algorithm, true, ['sign']);
  await subtle.importKey('jwk', await subtle.exportKey('jwk', publicKey), algorithm, true, []);
  const jwk = await subtle.exportKey('jwk', privateKey);
  await assert_rejects('SyntaxError', subtle.importKey('jwk', jwk, algorithm, true, []));
  await assert_rejects('SyntaxError', subtle.generateKey(algorithm, true, ['verify']));
  await assert_rejects('DataError', subtle.importKey('jwk', { ...jwk, alg: 'ES384' }, algorithm, true, ['sign']));
  await assert_rejects('DataError', subtle.importKey('jwk', { ...jwk, crv: 'P-384' }, algorithm, true, ['sign']));
  await assert_rejects('DataError', subtle.importKey('jwk', { ...jwk, y: undefined }, algorithm, true, ['sign']));
});

test('a great many operations are looked at once each', async () => {
  const operations = Array.from({ length: 200000 }, (_, i) => `operation ${i}`);
  await importAes({ key_ops: [...operations, 'encrypt'] });
  await assert_rejects('DataError', importAes({ key_ops: [...operations, 'encrypt', 'operation 0'] }));
});
