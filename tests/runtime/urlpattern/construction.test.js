const parts = (pattern) => ['protocol', 'username', 'password', 'hostname', 'port', 'pathname', 'search', 'hash'].map((name) => pattern[name]);

test('a string gives all components; those before the last that it names are empty, those after it match anything', () => {
  assert_deep_equals(parts(new URLPattern('https://example.com/a?b')), ['https', '*', '*', 'example.com', '', '/a', 'b', '*']);
  assert_deep_equals(parts(new URLPattern('https://*.example.com')), ['https', '*', '*', '*.example.com', '', '*', '*', '*']);
  assert_deep_equals(parts(new URLPattern('http{s}?://:user@h:80{80}?/#f')), ['http{s}?', ':user', '*', 'h', '80{80}?', '/', '', 'f']);
  assert_deep_equals(parts(new URLPattern('about\\:blank')).slice(0, 6), ['about', '*', '*', '', '', 'blank']);
  assert_deep_equals(parts(new URLPattern('?q', 'https://example.com/a')), ['https', '*', '*', 'example.com', '', '/a', 'q', '*']);
});

test('a dictionary takes from its base URL what comes before what it says', () => {
  assert_deep_equals(parts(new URLPattern({ pathname: 'c', baseURL: 'https://u:p@example.com/a/b?q#f' })), ['https', '*', '*', 'example.com', '', '/a/c', '*', '*']);
  assert_deep_equals(parts(new URLPattern({ hostname: 'h', baseURL: 'https://example.com/a' })), ['https', '*', '*', 'h', '*', '*', '*', '*']);
  // What a base URL gives is text, not a pattern.
  assert_equals(new URLPattern({ search: 's', baseURL: 'https://example.com/(a)*' }).pathname, '/\\(a\\)\\*');
});

test('patterns read back are normalised, and mean the same', () => {
  for (const [given, normal] of [
    ['/foo/(.*)', '/foo/*'], ['/foo/{:bar}?', '/foo/{:bar}?'], ['/:foo{bar}', '{/:foo}bar'], ['/a{b}c', '/abc'], ['/\\:x', '/\\:x'],
    ['/:a([^\\/]+?)', '/:a'], ['/{x}?', '/{x}?'], ['/*{x}', '/*x'], ['/a b', '/a%20b'], ['/:a(.*)', '/:a(.*)'],
  ]) {
    const pattern = new URLPattern({ pathname: given });
    assert_equals(pattern.pathname, normal, given);
    assert_equals(new URLPattern({ pathname: pattern.pathname }).pathname, pattern.pathname, `${given} twice`);
  }
});

test('no argument matches every URL', () => {
  assert_true(new URLPattern().test('https://a/b'));
  assert_true(new URLPattern(null).test({}));
  assert_equals(URLPattern.length, 0);
});

test('the second argument is options when it is nothing or an object', () => {
  assert_true(new URLPattern('https://a/B', { ignoreCase: true }).test('https://a/b'));
  assert_true(new URLPattern('/B', 'https://a', { ignoreCase: true }).test('https://a/b'));
  assert_equals(new URLPattern('https://a/B', undefined).pathname, '/B');
  assert_throws(TypeError, () => new URLPattern('/B', undefined, {}));
  assert_throws(TypeError, () => new URLPattern('/B', 'https://a', 'no options'));
});

test('what is malformed is a TypeError', () => {
  for (const pathname of ['(', '()', '(?a)', '(\u00e9)', '((a))', '/:a/:a', '{a', 'a}', '/{a{b}}', '/?', ':', '\\', '/(a', '([)', '+']) {
    assert_throws(TypeError, () => new URLPattern({ pathname }), pathname);
  }
  for (const init of [{ hostname: 'a b' }, { hostname: '[x]' }, { port: 'x' }, { port: '65536' }, { protocol: 'a b' }, { baseURL: 'x' }]) {
    assert_throws(TypeError, () => new URLPattern(init), JSON.stringify(init));
  }
  assert_throws(TypeError, () => new URLPattern('/relative'));
  assert_throws(TypeError, () => new URLPattern({}, 'https://a'));
  assert_throws(TypeError, () => URLPattern({}));
  assert_throws(TypeError, () => URLPattern.prototype.pathname);
});
