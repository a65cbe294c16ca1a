const set = (href, name, value) => {
  const url = new URL(href);
  url[name] = value;
  return url.href;
};

test('setters change one part and normalise it', () => {
  assert_equals(set('http://h/', 'protocol', 'HTTPS:'), 'https://h/');
  assert_equals(set('http://h/', 'host', 'X:99'), 'http://x:99/');
  assert_equals(set('http://h:1/', 'hostname', 'y'), 'http://y:1/');
  assert_equals(set('http://h:1/', 'port', '80'), 'http://h/');
  assert_equals(set('http://h/', 'pathname', 'a b?'), 'http://h/a%20b%3F');
  assert_equals(set('http://h/', 'search', 'a=b#'), 'http://h/?a=b%23');
  assert_equals(set('http://h/?q', 'search', ''), 'http://h/');
  assert_equals(set('http://h/', 'hash', 'x y'), 'http://h/#x%20y');
  assert_equals(set('http://h/', 'username', 'a:b'), 'http://a%3Ab@h/');
});

test('a value that does not fit is ignored', () => {
  assert_equals(set('http://h/', 'protocol', 'mailto'), 'http://h/');
  assert_equals(set('http://h/', 'port', '65536'), 'http://h/');
  assert_equals(set('http://h/', 'host', 'a b'), 'http://h/');
  assert_equals(set('mailto:a', 'host', 'x'), 'mailto:a');
});

test('href throws for no URL and replaces everything otherwise', () => {
  const url = new URL('http://h/?a=1');
  const params = url.searchParams;
  assert_throws(TypeError, () => { url.href = 'nope'; });
  url.href = 'https://x/?b=2';
  assert_equals(params.get('b'), '2');
});
