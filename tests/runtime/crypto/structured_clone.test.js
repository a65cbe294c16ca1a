const { subtle } = crypto;
const data = new Uint8Array(1);

test('a clone of a key is the same key, with objects of its own', async () => {
  const key = await subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify']);
  key.usages.length = 0;
  const { clone } = structuredClone({ clone: key });
  assert_true(clone instanceof CryptoKey && clone !== key);
  assert_deep_equals([clone.type, clone.extractable, clone.usages, clone.algorithm.hash.name], ['secret', false, ['sign', 'verify'], 'SHA-256']);
  assert_true(await subtle.verify('HMAC', clone, await subtle.sign('HMAC', key, data), data));
  await assert_rejects('InvalidAccessError', subtle.exportKey('raw', clone));
});

test('what only looks like a key is cloned as what it is', () => {
  assert_deep_equals(structuredClone(Object.create(CryptoKey.prototype)), {});
});
