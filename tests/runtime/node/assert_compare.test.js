const assert = require('assert');

const failure = (run) => {
  try { run(); } catch (error) { return error; }
  throw new Error('nothing was thrown');
};
const differ = (a, b) => {
  for (const [x, y] of [[a, b], [b, a]]) assert_throws('AssertionError', () => assert.deepStrictEqual(x, y));
};

test('circles are equal when both sides close in the same place', () => {
  const [a, b, c] = [{}, {}, {}];
  a.own = a;
  b.own = b;
  c.own = a;
  assert.deepStrictEqual(a, b);
  differ(b, c);
});

test('sets and maps are paired whatever their order', () => {
  assert.deepStrictEqual(new Set([{ a: 1 }, { a: 2 }]), new Set([{ a: 2 }, { a: 1 }]));
  assert.deepStrictEqual(new Map([[{ k: 1 }, 'x'], [{ k: 2 }, 'y']]), new Map([[{ k: 2 }, 'y'], [{ k: 1 }, 'x']]));
  differ(new Set([{ a: 1 }, { a: 1 }]), new Set([{ a: 1 }, { a: 2 }]));
  differ(new Map([['k', undefined]]), new Map([['other', undefined]]));
  assert.deepEqual(new Set(['1', { a: '2' }]), new Set([1, { a: 2 }]));
});

test('holes are not undefined, and indices have an end', () => {
  differ([1, , 3], [1, undefined, 3]);
  const beyond = [1, 2];
  beyond[2 ** 32] = 3;
  differ(beyond, [1, 2]);
});

test('floats are compared by their bytes, and loosely by their values', () => {
  differ(new Float32Array([0]), new Float32Array([-0]));
  assert.deepEqual(new Float32Array([0]), new Float32Array([-0]));
});

test('URLs are equal when their texts are', () => {
  assert.deepStrictEqual(new URL('http://a/'), new URL('http://a'));
  assert_true(failure(() => assert.deepStrictEqual(new URL('http://a/'), new URL('http://b/'))).message.includes('http://b/'));
});

test('a partial comparison wants what is expected, and lets more be there', () => {
  assert.partialDeepStrictEqual({ a: 1, b: { c: 2, d: 3 } }, { b: { d: 3 } });
  assert.partialDeepStrictEqual([1, 2, 3, 4], [2, 4]);
  assert.partialDeepStrictEqual(new Set([1, { a: 1, b: 2 }]), new Set([{ b: 2 }]));
  assert.partialDeepStrictEqual(new Map([['a', 1], ['b', { c: 1, d: 2 }]]), new Map([['b', { c: 1 }]]));
  assert_throws('AssertionError', () => assert.partialDeepStrictEqual([1, 2, 3], [3, 1]));
  assert_throws('AssertionError', () => assert.partialDeepStrictEqual({ a: 1 }, { a: 1, b: undefined }));
});

test('toString and valueOf of what is compared are not called', () => {
  const text = new String('a');
  text.valueOf = text.toString = () => { throw new Error('called'); };
  const other = new String('b');
  other.valueOf = other.toString = text.valueOf;
  assert_throws('AssertionError', () => assert.deepStrictEqual(text, other));
});

test('keys are equal when they hold the same and may do the same', async () => {
  const { createSecretKey } = require('crypto');
  const web = (byte, usage) => crypto.subtle.importKey('raw', new Uint8Array([byte]), { name: 'HMAC', hash: 'SHA-256' }, true, [usage]);
  assert.deepStrictEqual(createSecretKey(Buffer.from('a')), createSecretKey(Buffer.from('a')));
  differ(createSecretKey(Buffer.from('a')), createSecretKey(Buffer.from('b')));
  assert.deepStrictEqual(await web(1, 'sign'), await web(1, 'sign'));
  differ(await web(1, 'sign'), await web(2, 'sign'));
  differ(await web(1, 'sign'), await web(1, 'verify'));
  assert_true(require('util').types.isKeyObject(createSecretKey(Buffer.from('a'))));
  assert_false(require('util').types.isKeyObject({ [Symbol.toStringTag]: 'KeyObject' }));
});

test('what is much, or deep, is compared', () => {
  const chain = (length) => { let link = null; for (let i = 0; i < length; i++) link = { link }; return link; };
  assert.deepStrictEqual(chain(500), chain(500));
  const bytes = new Uint8Array(2 ** 20);
  assert.deepStrictEqual(bytes, bytes.slice());
  assert.deepStrictEqual(new Map(Array.from({ length: 5000 }, (_, i) => [i, { i }])), new Map(Array.from({ length: 5000 }, (_, i) => [i, { i }])));
});
