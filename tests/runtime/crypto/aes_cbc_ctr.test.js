const { subtle } = crypto;
const bytes = (hex) => Uint8Array.fromHex(hex);
const hex = (buffer) => new Uint8Array(buffer).toHex();

// NIST SP 800-38A, F.2.5 and F.5.1.
const KEY = bytes('2b7e151628aed2a6abf7158809cf4f3c');
const KEY256 = bytes('603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4');
const TEXT = bytes('6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710');
const CBC = 'f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b';
const CTR = '874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff5ae4df3edbd5d35e5b4f09020db03eab1e031dda2fbe03d1792170a0f3009cee';

const importKey = (name, raw = KEY) => subtle.importKey('raw', raw, name, false, ['encrypt', 'decrypt']);

test('AES-CBC is that of NIST, with padding', async () => {
  const key = await importKey('AES-CBC', KEY256);
  const algorithm = { name: 'AES-CBC', iv: bytes('000102030405060708090a0b0c0d0e0f') };
  const sealed = await subtle.encrypt(algorithm, key, TEXT);
  assert_equals(hex(sealed).slice(0, CBC.length), CBC);
  assert_equals(sealed.byteLength, TEXT.length + 16);
  assert_equals(hex(await subtle.decrypt(algorithm, key, sealed)), hex(TEXT));
  assert_equals((await subtle.encrypt(algorithm, key, new Uint8Array(0))).byteLength, 16);
});

test('wrong padding, half a block and a wrong IV are refused, with one and the same message', async () => {
  const key = await importKey('AES-CBC');
  const iv = new Uint8Array(16);
  const messages = new Set();
  for (const data of [new Uint8Array(16), new Uint8Array(0), new Uint8Array(17)]) {
    messages.add((await assert_rejects('OperationError', subtle.decrypt({ name: 'AES-CBC', iv }, key, data))).message);
  }
  assert_equals(messages.size, 1);
  await assert_rejects('OperationError', subtle.encrypt({ name: 'AES-CBC', iv: new Uint8Array(15) }, key, TEXT));
});

test('AES-CTR is that of NIST, both ways the same', async () => {
  const key = await importKey('AES-CTR');
  const algorithm = { name: 'AES-CTR', counter: bytes('f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff'), length: 128 };
  assert_equals(hex(await subtle.encrypt(algorithm, key, TEXT)), CTR);
  assert_equals(hex(await subtle.decrypt(algorithm, key, bytes(CTR))), hex(TEXT));
});

test('a short counter begins anew and leaves the rest of the block alone', async () => {
  const key = await importKey('AES-CTR');
  const stream = async (counter, length, blocks) => hex(await subtle.encrypt({ name: 'AES-CTR', counter: bytes(counter), length }, key, new Uint8Array(16 * blocks)));
  const last = await stream('0000000000000000000000000000000f', 128, 1);
  const first = await stream('00000000000000000000000000000000', 128, 1);
  assert_equals(await stream('0000000000000000000000000000000f', 4, 2), last + first);
  assert_equals(await stream('ffffffffffffffffffffffffffffffff', 128, 2), (await stream('ffffffffffffffffffffffffffffffff', 1, 1)) + first);
});

test('a counter may not come twice, and has 1 to 128 bits', async () => {
  const key = await importKey('AES-CTR');
  const run = (length, size, counter = new Uint8Array(16)) => subtle.encrypt({ name: 'AES-CTR', counter, length }, key, new Uint8Array(size));
  assert_equals((await run(1, 32)).byteLength, 32);
  await assert_rejects('OperationError', run(1, 33));
  await assert_rejects('OperationError', run(0, 1));
  await assert_rejects('OperationError', run(129, 1));
  await assert_rejects('OperationError', run(64, 1, new Uint8Array(15)));
  await assert_rejects(TypeError, run(256, 1));
  await assert_rejects(TypeError, run('a lot', 1));
});
