const util = require('util');

test('parseEnv reads quotes, comments and lines', () => {
  const text = 'A=1 # one\r\nexport B = "x\\ny" # two\n# C=3\nD=\'a\nb\'\nnothing\nE=`"q"`\nF="\nG=\n';
  assert_deep_equals({ ...util.parseEnv(text) }, { A: '1', B: 'x\ny', D: 'a\nb', E: '"q"', F: '"', G: '' });
  assert_equals(util.parseEnv('__proto__=1').__proto__, '1');
  assert_equals(Object.keys(util.parseEnv('=1\n==\n')).length, 0);
  assert_throws('ERR_INVALID_ARG_TYPE', () => util.parseEnv(1));
});

test('a style goes on behind one within it', () => {
  const style = (name, text) => util.styleText(name, text, { validateStream: false });
  assert_equals(style('red', `A${style('blue', 'B')}C`), '\x1b[31mA\x1b[34mB\x1b[31mC\x1b[39m');
  assert_equals(style('dim', `a${style('bold', 'b')}c`), '\x1b[2ma\x1b[1mb\x1b[22m\x1b[2mc\x1b[22m');
  assert_equals(util.styleText('red', 'plain'), 'plain');
  assert_throws('ERR_INVALID_ARG_TYPE', () => util.styleText('red', 'x', { stream: {} }));
});

test('getCallSites asks no function of the author', () => {
  const own = Error.prepareStackTrace;
  Error.prepareStackTrace = () => { throw new Error('asked'); };
  try {
    assert_equals(util.getCallSites(1)[0].scriptName, __filename);
  } finally {
    Error.prepareStackTrace = own;
  }
});

test('showHidden shows accessors of classes, read of the object', () => {
  class Base { get b() { return this.inner; } }
  class Own extends Base { inner = 1; get a() { return 2; } method() {} }
  assert_equals(util.inspect(new Own(), { showHidden: true, getters: true }), 'Own { inner: 1, [a]: [Getter: 2], [b]: [Getter: 1] }');
  assert_equals(util.inspect(new Own()), 'Own { inner: 1 }');
});

test('an object that has lost its prototype is called what it was made by', () => {
  class Lost { a = 1; }
  assert_equals(util.inspect(Object.setPrototypeOf(new Lost(), null)), '[Lost: null prototype] { a: 1 }');
  assert_equals(util.inspect(Object.create(null)), '[Object: null prototype] {}');
});

test('a text of more than anybody reads is cut', () => {
  const top = {};
  for (let i = 0, last = top; i < 400; i++) last = top[i] = last.next = { last, top, more: { a: 1, b: 2 } };
  assert_true(util.inspect(top, { depth: Infinity }).length < 2 ** 26);
});

test('numbers in templates have separators when they are asked for', () => {
  assert_equals(util.formatWithOptions({ numericSeparator: true }, '%d %s %i', 123456.789, 1234567n, 1234567), '123_456.789 1_234_567n 1_234_567');
  assert_equals(util.format('%d', 1234567), '1234567');
});
