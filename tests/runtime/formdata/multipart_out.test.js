test('a form is written as the standard says', async () => {
  const form = new FormData();
  form.append('a\n"b', '1\r2\n3\r\n4');
  form.append('f', new File(['x'], 'q"\r\n\\.txt', { type: 'text/plain' }));
  form.append('g', new Blob(['y']));
  const response = new Response(form);
  const boundary = /^multipart\/form-data; boundary=([-\w]{27,70})$/.exec(response.headers.get('content-type'))[1];
  assert_equals(await response.text(), [
    `--${boundary}`, 'Content-Disposition: form-data; name="a%0D%0A%22b"', '', '1\r\n2\r\n3\r\n4',
    `--${boundary}`, 'Content-Disposition: form-data; name="f"; filename="q%22%0D%0A\\.txt"', 'Content-Type: text/plain', '', 'x',
    `--${boundary}`, 'Content-Disposition: form-data; name="g"; filename="blob"', 'Content-Type: application/octet-stream', '', 'y',
    `--${boundary}--`, '',
  ].join('\r\n'));
});

test('two bodies of one form have boundaries of their own, and an empty form has its end', async () => {
  const types = [new Response(new FormData()), new Response(new FormData())].map((response) => response.headers.get('content-type'));
  assert_false(types[0] === types[1]);
  assert_true((await new Response(new FormData()).text()).endsWith('--\r\n'));
  assert_equals([...await new Response(new FormData()).formData()].length, 0);
});

test('large files go through a form without change, whole, streamed and cloned', async () => {
  const block = crypto.getRandomValues(new Uint8Array(60000));
  const file = new File(Array.from({ length: 50 }, () => block), 'big');
  const form = new FormData();
  form.append('one', file);
  form.append('two', file, 'again');
  const want = new Uint8Array(await crypto.subtle.digest('SHA-256', await file.arrayBuffer())).toHex();
  const original = new Response(form);
  const copy = original.clone();
  let streamed = 0;
  for await (const chunk of new Response(form).body) streamed += chunk.length;
  assert_true(streamed > 6000000);
  for (const response of [original, copy]) {
    const back = await response.formData();
    for (const name of ['one', 'two']) assert_equals(new Uint8Array(await crypto.subtle.digest('SHA-256', await back.get(name).arrayBuffer())).toHex(), want);
  }
});
