const qs = require('querystring');

test('parsing', () => {
  const cases = [
    ['a=1&b=2&a=3', { a: ['1', '3'], b: '2' }], ['a', { a: '' }], ['=b', { '': 'b' }], ['a=b=c', { a: 'b=c' }], ['a=%C3%A9+x', { a: 'é x' }],
    ['a=%zz', { a: '%zz' }], ['a=%ff', { a: '\ufffd' }], ['&&', {}], ['', {}], ['toString=1', { toString: '1' }],
  ];
  for (const [text, expected] of cases) assert_deep_equals({ ...qs.parse(text) }, expected, text);
  assert_equals(Object.getPrototypeOf(qs.parse('a=1')), null);
  assert_deep_equals({ ...qs.parse('a:1;b:2', ';', ':') }, { a: '1', b: '2' });
  assert_deep_equals({ ...qs.parse('a=1&b=2', null, null, { maxKeys: 1 }) }, { a: '1' });
  assert_equals(Object.keys(qs.parse(Array.from({ length: 2000 }, (_, i) => `k${i}`).join('&'))).length, 1000, 'at most 1000 names');
});

test('stringifying', () => {
  assert_equals(qs.stringify({ a: 1, b: ['x', true], c: '', d: null, e: NaN, f: 10n, 'é&': "a'(" }), "a=1&b=x&b=true&c=&d=&e=&f=10&%C3%A9%26=a'(");
  assert_equals(qs.stringify({ a: 1, b: 2 }, ';', ':'), 'a:1;b:2');
  assert_equals(qs.stringify('x'), '');
  assert_throws('ERR_INVALID_URI', () => qs.stringify({ a: '\ud800' }));
});

test('escape and unescape can be replaced', () => {
  const { escape } = qs;
  qs.escape = (text) => `<${text}>`;
  assert_equals(qs.stringify({ a: 'b' }), '<a>=<b>');
  qs.escape = escape;
});
