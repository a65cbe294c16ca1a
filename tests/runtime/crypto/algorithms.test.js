const { subtle } = crypto;
const data = new Uint8Array(1);

test('names are matched without regard to the case of ASCII letters, and of these alone', async () => {
  const key = await subtle.generateKey({ name: 'aEs-kW', length: 128 }, false, ['wrapKey']);
  assert_equals(key.algorithm.name, 'AES-KW');
  await assert_rejects('NotSupportedError', subtle.generateKey({ name: 'AES-\u212aW', length: 128 }, false, ['wrapKey']));
  await assert_rejects('NotSupportedError', subtle.digest('\u017fHA-1', data));
  await assert_rejects('NotSupportedError', subtle.digest('SHA-1 ', data));
});

test('what is registered for something else, or nowhere, is not supported', async () => {
  for (const name of ['AES-GCM', 'MD5', '', 'toString', '__proto__', 'constructor', 7, null, undefined]) await assert_rejects('NotSupportedError', subtle.digest(name, data));
  await assert_rejects('NotSupportedError', subtle.generateKey('PBKDF2', false, ['deriveBits']));
  await assert_rejects('NotSupportedError', subtle.generateKey({ name: 'HMAC', hash: 'HMAC' }, false, ['sign']));
  await assert_rejects(TypeError, subtle.digest({}, data));
  await assert_rejects(TypeError, subtle.digest({ name: Symbol('SHA-1') }, data));
});

test('members are read in the order of the standard, once but for the name', async () => {
  const read = [];
  const algorithm = new Proxy({ name: 'HKDF', hash: 'SHA-256', info: data, salt: data }, {
    get(target, key) {
      read.push(key);
      return target[key];
    },
  });
  const key = await subtle.importKey('raw', data, 'HKDF', false, ['deriveBits']);
  await subtle.deriveBits(algorithm, key, 8);
  assert_deep_equals(read, ['name', 'name', 'hash', 'info', 'salt']);
});

test('members that are needed and not there, or of another type, are TypeErrors', async () => {
  const key = await subtle.generateKey({ name: 'AES-CBC', length: 128 }, false, ['encrypt']);
  for (const iv of [undefined, null, 'text', {}, []]) await assert_rejects(TypeError, subtle.encrypt({ name: 'AES-CBC', iv }, key, data));
  for (const length of [undefined, 'x', -1, 65536, Infinity]) await assert_rejects(TypeError, subtle.generateKey({ name: 'AES-CBC', length }, false, ['encrypt']));
  assert_equals((await subtle.generateKey({ name: 'AES-CBC', length: '128.9' }, false, ['encrypt'])).algorithm.length, 128);
});

test('a key of another algorithm is refused', async () => {
  const key = await subtle.generateKey({ name: 'AES-CBC', length: 128 }, false, ['encrypt', 'decrypt']);
  await assert_rejects('InvalidAccessError', subtle.encrypt({ name: 'AES-GCM', iv: data }, key, data));
  await assert_rejects('InvalidAccessError', subtle.sign('HMAC', key, data));
});

test('what a script does to what it sees of a key does nothing to the key', async () => {
  const key = await subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  assert_true(key.algorithm === key.algorithm && key.usages === key.usages);
  key.algorithm.name = 'AES-GCM';
  key.algorithm.hash.name = 'SHA-1';
  key.usages.push('verify');
  assert_equals((await subtle.sign('HMAC', key, data)).byteLength, 32);
  await assert_rejects('InvalidAccessError', subtle.verify('HMAC', key, data, data));
  assert_throws(TypeError, () => new CryptoKey());
  assert_throws(TypeError, () => Object.create(CryptoKey.prototype).type);
});
