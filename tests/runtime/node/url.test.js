const url = require('url');

test('the classes of the web are there', () => {
  assert_true(url.URL === URL && url.URLSearchParams === URLSearchParams);
});

test('the legacy parser splits URLs', () => {
  const parts = url.parse('http://user:pa%20ss@Example.com:8080/p/a?q=1&q=2#h', true);
  assert_deep_equals(
    [parts.protocol, parts.slashes, parts.auth, parts.host, parts.hostname, parts.port, parts.pathname, parts.search, { ...parts.query }, parts.hash, parts.path],
    ['http:', true, 'user:pa ss', 'example.com:8080', 'example.com', '8080', '/p/a', '?q=1&q=2', { q: ['1', '2'] }, '#h', '/p/a?q=1&q=2'],
  );
  assert_equals(url.parse('/a/b?x=1').pathname, '/a/b');
  assert_equals(url.parse('//host/x', false, true).host, 'host');
  assert_equals(url.parse('http://español.com/').hostname, 'xn--espaol-zwa.com');
  assert_equals(url.parse('http://a.com').href, 'http://a.com/');
  assert_throws('ERR_INVALID_ARG_TYPE', () => url.parse(5));
});

test('references are resolved', () => {
  const cases = [
    ['/one/two/three', 'four', '/one/two/four'], ['http://a.com/', '/one', 'http://a.com/one'], ['http://a.com/one', '../x', 'http://a.com/x'],
    ['http://a.com/b/c?q', '?z', 'http://a.com/b/c?z'], ['http://a.com/b', '#h', 'http://a.com/b#h'], ['http://a.com/b', '//c.com/d', 'http://c.com/d'],
    ['http://a.com/b', 'mailto:x@y', 'mailto:x@y'],
  ];
  for (const [from, to, expected] of cases) assert_equals(url.resolve(from, to), expected, `${from} + ${to}`);
});

test('objects and URLs are formatted', () => {
  assert_equals(url.format({ protocol: 'http', host: 'a.com', pathname: 'x y', query: { a: [1, 2] }, hash: 'h' }), 'http://a.com/x y?a=1&a=2#h');
  assert_equals(url.format(new URL('http://u:p@xn--espaol-zwa.com/x?y#z'), { auth: false, fragment: false, search: false, unicode: true }), 'http://español.com/x');
});

test('file URLs and paths', () => {
  assert_equals(url.fileURLToPath('file:///a%20b/c'), '/a b/c');
  assert_equals(url.pathToFileURL('/a b#?%').href, 'file:///a%20b%23%3F%25');
  assert_throws('ERR_INVALID_URL_SCHEME', () => url.fileURLToPath('http://x/'));
  assert_throws('ERR_INVALID_FILE_URL_PATH', () => url.fileURLToPath('file:///a%2fb'));
});

test('domains', () => {
  assert_deep_equals([url.domainToASCII('español.com'), url.domainToUnicode('xn--espaol-zwa.com'), url.domainToASCII('xn--iñvalid.com')], ['xn--espaol-zwa.com', 'español.com', '']);
  const options = url.urlToHttpOptions(new URL('http://a:b@h:8/p?q#r'));
  assert_deep_equals([options.auth, options.port, options.path, options.hostname], ['a:b', 8, '/p?q', 'h']);
});
