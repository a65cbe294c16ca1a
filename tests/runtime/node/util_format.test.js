const { format, formatWithOptions } = require('util');

test('specifiers', () => {
  const cases = [
    [['%s', 'a'], 'a'], [['%s', -0], '-0'], [['%s', 5n], '5n'], [['%s', { a: { b: 1 } }], '{ a: [Object] }'], [['%s', Symbol('s')], 'Symbol(s)'],
    [['%s', { toString: () => 'own' }], 'own'], [['%s', new (class { toString() { return 'class'; } })()], 'class'], [['%s', class Q {}], 'class Q {}'],
    [['%d', '42'], '42'], [['%d', {}], 'NaN'], [['%i', '4.9'], '4'], [['%f', '1.5x'], '1.5'], [['%j', { a: 1 }], '{"a":1}'], [['%O', { a: { b: { c: {} } } }], '{ a: { b: { c: {} } } }'],
    [['%c%s', 'color: red', 'x'], 'x'], [['%% %s', 1], '% 1'], [['%s'], '%s'], [['%x', 1], '%x 1'], [['100%', 1], '100% 1'], [['%s', 'a', 'b', { c: 1 }], 'a b { c: 1 }'],
    [[1, '%s', 2], '1 %s 2'], [['%s %s', 'a'], 'a %s'], [[], ''],
  ];
  for (const [args, expected] of cases) assert_equals(format(...args), expected);
});

test('circles in %j', () => {
  const circle = {};
  circle.self = circle;
  assert_equals(format('%j', circle), '[Circular]');
});

test('options reach the values', () => {
  assert_equals(formatWithOptions({ compact: false }, '%O', [1]), '[\n  1\n]');
});
