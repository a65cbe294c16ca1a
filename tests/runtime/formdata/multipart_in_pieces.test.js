const TYPE = { headers: { 'content-type': 'multipart/form-data; boundary=b0undary' } };

function streamed(bytes, size) {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) controller.close();
      else controller.enqueue(bytes.slice(at, at += size));
    },
  });
}

const BODY = new TextEncoder().encode([
  'preamble --b0undary', '\r\n--b0undary \t\r\n', 'Content-Disposition: form-data; name="text"\r\n\r\n', 'é\r\n-\r\n--\r\n--b0undar\r\r\n', '\r\n--b0undary\r\n',
  'content-type: Application/X; a="b"\r\nContent-Disposition: form-data; name="file"; filename="a%22%0D%0A;.bin"\r\nX-Other: 1\r\n\r\n', '\r\n\r\n--\r\r\n', '\r\n--b0undary\r\n',
  'Content-Disposition: form-data; name="empty"\r\n\r\n', '\r\n--b0undary\r\n', 'Content-Disposition: form-data; name="none"; filename=""\r\n\r\n',
  '\r\n--b0undary--', '\r\n--b0undary\r\nepilogue',
].join(''));

async function summary(form) {
  const all = [];
  for (const [name, value] of form) all.push(typeof value === 'string' ? [name, value] : [name, value.name, value.type, await value.text()]);
  return all;
}

const WANTED = [
  ['text', 'é\r\n-\r\n--\r\n--b0undar\r\r\n'], ['file', 'a"\r\n;.bin', 'application/x; a="b"', '\r\n\r\n--\r\r\n'], ['empty', ''], ['none', '', 'text/plain', ''],
];

test('wherever the pieces are cut, the entries are the same', async () => {
  assert_deep_equals(await summary(await new Response(BODY, TYPE).formData()), WANTED);
  for (const size of [1, 2, 3, 5, 7, 11, 13, 17, 29, 64, 200]) {
    assert_deep_equals(await summary(await new Response(streamed(BODY, size), TYPE).formData()), WANTED, `pieces of ${size}`);
  }
});

test('one cut at every place', async () => {
  for (let cut = 1; cut < BODY.length; cut++) {
    const parts = [BODY.slice(0, cut), BODY.slice(cut)];
    const form = await new Response(new ReadableStream({ pull(c) { parts.length ? c.enqueue(parts.shift()) : c.close(); } }), TYPE).formData();
    assert_equals([...form].length, 4, `cut at ${cut}`);
    assert_equals(form.get('text'), WANTED[0][1]);
    assert_equals(form.get('file').size, 9);
  }
});

test('what is changed after it was read does not change the form', async () => {
  const chunk = BODY.slice();
  let sent = false;
  const stream = new ReadableStream({ pull(c) { if (sent) { chunk.fill(0); c.close(); } else { sent = true; c.enqueue(chunk); } } }, { highWaterMark: 0 });
  assert_deep_equals(await summary(await new Response(stream, TYPE).formData()), WANTED);
});

test('the stream is cancelled at the first mistake', async () => {
  let cancelled;
  const stream = new ReadableStream({ pull(c) { c.enqueue(new TextEncoder().encode('--b0undary\r\nno colon\r\n\r\n')); }, cancel(reason) { cancelled = reason; } });
  const error = await assert_rejects(TypeError, new Response(stream, TYPE).formData());
  assert_true(cancelled === error);
});

test('what a stream fails with goes through', async () => {
  const failure = new Error('mine');
  for (const options of [TYPE, { headers: { 'content-type': 'text/plain' } }]) {
    const stream = new ReadableStream({ start(c) { c.error(failure); } });
    try {
      await new Response(stream, options).formData();
      assert_true(false);
    } catch (error) {
      assert_true(error === failure);
    }
  }
});
