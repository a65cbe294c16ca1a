const assert = require('assert');

const failure = (run) => {
  try { run(); } catch (error) { return error; }
  throw new Error('nothing was thrown');
};

test('what holds does not throw', () => {
  assert(1); assert.ok('x'); assert.equal(1, '1'); assert.strictEqual(NaN, NaN); assert.deepEqual({ a: '1' }, { a: 1 }); assert.deepStrictEqual([1, { a: new Set([1]) }], [1, { a: new Set([1]) }]);
  assert.notStrictEqual(0, -0); assert.notDeepStrictEqual([1], ['1']); assert.match('abc', /b/); assert.doesNotMatch('abc', /x/); assert.ifError(null);
  assert.throws(() => { throw new TypeError('bad'); }, TypeError); assert.throws(() => { throw new Error('bad'); }, /bad/);
  assert.throws(() => { throw Object.assign(new Error('bad'), { code: 'E' }); }, { message: /ba/, code: 'E' }); assert.doesNotThrow(() => {});
});

test('failures are AssertionErrors that know their operands', () => {
  const error = failure(() => assert.strictEqual(1, 2));
  assert_true(error instanceof assert.AssertionError && error instanceof Error);
  assert_deep_equals([error.name, error.code, error.actual, error.expected, error.operator, error.generatedMessage], ['AssertionError', 'ERR_ASSERTION', 1, 2, 'strictEqual', true]);
  assert_equals(error.message, 'Expected values to be strictly equal:\n\n1 !== 2\n');
});

test('objects are compared line by line', () => {
  assert_equals(failure(() => assert.deepStrictEqual({ a: 1, b: 2 }, { a: 1, b: 3 })).message, 'Expected values to be strictly deep-equal:\n+ actual - expected\n\n  {\n    a: 1,\n+   b: 2\n-   b: 3\n  }\n');
});

test('own messages and errors are taken', () => {
  assert_equals(failure(() => assert.equal(1, 2, 'mine')).message, 'mine');
  const own = new RangeError('own');
  assert_true(failure(() => assert.ok(false, own)) === own);
  assert_equals(failure(() => assert.fail('m')).message, 'm');
});

test('errors that do not match are told', () => {
  assert_equals(failure(() => assert.throws(() => {})).message, 'Missing expected exception.');
  assert_true(failure(() => assert.throws(() => { throw new Error('x'); }, /y/)).message.startsWith('The input did not match'));
  assert_throws('ERR_INVALID_ARG_TYPE', () => assert.throws('not a function'));
});

test('promises', async () => {
  await assert.rejects(Promise.reject(new TypeError('x')), TypeError);
  await assert.rejects(async () => { throw new Error('x'); }, { message: 'x' });
  await assert.doesNotReject(Promise.resolve(1));
  await assert_rejects('ERR_ASSERTION', assert.rejects(Promise.resolve(1)));
});

test('strict mode compares strictly', () => {
  assert_throws('ERR_ASSERTION', () => assert.strict.equal(1, '1'));
  assert_true(require('assert/strict') === assert.strict && assert.strict.strict === assert.strict);
});

test('deep equality sees kinds, holes, symbols, prototypes and circles', () => {
  const { isDeepStrictEqual: same } = require('util');
  const circle = () => { const a = { n: 1 }; a.self = a; return a; };
  const equal = [[new Date(0), new Date(0)], [/a/g, /a/g], [new Map([[{ k: 1 }, 1]]), new Map([[{ k: 1 }, 1]])], [new Set([{ a: 1 }, 2]), new Set([2, { a: 1 }])], [circle(), circle()], [NaN, NaN], [new Uint8Array([1]), new Uint8Array([1])], [Object(1n), Object(1n)]];
  const different = [[0, -0], [[,], [undefined]], [{ [Symbol.for('s')]: 1 }, { [Symbol.for('s')]: 2 }], [new (class A {})(), {}], [new Error('a'), new Error('b')], [new Map([[1, 2]]), new Map([[1, 3]])], [new Uint8Array([1]), new Int8Array([1])], [/a/, /a/i], [{ a: undefined }, {}], [() => {}, () => {}], [Object(1), Object(2)], [new WeakMap(), new WeakMap()]];
  equal.forEach(([a, b], i) => assert_true(same(a, b), `equal ${i}`));
  different.forEach(([a, b], i) => assert_false(same(a, b), `different ${i}`));
});
