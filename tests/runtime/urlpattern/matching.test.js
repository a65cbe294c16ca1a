test('a pattern for a path gives the groups by name', () => {
  const pattern = new URLPattern({ pathname: '/users/:id/files/*' });
  const found = pattern.exec('https://example.com/users/17/files/a/b.txt?x#y');
  assert_deep_equals(found.pathname, { input: '/users/17/files/a/b.txt', groups: { id: '17', 0: 'a/b.txt' } });
  assert_deep_equals(found.search, { input: 'x', groups: { 0: 'x' } });
  assert_deep_equals(found.inputs, ['https://example.com/users/17/files/a/b.txt?x#y']);
  assert_equals(pattern.exec('https://example.com/users/17'), null);
});

test('a named group ends at the separator of its component', () => {
  assert_false(new URLPattern({ pathname: '/:name' }).test({ pathname: '/a/b' }));
  assert_false(new URLPattern({ hostname: ':sub.example.com' }).test({ hostname: 'a.b.example.com' }));
  assert_true(new URLPattern({ hostname: ':sub.example.com' }).test({ hostname: 'a.example.com' }));
  assert_true(new URLPattern({ search: 'q=:all' }).test({ search: 'q=a/b.c' }));
});

test('modifiers make groups optional or repeat them, with the slash before them', () => {
  const optional = new URLPattern({ pathname: '/books/:id?' });
  assert_true(optional.test({ pathname: '/books' }));
  assert_false(optional.test({ pathname: '/books/' }));
  assert_equals(optional.exec({ pathname: '/books' }).pathname.groups.id, undefined);
  assert_true('id' in optional.exec({ pathname: '/books' }).pathname.groups);
  const repeated = new URLPattern({ pathname: '/a/:rest+' });
  assert_equals(repeated.exec({ pathname: '/a/b/c/d' }).pathname.groups.rest, 'b/c/d');
  assert_false(repeated.test({ pathname: '/a' }));
  assert_true(new URLPattern({ pathname: '/a/:rest*' }).test({ pathname: '/a' }));
  assert_true(new URLPattern({ pathname: '/a{/index.html}?' }).test({ pathname: '/a' }));
  assert_equals(new URLPattern({ pathname: '/x{-:n.}+' }).exec({ pathname: '/x-1.-2.' }).pathname.groups.n, '1.-2');
});

test('expressions of the user match what they say', () => {
  const pattern = new URLPattern({ pathname: '/:year(\\d{4})/(a|b)' });
  assert_deep_equals(pattern.exec({ pathname: '/2024/b' }).pathname.groups, { year: '2024', 0: 'b' });
  assert_false(pattern.test({ pathname: '/24/b' }));
  assert_true(pattern.hasRegExpGroups);
  assert_false(new URLPattern({ pathname: '/:year/*' }).hasRegExpGroups);
});

test('case matters unless it is to be ignored, and only in path, query and fragment', () => {
  assert_false(new URLPattern({ pathname: '/Foo' }).test({ pathname: '/foo' }));
  assert_true(new URLPattern({ pathname: '/Foo' }, { ignoreCase: true }).test({ pathname: '/fOO' }));
  assert_true(new URLPattern({ search: 'A=:b' }, { ignoreCase: true }).test({ search: 'a=1' }));
  assert_false(new URLPattern({ username: 'Me' }, { ignoreCase: true }).test({ username: 'me' }));
  assert_true(new URLPattern('https://HOST/:x', { ignoreCase: true }).test('https://host/y'));
});

test('inputs are relative to a base URL, or carry one', () => {
  const pattern = new URLPattern('/a/*', 'https://example.com');
  assert_true(pattern.test('b', 'https://example.com/a/c'));
  assert_deep_equals(pattern.exec('b', 'https://example.com/a/').inputs, ['b', 'https://example.com/a/']);
  assert_deep_equals(pattern.exec({ pathname: 'b', baseURL: 'https://example.com/a/' }).inputs, [{ baseURL: 'https://example.com/a/', pathname: 'b' }]);
  assert_false(pattern.test('b', 'not a base'));
  assert_false(pattern.test('not a url'));
  assert_throws(TypeError, () => pattern.test({ pathname: '/a/b' }, 'https://example.com'));
});

test('what is matched is written as the URL parser writes it', () => {
  assert_true(new URLPattern({ pathname: '/caf\u00e9' }).test('https://x/caf%C3%A9'));
  assert_true(new URLPattern({ hostname: 'b\u00fccher.de' }).test('https://xn--bcher-kva.de'));
  assert_true(new URLPattern('https://example.com:443/').test('https://example.com/'));
  assert_true(new URLPattern({ hostname: '[\\:\\:AB\\::num]' }).test('http://[::ab:1]/'));
  assert_true(new URLPattern('data\\:text/:kind').test('data:text/plain'));
});
