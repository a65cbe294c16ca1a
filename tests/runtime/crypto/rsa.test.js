const { JWK, PUBLIC, PKCS8, PKCS1, PSS, OAEP } = require('./rsa_vector.js');

const { subtle } = crypto;
const bytes = (hex) => Uint8Array.fromHex(hex);
const text = (value) => new TextEncoder().encode(value);
const hex = (buffer) => new Uint8Array(buffer).toHex();
const SAMPLE = text('sample');

const importKey = (name, jwk, usages, extractable = false) => subtle.importKey('jwk', jwk, { name, hash: 'SHA-256' }, extractable, usages);

test('RSASSA-PKCS1-v1_5 signs as Node does', async () => {
  const name = 'RSASSA-PKCS1-v1_5';
  assert_equals(hex(await subtle.sign(name, await importKey(name, JWK, ['sign']), SAMPLE)), PKCS1);
  const key = await importKey(name, PUBLIC, ['verify']);
  assert_true(await subtle.verify(name, key, bytes(PKCS1), SAMPLE));
  assert_false(await subtle.verify(name, key, bytes(PKCS1), text('Sample')));
  assert_false(await subtle.verify(name, key, bytes(PSS), SAMPLE));
  assert_false(await subtle.verify(name, key, new Uint8Array(0), SAMPLE));
});

test('RSA-PSS knows what Node has signed, with the salt length that was used alone', async () => {
  const key = await importKey('RSA-PSS', PUBLIC, ['verify']);
  const verify = (saltLength, signature = bytes(PSS)) => subtle.verify({ name: 'RSA-PSS', saltLength }, key, signature, SAMPLE);
  assert_true(await verify(32));
  assert_false(await verify(31));
  assert_false(await verify(100000));
  const privateKey = await importKey('RSA-PSS', JWK, ['sign']);
  const sign = (saltLength) => subtle.sign({ name: 'RSA-PSS', saltLength }, privateKey, SAMPLE);
  assert_true(await verify(0, await sign(0)));
  assert_false(hex(await sign(20)) === hex(await sign(20)));
  await assert_rejects('OperationError', sign(100));
  await assert_rejects(TypeError, sign(undefined));
});

test('RSA-OAEP opens what Node has sealed, with the same label alone', async () => {
  const key = await importKey('RSA-OAEP', JWK, ['decrypt']);
  const decrypt = (label, data = bytes(OAEP)) => subtle.decrypt({ name: 'RSA-OAEP', label }, key, data);
  assert_equals(hex(await decrypt(text('label'))), hex(SAMPLE));
  await assert_rejects('OperationError', decrypt(text('Label')));
  await assert_rejects('OperationError', decrypt(undefined));
  await assert_rejects('OperationError', decrypt(text('label'), new Uint8Array(128)));
  await assert_rejects('OperationError', decrypt(text('label'), new Uint8Array(1)));
  const encryptKey = await importKey('RSA-OAEP', PUBLIC, ['encrypt']);
  const seal = (data) => subtle.encrypt('RSA-OAEP', encryptKey, data);
  assert_equals(hex(await decrypt(undefined, await seal(new Uint8Array(0)))), '');
  assert_equals((await seal(new Uint8Array(128 - 66))).byteLength, 128);
  await assert_rejects('OperationError', seal(new Uint8Array(128 - 65)));
});

test('keys go through every format and come back', async () => {
  const algorithm = { name: 'RSA-PSS', hash: 'SHA-256' };
  const key = await subtle.importKey('pkcs8', bytes(PKCS8), algorithm, true, ['sign']);
  assert_deep_equals(await subtle.exportKey('jwk', key), { ...JWK, alg: 'PS256', key_ops: ['sign'], ext: true });
  assert_equals(hex(await subtle.exportKey('pkcs8', key)), PKCS8);
  const publicKey = await importKey('RSA-PSS', PUBLIC, ['verify'], true);
  const spki = await subtle.exportKey('spki', publicKey);
  const again = await subtle.importKey('spki', spki, algorithm, true, ['verify']);
  assert_deep_equals(await subtle.exportKey('jwk', again), { ...PUBLIC, alg: 'PS256', key_ops: ['verify'], ext: true });
  assert_deep_equals(again.algorithm, { name: 'RSA-PSS', modulusLength: 1024, publicExponent: new Uint8Array([1, 0, 1]), hash: { name: 'SHA-256' } });
  await assert_rejects('NotSupportedError', subtle.exportKey('raw', publicKey));
  await assert_rejects('NotSupportedError', subtle.importKey('raw', new Uint8Array(128), algorithm, true, ['verify']));
});

