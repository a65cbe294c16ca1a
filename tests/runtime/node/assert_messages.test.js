const assert = require('assert');
const { inspect } = require('util');

const failure = (run) => {
  try { run(); } catch (error) { return error; }
  throw new Error('nothing was thrown');
};

test('what was falsy is shown as it stands in the source', () => {
  const path = '/app/files/falsy_expression.txt';
  const calls = (0, eval)(`${require('fs').readFileSync(path, 'utf8')}//# sourceURL=${path}`)(assert);
  const shown = (name) => failure(calls[name]).message.replace('The expression evaluated to a falsy value:\n\n  ', '');
  assert_equals(shown('plain'), 'assert(1 === 2)\n');
  assert_equals(shown('quoted'), "assert.ok(1 === ')'.length - 1)\n");
  assert_equals(shown('computed'), `assert['strict']["ok"](null, undefined)\n`);
  assert_equals(shown('applied'), 'assert.ok.call(null, [0][0])\n');
  assert_equals(shown('second'), 'assert(false)\n');
  assert_equals(shown('lines'), 'assert.ok(\n');
  assert_equals(failure(() => assert()).message, 'No value argument passed to `assert.ok()`');
});

test('a call whose source is not at hand gives the value', () => {
  assert_equals(failure(() => assert.ok('')).message, "The expression evaluated to a falsy value:\n\n  assert.ok('')\n");
});

test('long equal parts of a difference are left out', () => {
  const list = Array.from({ length: 30 }, (_, i) => i);
  const { message } = failure(() => assert.deepStrictEqual(list, [...list.slice(0, -1), 'x']));
  assert_true(message.startsWith('Expected values to be strictly deep-equal:\n+ actual - expected\n... Skipped lines\n\n  [\n    0,\n'));
  assert_true(message.endsWith("...\n    28,\n+   29\n-   'x'\n  ]\n"));
});

test('two texts on a line each have a mark where they part', () => {
  assert_equals(
    failure(() => assert.strictEqual('the same beginning, a', 'the same beginning, b')).message,
    "Expected values to be strictly equal:\n+ actual - expected\n\n+ 'the same beginning, a'\n- 'the same beginning, b'\n                       ^\n",
  );
});

test('texts without anything in common do not take forever', () => {
  const lines = (word) => Array.from({ length: 4000 }, (_, i) => `${word}${i}`);
  assert_true(failure(() => assert.deepStrictEqual(lines('a'), lines('b'))).message.includes('too different to compare'));
});

test('a message of the caller stands above the difference', () => {
  assert_equals(failure(() => assert.deepStrictEqual({ a: 1 }, { a: 2 }, 'mine')).message, 'mine\n+ actual - expected\n\n  {\n+   a: 1\n-   a: 2\n  }\n');
});

test('an error is shown with its operands cut short', () => {
  const error = failure(() => assert.strictEqual('x'.repeat(2000), ''));
  assert_equals(error.actual.length, 2000);
  assert_true(inspect(error).includes(`actual: '${'x'.repeat(512)}...'`));
});

test('an Assert has its own options, which its methods lose when they are taken out', () => {
  const own = new assert.Assert({ diff: 'full', skipPrototype: true, strict: false });
  own.equal(1, '1');
  own.deepStrictEqual(new (class A { x = 1; })(), new (class B { x = 1; })());
  assert_equals(failure(() => own.strictEqual(1, 2)).diff, 'full');
  const { strictEqual } = own;
  assert_equals(failure(() => strictEqual(1, 2)).diff, 'simple');
  assert_throws('AssertionError', () => new assert.Assert().equal(1, '1'));
  assert_throws('ERR_CONSTRUCT_CALL_REQUIRED', () => assert.Assert());
  assert_throws('ERR_INVALID_ARG_VALUE', () => new assert.Assert({ diff: 'some' }));
});

test('ifError keeps the stack of the error', () => {
  const cause = new Error('first');
  const error = failure(() => assert.ifError(cause));
  assert_equals(error.message, 'ifError got unwanted exception: first');
  assert_true(error.stack.includes(cause.stack.split('\n')[1]));
});
