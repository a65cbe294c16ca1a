test('a blob has as many URLs as it is asked for, and each is fetched until it is revoked', async () => {
  const blob = new Blob(['content'], { type: 'text/plain' });
  const [first, second] = [URL.createObjectURL(blob), URL.createObjectURL(blob)];
  assert_false(first === second);
  assert_true(/^blob:null\/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(first));
  assert_equals(new URL(first).origin, 'null');
  const response = await fetch(`${first}#fragment`);
  assert_equals(`${response.status} ${response.headers.get('content-type')} ${response.headers.get('content-length')} ${await response.text()}`, '200 text/plain 7 content');
  URL.revokeObjectURL(`${first}#fragment`);
  await fetch(first);
  URL.revokeObjectURL(first);
  await assert_rejects(TypeError, fetch(first));
  assert_equals(await (await fetch(second)).text(), 'content');
});

test('a request keeps what its URL stood for', async () => {
  const url = URL.createObjectURL(new Blob(['kept']));
  const request = new Request(url);
  const pending = fetch(url);
  URL.revokeObjectURL(url);
  assert_equals(await (await fetch(request.clone())).text(), 'kept');
  assert_equals(await (await fetch(new Request(request))).text(), 'kept');
  assert_equals(await (await pending).text(), 'kept');
});

test('parts are had by ranges', async () => {
  const url = URL.createObjectURL(new Blob(['0123', '456789']));
  const part = async (range) => {
    const response = await fetch(url, { headers: { range } });
    return `${response.status} ${response.headers.get('content-range')} ${await response.text()}`;
  };
  assert_equals(await part('bytes=2-5'), '206 bytes 2-5/10 2345');
  assert_equals(await part('bytes=-3'), '206 bytes 7-9/10 789');
  assert_equals(await part('bytes=-99'), '206 bytes 0-9/10 0123456789');
  assert_equals(await part('bytes = 8 - 99999999999999999999999'), '206 bytes 8-9/10 89');
  for (const wrong of ['bytes=-', 'bytes=5-2', 'bytes=10-', 'bytes=0-1,3-4', 'items=0-1', 'bytes=a-b']) await assert_rejects(TypeError, part(wrong), wrong);
});

test('what is no blob, and what is no GET, is refused', async () => {
  for (const wrong of [undefined, null, {}, 'text', new ArrayBuffer(1)]) assert_throws(TypeError, () => URL.createObjectURL(wrong));
  assert_throws(TypeError, () => URL.createObjectURL());
  const url = URL.createObjectURL(new Blob([]));
  for (const method of ['POST', 'HEAD', 'DELETE']) await assert_rejects(TypeError, fetch(url, { method }));
  await assert_rejects(TypeError, fetch('blob:null/00000000-0000-4000-8000-000000000000'));
  URL.revokeObjectURL('nothing');
});

test('the origin is that of the location which the function has set', async () => {
  globalThis.location = { href: 'https://example.com:8443/path' };
  try {
    const url = URL.createObjectURL(new Blob(['x']));
    assert_equals(new URL(url).origin, 'https://example.com:8443');
    assert_equals(await (await fetch(url)).text(), 'x');
    const [a, b] = [new BroadcastChannel('n'), new BroadcastChannel('n')];
    const got = new Promise((resolve) => { b.onmessage = resolve; });
    a.postMessage(1);
    assert_equals((await got).origin, 'https://example.com:8443');
  } finally {
    delete globalThis.location;
  }
});
