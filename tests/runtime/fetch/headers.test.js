test('names are lower case, values are combined and trimmed, iteration is sorted', () => {
  const headers = new Headers([['B', ' 1 '], ['a', '2'], ['b', '3']]);
  assert_equals([...headers].map((pair) => pair.join('=')).join('; '), 'a=2; b=1, 3');
  headers.set('B', 'x');
  headers.append('c', '');
  assert_equals(headers.get('b'), 'x');
  assert_true(headers.has('C'));
  headers.delete('b');
  assert_equals(headers.get('b'), null);
});

test('set-cookie is never combined', () => {
  const headers = new Headers({ z: '1' });
  headers.append('Set-Cookie', 'a=1, b');
  headers.append('set-cookie', 'c=2');
  assert_equals(headers.getSetCookie().join('|'), 'a=1, b|c=2');
  assert_equals([...headers.keys()].join(), 'set-cookie,set-cookie,z');
});

test('malformed names and values are TypeErrors', () => {
  const headers = new Headers();
  for (const name of ['', 'a b', 'a:', 'é', 'a\n']) assert_throws(TypeError, () => headers.append(name, 'x'), name);
  for (const value of ['a\nb', 'a\r\nb: c', 'a\0b', '€']) assert_throws(TypeError, () => headers.set('x', value), JSON.stringify(value));
  assert_throws(TypeError, () => new Headers([['a']]));
  assert_throws(TypeError, () => new Headers('a: b'));
  assert_equals([...headers].length, 0);
});

test('a copy is independent, and a patched prototype does not change a response', () => {
  const first = new Headers({ a: '1' });
  const second = new Headers(first);
  second.set('a', '2');
  assert_equals(first.get('a'), '1');
  const { get } = Headers.prototype;
  Headers.prototype.get = () => 'text/fake';
  const copied = new Response('x', { headers: first }).headers;
  Headers.prototype.get = get;
  assert_equals(copied.get('content-type'), 'text/plain;charset=UTF-8');
});
