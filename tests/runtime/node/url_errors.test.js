const url = require('url');
const { inspect } = require('util');

const failure = (run) => {
  try { run(); } catch (error) { return error; }
  throw new Error('nothing was thrown');
};

test('errors of URLs have codes, and are the TypeErrors of the standard', () => {
  const error = failure(() => new URL('/x', 'nowhere'));
  assert_deep_equals([error instanceof TypeError, error.message, error.code, error.input, error.base], [true, 'Invalid URL', 'ERR_INVALID_URL', '/x', 'nowhere']);
  assert_equals(failure(() => { new URL('http://a').href = 'x'; }).input, 'x');
  assert_equals(failure(() => new URL()).code, 'ERR_MISSING_ARGS');
  assert_equals(failure(() => new URLSearchParams().append('a')).message, 'The "name" and "value" arguments must be specified');
  assert_equals(failure(() => URLSearchParams.prototype.get.call({}, 'a')).code, 'ERR_INVALID_THIS');
  assert_equals(failure(() => new URLSearchParams('a=1').keys().next.call({})).message, 'Value of "this" must be of type URLSearchParamsIterator');
  assert_equals(failure(() => new URLSearchParams().forEach(1)).code, 'ERR_INVALID_ARG_TYPE');
});

test('parameters that change while a name is converted are read afterwards', () => {
  const address = new URL('http://a/?x=1');
  const { searchParams } = address;
  assert_equals(searchParams.get({ toString() { address.search = '?y=2'; return 'y'; } }), '2');
});

test('URLs and their parameters are shown as in Node', () => {
  assert_equals(inspect(new URLSearchParams('a=1&a=2')), "URLSearchParams { 'a' => '1', 'a' => '2' }");
  assert_equals(inspect(new URLSearchParams('a=1').entries()), "URLSearchParams Iterator { [ 'a', '1' ] }");
  assert_true(inspect(new URL('http://a/?b=c')).includes("searchParams: URLSearchParams { 'b' => 'c' },"));
  assert_equals(inspect({ address: new URL('http://a') }, { depth: 0 }), '{ address: URL {} }');
});

test('links are resolved as old browsers did', () => {
  assert_equals(url.resolve('mailto:local1@domain1', 'local2@domain2'), 'mailto:local2@domain2');
  assert_equals(url.resolve('http://a.com/b/c', 'https:#h'), 'https:///#h');
  assert_equals(url.resolve('http://a.com/b//c//d;p?q#x', 'http:../e'), 'http://a.com/b//c//e'.replace('c//e', 'c/e'));
  assert_equals(url.resolve('/one/two', '../../../x'), '/x');
  assert_equals(url.resolve('http://u:p@a.com/x', '//b.com/y'), 'http://b.com/y');
});

test('paths of Windows become URLs when they are said to be such', () => {
  const made = (file) => url.pathToFileURL(file, { windows: true }).href;
  assert_equals(made('C:\\a b\\c[1].txt'), 'file:///C:/a%20b/c%5B1%5D.txt');
  assert_equals(made('\\\\host\\share\\x'), 'file://host/share/x');
  assert_equals(made('\\\\?\\C:\\x'), 'file:///C:/x');
  assert_throws('ERR_INVALID_ARG_VALUE', () => made('\\\\host'));
  assert_equals(url.pathToFileURL('/a\\b#c?').href, 'file:///a%5Cb%23c%3F');
});

test('legacy URLs of hosts in brackets have a path', () => {
  assert_equals(url.parse('coap://[FEDC::1]:61616').href, 'coap://[fedc::1]:61616/');
});
