test('a request has method, url and headers of its own', () => {
  const request = new Request('HTTP://Host:80/a?b#c', { method: 'post', headers: { A: 'b' }, body: 'x' });
  assert_equals(`${request.method} ${request.url} ${request.headers.get('a')}`, 'POST http://host/a?b#c b');
  assert_equals(request.headers.get('content-type'), 'text/plain;charset=UTF-8');
  assert_equals(new Request('http://h/', { method: 'patch' }).method, 'patch');
});

test('what is malformed is a TypeError', () => {
  assert_throws(TypeError, () => new Request('/relative'));
  assert_throws(TypeError, () => new Request('http://user:pass@h/'));
  for (const method of ['CONNECT', 'trace', 'TRACK', 'a b', '']) assert_throws(TypeError, () => new Request('http://h/', { method }), method);
  assert_throws(TypeError, () => new Request('http://h/', { body: 'x' }));
  assert_throws(TypeError, () => new Request('http://h/', { mode: 'navigate' }));
  assert_throws(TypeError, () => new Request('http://h/', { redirect: 'maybe' }));
  assert_throws(TypeError, () => new Request('http://h/', { signal: {} }));
});

test('a request made of another takes its body over', async () => {
  const first = new Request('http://h/', { method: 'POST', body: 'x', headers: { a: '1' } });
  const second = new Request(first, { headers: { b: '2' } });
  assert_true(first.bodyUsed);
  assert_equals(second.headers.get('a'), null);
  assert_equals(await second.text(), 'x');
  assert_throws(TypeError, () => new Request(first));
});

test('a clone has the same body', async () => {
  const request = new Request('http://h/', { method: 'PUT', body: ReadableStream.from([new Uint8Array([65])]), duplex: 'half' });
  const copy = request.clone();
  assert_equals(await request.text() + await copy.text(), 'AA');
});

test('its signal follows the given one, also in clones', () => {
  const controller = new AbortController();
  const request = new Request('http://h/', { signal: controller.signal });
  const copy = request.clone();
  assert_false(request.signal === controller.signal);
  controller.abort('why');
  assert_equals(request.signal.reason, 'why');
  assert_equals(copy.signal.reason, 'why');
});
