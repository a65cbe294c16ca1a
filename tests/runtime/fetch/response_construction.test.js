test('status and statusText are checked', () => {
  const response = new Response(null, { status: 299, statusText: 'Fine' });
  assert_true(response.ok);
  assert_equals(response.statusText, 'Fine');
  for (const status of [0, 101, 199, 600]) assert_throws(RangeError, () => new Response(null, { status }), status);
  assert_throws(TypeError, () => new Response(null, { statusText: 'a\nb' }));
  for (const status of [204, 205, 304]) assert_throws(TypeError, () => new Response('', { status }), status);
});

test('Response.json writes JSON', async () => {
  const response = Response.json({ a: [1] }, { status: 201, headers: { 'x-a': 'b' } });
  assert_equals(response.status, 201);
  assert_equals(response.headers.get('content-type'), 'application/json');
  assert_equals(response.headers.get('x-a'), 'b');
  assert_equals((await response.json()).a[0], 1);
  assert_throws(TypeError, () => Response.json(() => {}));
  await assert_rejects(SyntaxError, new Response('{').json());
});

test('Response.redirect has an absolute location and immutable headers', () => {
  const response = Response.redirect('http://h/a b', 307);
  assert_equals(`${response.status} ${response.headers.get('location')}`, '307 http://h/a%20b');
  assert_throws(TypeError, () => response.headers.set('x', 'y'));
  assert_throws(RangeError, () => Response.redirect('http://h/', 200));
  assert_throws(TypeError, () => Response.redirect('/relative'));
});

test('Response.error is a network error', () => {
  assert_equals(`${Response.error().type} ${Response.error().status}`, 'error 0');
});

test('an object that only looks like a Response is none', () => {
  const fake = Object.create(Response.prototype);
  assert_throws(TypeError, () => fake.status);
  assert_throws(TypeError, () => new Proxy(new Response(), {}).status);
});