test('numbers that do not belong together are refused', async () => {
  const refused = (change) => assert_rejects('DataError', importKey('RSA-PSS', { ...JWK, ...change }, ['sign']), JSON.stringify(change));
  await refused({ p: JWK.q });
  await refused({ d: JWK.dp });
  await refused({ dp: JWK.dq });
  await refused({ qi: 'AQ' });
  await refused({ e: 'Aw' });
  await refused({ n: `${JWK.n.slice(0, -1)}0` });
  await refused({ p: JWK.n, q: 'AQ' });
  await refused({ q: undefined });
  await refused({ n: '+/==' });
  await refused({ e: '' });
  await assert_rejects('NotSupportedError', importKey('RSA-PSS', { ...JWK, oth: [{ r: 'AQ' }] }, ['sign']));
  await importKey('RSA-PSS', JWK, ['sign']);
});

test('what is not PKCS#8 or SubjectPublicKeyInfo of RSA is refused', async () => {
  const algorithm = { name: 'RSA-PSS', hash: 'SHA-256' };
  const importDer = (format, data) => subtle.importKey(format, data, algorithm, true, [format === 'spki' ? 'verify' : 'sign']);
  const pkcs8 = bytes(PKCS8);
  // PKCS#1 is what lies inside, behind 26 bytes.
  await assert_rejects('DataError', importDer('pkcs8', pkcs8.subarray(26)));
  await assert_rejects('DataError', importDer('pkcs8', pkcs8.subarray(0, -1)));
  await assert_rejects('DataError', importDer('pkcs8', new Uint8Array([...pkcs8, 0])));
  await assert_rejects('DataError', importDer('spki', pkcs8));
  await assert_rejects('DataError', importDer('spki', new Uint8Array(0)));
  const ec = await subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign']);
  await assert_rejects('DataError', importDer('pkcs8', await subtle.exportKey('pkcs8', ec.privateKey)));
  await assert_rejects('DataError', importDer('spki', await subtle.exportKey('spki', ec.publicKey)));
});

test('generated keys work, and what cannot be generated says why', async () => {
  const generate = (parameters) => subtle.generateKey({ name: 'RSA-OAEP', hash: 'SHA-1', modulusLength: 1024, publicExponent: new Uint8Array([1, 0, 1]), ...parameters }, true, ['encrypt', 'decrypt', 'wrapKey']);
  const { privateKey, publicKey } = await generate();
  assert_deep_equals([privateKey.usages, publicKey.usages], [['decrypt'], ['encrypt', 'wrapKey']]);
  assert_deep_equals([privateKey.type, publicKey.type, publicKey.algorithm.modulusLength], ['private', 'public', 1024]);
  const sealed = await subtle.encrypt('RSA-OAEP', publicKey, SAMPLE);
  assert_equals(hex(await subtle.decrypt('RSA-OAEP', privateKey, sealed)), hex(SAMPLE));
  await generate({ publicExponent: new Uint8Array([0, 3]) });
  for (const publicExponent of [[], [1], [17], [1, 0, 0], [1, 0, 1, 0, 0, 0, 0, 0, 0]]) {
    await assert_rejects('OperationError', generate({ publicExponent: new Uint8Array(publicExponent) }));
  }
  await assert_rejects(TypeError, generate({ publicExponent: [1, 0, 1] }));
  const error = await assert_rejects('OperationError', generate({ modulusLength: 1000000 }));
  assert_true(error.message.includes('16384'), error.message);
  await assert_rejects('OperationError', generate({ modulusLength: 0 }));
});
