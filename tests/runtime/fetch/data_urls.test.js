const read = async (url) => {
  const response = await fetch(url);
  return `${response.status} ${response.headers.get('content-type')} ${await response.text()}`;
};

test('data: URLs are answered without the host', async () => {
  assert_equals(await read('data:,a%20b'), '200 text/plain;charset=US-ASCII a b');
  assert_equals(await read('data:text/html;charset=utf-8,<p>'), '200 text/html;charset=utf-8 <p>');
  assert_equals(await read('data:;base64,aG k='), '200 text/plain;charset=US-ASCII hi');
});

test('a malformed data: URL and an unknown scheme are TypeErrors', async () => {
  await assert_rejects(TypeError, fetch('data:no-comma'));
  await assert_rejects(TypeError, fetch('data:;base64,@'));
  await assert_rejects(TypeError, fetch('ftp://host/'));
  await assert_rejects(TypeError, fetch('/relative'));
});

test('an aborted signal rejects with its reason before anything is done', async () => {
  const reason = new Error('stop');
  let caught;
  try { await fetch('http://host/', { signal: AbortSignal.abort(reason) }); } catch (error) { caught = error; }
  assert_true(caught === reason);
});
