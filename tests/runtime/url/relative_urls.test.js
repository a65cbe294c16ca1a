const BASE = 'http://host:81/a/b/c?q#f';
const CASES = [
  ['', 'http://host:81/a/b/c?q'],
  ['d', 'http://host:81/a/b/d'],
  ['../d', 'http://host:81/a/d'],
  ['../../../d', 'http://host:81/d'],
  ['/d', 'http://host:81/d'],
  ['//other', 'http://other/'],
  ['?x', 'http://host:81/a/b/c?x'],
  ['#x', 'http://host:81/a/b/c?q#x'],
  ['http:d', 'http://host:81/a/b/d'],
  ['https:d', 'https://d/'],
  ['.', 'http://host:81/a/b/'],
  ['%2e%2E/d', 'http://host:81/a/d'],
];
for (const [input, expected] of CASES) test(`"${input}" is ${expected}`, () => assert_equals(new URL(input, BASE).href, expected));

test('an opaque base takes only a fragment', () => {
  assert_equals(new URL('#x', 'mailto:a').href, 'mailto:a#x');
  assert_throws(TypeError, () => new URL('x', 'mailto:a'));
});
