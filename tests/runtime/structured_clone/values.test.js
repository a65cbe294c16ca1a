const { isDeepStrictEqual } = require('util');

test('values of every serialisable kind are copied', () => {
  const value = {
    n: -0, big: 10n, text: 'x', nothing: null, undef: undefined, date: new Date(5), re: /a+/gi, map: new Map([[{ k: 1 }, [1]]]), set: new Set(['s']),
    list: [1, , 3], boxed: Object(true), bytes: new Uint8Array([1, 2, 3]).subarray(1),
  };
  const copy = structuredClone(value);
  assert_true(isDeepStrictEqual(copy, value));
  assert_true(Object.is(copy.n, -0));
  assert_false(1 in copy.list);
  assert_false(copy.date === value.date);
  assert_false(copy.bytes.buffer === value.bytes.buffer);
  assert_equals(copy.bytes.byteOffset, 1);
});

test('cycles and shared objects keep their shape', () => {
  const shared = {};
  const value = { a: shared, b: shared };
  value.self = value;
  const copy = structuredClone(value);
  assert_true(copy.self === copy);
  assert_true(copy.a === copy.b);
});

test('errors keep class, message, stack and cause', () => {
  const copy = structuredClone(new RangeError('m', { cause: { why: 1 } }));
  assert_true(copy instanceof RangeError);
  assert_equals(copy.message, 'm');
  assert_equals(copy.cause.why, 1);
  assert_equals(structuredClone(new DOMException('d', 'DataError')).name, 'DataError');
});

test('instances of classes become plain objects, getters become values, __proto__ stays a key', () => {
  class Point { constructor() { this.x = 1; } get y() { return 2; } }
  const copy = structuredClone(new Point());
  assert_true(Object.getPrototypeOf(copy) === Object.prototype);
  assert_equals(copy.x, 1);
  const evil = structuredClone(JSON.parse('{"__proto__": {"a": 1}}'));
  assert_equals(evil.a, undefined);
  assert_true(Object.hasOwn(evil, '__proto__'));
});

test('a value of 100,000 levels does not overflow the stack', () => {
  let value = {};
  for (let i = 0; i < 100000; i++) value = { value };
  assert_equals(typeof structuredClone(value), 'object');
});

test('what cannot be cloned is a DataCloneError', () => {
  const refused = [() => {}, Symbol('s'), Promise.resolve(), new WeakMap(), new Response(''), new AbortController().signal, new ReadableStream(), { deep: [() => {}] }];
  for (const value of refused) assert_throws('DataCloneError', () => structuredClone(value));
});
