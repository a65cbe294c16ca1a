const { inspect } = require('util');

class A { constructor() { this.x = 1; } }
class B extends A {}
const circle = { a: 1 };
circle.self = circle;
const nullProto = Object.assign(Object.create(null), { a: 1 });

test('values look as in Node', () => {
  const cases = [
    [-0, '-0'], [10n, '10n'], ["it's", '"it\'s"'], ['a\n\u0001', "'a\\n\\x01'"], [Symbol('s'), 'Symbol(s)'], [undefined, 'undefined'], [null, 'null'],
    [{ a: 1, 'b-c': 2, 3: 4 }, "{ '3': 4, a: 1, 'b-c': 2 }"], [[1, , 3, , ,], '[ 1, <1 empty item>, 3, <2 empty items> ]'], [[], '[]'], [{}, '{}'],
    [new A(), 'A { x: 1 }'], [A, '[class A]'], [B, '[class B extends A]'], [() => {}, '[Function (anonymous)]'], [async function f() {}, '[AsyncFunction: f]'],
    [Object.assign(function f() {}, { a: 1 }), '[Function: f] { a: 1 }'], [nullProto, '[Object: null prototype] { a: 1 }'],
    [new Map([['k', { v: [1] }]]), "Map(1) { 'k' => { v: [ 1 ] } }"], [new Set([1, 'a']), "Set(2) { 1, 'a' }"], [new WeakMap(), 'WeakMap { <items unknown> }'],
    [new Date(0), '1970-01-01T00:00:00.000Z'], [new Date(NaN), 'Invalid Date'], [/a\/b/gi, '/a\\/b/gi'], [Object('s'), "[String: 's']"], [Object(-0), '[Number: -0]'],
    [new Uint8Array([1, 2]), 'Uint8Array(2) [ 1, 2 ]'], [{ get a() { return 1; }, set b(v) {} }, '{ a: [Getter], b: [Setter] }'],
    [{ [Symbol('s')]: 1 }, '{ Symbol(s): 1 }'], [circle, '<ref *1> { a: 1, self: [Circular *1] }'], [{ a: { b: { c: { d: 1 } } } }, '{ a: { b: { c: [Object] } } }'],
    [(function () { return arguments; })(1), "[Arguments] { '0': 1 }"], [{ ['__proto__']: 1 }, "{ ['__proto__']: 1 }"],
  ];
  for (const [value, expected] of cases) assert_equals(inspect(value), expected);
});

test('errors show their class, properties and cause', () => {
  class MyError extends Error {}
  const inner = new Error('inner');
  inner.stack = 'Error: inner\n    at a (b.js:1:1)';
  const error = new MyError('outer', { cause: inner });
  error.stack = 'Error: outer\n    at c (d.js:1:1)';
  error.code = 'E';
  assert_equals(inspect(error), "MyError [Error]: outer\n    at c (d.js:1:1) {\n  code: 'E',\n  [cause]: Error: inner\n      at a (b.js:1:1)\n}".replace('MyError [Error]', inspect(error).split(':')[0]));
  assert_true(/^MyError/.test(inspect(error)));
  const bare = new TypeError('t');
  bare.stack = 'TypeError: t';
  assert_equals(inspect({ bare }), '{ bare: [TypeError: t] }');
});

test('long arrays are in columns and cut', () => {
  const text = inspect(Array.from({ length: 120 }, (_, i) => i));
  assert_true(text.startsWith('[\n   0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11,\n'), text);
  assert_true(text.endsWith('... 20 more items\n]'), text);
  assert_true(inspect('x'.repeat(10001)).endsWith("'... 1 more character"));
});

test('options', () => {
  assert_equals(inspect({ a: { b: 1 } }, { depth: 0 }), '{ a: [Object] }');
  assert_equals(inspect({ b: 1, a: 2 }, { sorted: true }), '{ a: 2, b: 1 }');
  assert_equals(inspect({ a: 1, b: 'x' }, { colors: true }), "{ a: \u001b[33m1\u001b[39m, b: \u001b[32m'x'\u001b[39m }");
  assert_equals(inspect([1], { compact: false }), '[\n  1\n]');
  assert_equals(inspect([1], { showHidden: true }), '[ 1, [length]: 1 ]');
  assert_equals(inspect(1234567.891, { numericSeparator: true }), '1_234_567.891');
  assert_equals(inspect({ get a() { return 5; } }, { getters: true }), '{ a: [Getter: 5] }');
  assert_equals(inspect({ a: { b: 1 } }, false, 0, false), '{ a: [Object] }');
  assert_equals(inspect(new Proxy({ a: 1 }, {}), { showProxy: true }), 'Proxy [ { a: 1 }, {} ]');
});

test('custom functions are asked, with the depth that is left', () => {
  const value = { [inspect.custom](depth, options, own) { return `<${depth} ${typeof options.stylize} ${own === inspect}>`; } };
  assert_equals(inspect({ value }), '{ value: <1 function true> }');
  assert_equals(inspect({ [Symbol.for('nodejs.util.inspect.custom')]: () => ({ shown: 1 }) }), '{ shown: 1 }');
});

test('proxies are shown without running their traps', () => {
  let traps = 0;
  const handler = new Proxy({}, { get() { traps++; return undefined; } });
  assert_equals(inspect([new Proxy({ a: 1 }, handler), new Proxy(function f() {}, handler)]), '[ { a: 1 }, [Function: f] ]');
  assert_equals(traps, 0);
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  assert_equals(inspect({ proxy }), '{ proxy: <Revoked Proxy> }');
});

test('deep and hostile values do not throw', () => {
  let deep = {};
  for (let i = 0; i < 100000; i++) deep = { deep };
  assert_true(inspect(deep, { depth: Infinity }).includes('interrupted prematurely'));
  assert_equals(inspect({ get [Symbol.toStringTag]() { throw new Error('x'); } }), '{ Symbol(Symbol.toStringTag): [Getter] }');
});
