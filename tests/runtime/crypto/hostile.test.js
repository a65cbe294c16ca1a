// Poisoned last of all: the isolate is this file's own.
const { subtle } = crypto;
const { exportKey, importKey, sign, verify, encrypt, deriveBits, generateKey } = SubtleCrypto.prototype;
const call = (method, ...given) => Reflect.apply(method, subtle, given);
const data = new Uint8Array([1, 2, 3]);

test('poisoned prototypes neither see keys nor change results', async () => {
  const seen = [];
  const spy = { configurable: true, get() { seen.push('read'); return undefined; }, set(value) { seen.push(value); } };
  const names = ['0', '1', 'material', 'k', 'd', 'hash', 'name', 'privateKey', 'length', 'parts', 'iv', 'toJSON'];
  const kept = new Map(names.map((name) => [name, Object.getOwnPropertyDescriptor(Object.prototype, name)]));
  for (const name of names) Object.defineProperty(Object.prototype, name, spy);
  const slice = Uint8Array.prototype.slice;
  const set = Uint8Array.prototype.__proto__.set;
  Uint8Array.prototype.__proto__.slice = () => { seen.push('slice'); };
  Uint8Array.prototype.__proto__.set = () => { seen.push('set'); };
  let results;
  try {
    const key = await call(importKey, 'raw', new Uint8Array(16), { __proto__: null, name: 'HMAC', hash: 'SHA-256', length: undefined }, true, ['sign', 'verify']);
    const code = await call(sign, { __proto__: null, name: 'HMAC' }, key, data);
    const right = await call(verify, { __proto__: null, name: 'HMAC' }, key, code, data);
    const pair = await call(generateKey, { __proto__: null, name: 'ECDH', namedCurve: 'P-256' }, true, ['deriveBits']);
    const bits = await call(deriveBits, { __proto__: null, name: 'ECDH', public: pair.publicKey }, pair.privateKey, 256);
    const jwk = await call(exportKey, 'jwk', pair.privateKey);
    results = [right, code.byteLength, bits.byteLength, typeof jwk.d];
  } finally {
    for (const name of names) {
      delete Object.prototype[name];
      if (kept.get(name)) Object.defineProperty(Object.prototype, name, kept.get(name));
    }
    Uint8Array.prototype.__proto__.slice = slice;
    Uint8Array.prototype.__proto__.set = set;
  }
  assert_deep_equals(results, [true, 32, 32, 'string']);
  assert_deep_equals(seen, []);
});

test('no error tells anything of the library below', async () => {
  const messages = [];
  const collect = async (promise) => promise.then(() => messages.push('nothing'), (error) => messages.push(`${error.name}: ${error.message}`));
  const junk = crypto.getRandomValues(new Uint8Array(200));
  for (const name of ['ECDSA', 'ECDH']) {
    for (const format of ['raw', 'spki', 'pkcs8']) await collect(call(importKey, format, junk, { name, namedCurve: 'P-256' }, true, format === 'pkcs8' ? [name === 'ECDSA' ? 'sign' : 'deriveBits'] : []));
  }
  for (const format of ['spki', 'pkcs8']) await collect(call(importKey, format, junk, { name: 'RSA-PSS', hash: 'SHA-1' }, true, format === 'pkcs8' ? ['sign'] : []));
  for (const format of ['raw', 'spki', 'pkcs8']) await collect(call(importKey, format, junk, 'Ed25519', true, format === 'pkcs8' ? ['sign'] : []));
  const key = await call(importKey, 'raw', new Uint8Array(16), 'AES-CBC', false, ['encrypt', 'decrypt']);
  await collect(subtle.decrypt({ name: 'AES-CBC', iv: new Uint8Array(16) }, key, junk));
  await collect(call(encrypt, { name: 'AES-CBC', iv: junk }, key, junk));
  for (const message of messages) {
    assert_true(/^(DataError|OperationError): /.test(message), message);
    assert_false(/openssl|cryptography|python|traceback|EVP|asn1|\.py|0x/i.test(message), message);
  }
  assert_equals(messages.length, 13);
});

test('data beyond what one operation takes is refused, and the isolate lives', async () => {
  const key = await call(importKey, 'raw', new Uint8Array(16), 'AES-CBC', false, ['encrypt']);
  await assert_rejects('OperationError', call(encrypt, { name: 'AES-CBC', iv: new Uint8Array(16) }, key, new Uint8Array(64 << 20)));
  assert_equals((await call(encrypt, { name: 'AES-CBC', iv: new Uint8Array(16) }, key, data)).byteLength, 16);
});
