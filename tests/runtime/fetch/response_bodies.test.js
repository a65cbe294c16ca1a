const bytes = new Uint8Array([0xef, 0xbb, 0xbf, 0xc3, 0xa9]);
const KINDS = {
  'a string': () => '\ufeffé',
  'bytes': () => bytes,
  'a buffer': () => bytes.buffer,
  'a blob': () => new Blob([bytes]),
  'a stream': () => ReadableStream.from([bytes.slice(0, 4), bytes.slice(4)]),
};

for (const [kind, make] of Object.entries(KINDS)) {
  test(`${kind} can be read as text, bytes, buffer and blob, once`, async () => {
    assert_equals(await new Response(make()).text(), 'é');
    assert_equals((await new Response(make()).bytes()).toHex(), bytes.toHex());
    assert_equals((await new Response(make()).arrayBuffer()).byteLength, 5);
    assert_equals((await new Response(make()).blob()).size, 5);
    const response = new Response(make());
    assert_false(response.bodyUsed);
    await response.text();
    assert_true(response.bodyUsed);
    await assert_rejects(TypeError, response.text());
    assert_throws(TypeError, () => response.clone());
    assert_true(response.body.locked);
  });

  test(`${kind} can be cloned, and read as a stream`, async () => {
    const response = new Response(make());
    const copy = response.clone();
    assert_equals(await copy.text() + await response.text(), 'éé');
    let size = 0;
    for await (const chunk of new Response(make()).body) size += chunk.length;
    assert_equals(size, 5);
  });
}

test('what one reader gets cannot change what a clone gets', async () => {
  const response = new Response(new Uint8Array([1]));
  const copy = response.clone();
  (await response.bytes())[0] = 9;
  assert_equals((await copy.bytes())[0], 1);
});

test('no body reads as empty', async () => {
  const response = new Response();
  assert_equals(response.body, null);
  assert_equals(await response.text(), '');
  assert_equals(await response.text(), '');
  assert_false(response.bodyUsed);
});

test('the content-type follows from the body unless it is given', () => {
  assert_equals(new Response('x').headers.get('content-type'), 'text/plain;charset=UTF-8');
  assert_equals(new Response(new URLSearchParams('a')).headers.get('content-type'), 'application/x-www-form-urlencoded;charset=UTF-8');
  assert_equals(new Response(new Blob([], { type: 'a/b' })).headers.get('content-type'), 'a/b');
  assert_equals(new Response(bytes).headers.get('content-type'), null);
  assert_equals(new Response('x', { headers: { 'content-type': 'a/b' } }).headers.get('content-type'), 'a/b');
  assert_true(new Response(new FormData()).headers.get('content-type').startsWith('multipart/form-data; boundary=-'));
});

test('a stream that is used, or gives something else than bytes, is refused', async () => {
  const stream = ReadableStream.from(['text']);
  await assert_rejects(TypeError, new Response(stream).text());
  assert_throws(TypeError, () => new Response(stream));
});

test('touching the body and then reading it as text works, but not while it is locked', async () => {
  const response = new Response('x');
  const reader = response.body.getReader();
  await assert_rejects(TypeError, response.text());
  reader.releaseLock();
  assert_equals(await response.text(), 'x');
});
