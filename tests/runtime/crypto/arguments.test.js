const { subtle } = crypto;
const hex = (buffer) => new Uint8Array(buffer).toHex();
const ABC = () => new TextEncoder().encode('abc');
const DIGEST = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

test('bytes are copied before a method returns', async () => {
  const data = ABC();
  const promise = subtle.digest('SHA-256', data);
  data.fill(0);
  assert_equals(hex(await promise), DIGEST);
});

test('bytes are copied after the algorithm has been read', async () => {
  const data = new Uint8Array(3);
  const algorithm = {
    get name() {
      data.set(ABC());
      return 'SHA-256';
    },
  };
  assert_equals(hex(await subtle.digest(algorithm, data)), DIGEST);
});

test('a buffer that is transferred meanwhile is empty', async () => {
  const data = ABC();
  const algorithm = {
    get name() {
      if (data.length > 0) data.buffer.transfer();
      return 'SHA-256';
    },
  };
  assert_equals(hex(await subtle.digest(algorithm, data)), EMPTY);
  assert_equals(hex(await subtle.digest('SHA-256', data.buffer)), EMPTY);
});

test('only the part of a view is taken', async () => {
  const whole = new TextEncoder().encode('xabcx');
  assert_equals(hex(await subtle.digest('SHA-256', whole.subarray(1, 4))), DIGEST);
  assert_equals(hex(await subtle.digest('SHA-256', new DataView(whole.buffer, 1, 3))), DIGEST);
  const wide = new Uint16Array(new Uint8Array([1, 2, 3, 4]).buffer);
  assert_equals(hex(await subtle.digest('SHA-256', wide)), hex(await subtle.digest('SHA-256', new Uint8Array([1, 2, 3, 4]))));
});

test('what is no BufferSource is a TypeError, shared memory too', async () => {
  for (const data of [undefined, null, 'abc', 1, {}, [1], new SharedArrayBuffer(1), new Uint8Array(new SharedArrayBuffer(1))]) {
    await assert_rejects(TypeError, subtle.digest('SHA-256', data));
  }
});

test('methods never throw: too few arguments and a wrong receiver reject', async () => {
  for (const name of ['encrypt', 'decrypt', 'sign', 'verify', 'digest', 'generateKey', 'deriveKey', 'deriveBits', 'importKey', 'exportKey', 'wrapKey', 'unwrapKey']) {
    await assert_rejects(TypeError, subtle[name]());
    await assert_rejects(TypeError, SubtleCrypto.prototype[name].call({}, 'SHA-1', ABC(), 1, 1, 1, 1, 1));
  }
  assert_deep_equals(['digest', 'deriveBits', 'verify', 'unwrapKey'].map((name) => subtle[name].length), [2, 2, 4, 7]);
});

test('a getter that throws rejects with what it threw', async () => {
  const mine = new RangeError('mine');
  const error = await assert_rejects(RangeError, subtle.digest({ get name() { throw mine; } }, ABC()));
  assert_true(error === mine);
});
