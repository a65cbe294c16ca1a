const response = (body, boundary = 'b') => new Response(body, { headers: { 'content-type': `multipart/form-data; boundary="${boundary}"` } });
const parse = (body, boundary) => response(body, boundary).formData();
const part = (disposition, body = 'x') => `--b\r\nContent-Disposition: ${disposition}\r\n\r\n${body}\r\n--b--\r\n`;
const within = (milliseconds, start) => assert_true(Date.now() - start < milliseconds, `took ${Date.now() - start} ms`);

test('headers without end are refused early', async () => {
  let sent = 0;
  const chunk = new Uint8Array(4096).fill(0x61);
  const stream = new ReadableStream({ pull(c) { sent += 1; c.enqueue(sent === 1 ? new TextEncoder().encode('--b\r\n') : chunk); } });
  const error = await assert_rejects(TypeError, parse(stream));
  assert_true(error.message.includes('16384 bytes'));
  assert_true(sent < 10);
  await assert_rejects(TypeError, parse(`--b${' '.repeat(20000)}\r\n`));
  await assert_rejects(TypeError, parse(`--b\r\n${'a: b\r\n'.repeat(5000)}`));
});

test('a boundary must be there', async () => {
  for (const type of ['multipart/form-data', 'multipart/form-data; boundary=', 'multipart/form-data; boundary=""', 'multipart/mixed; boundary=b', 'text/plain', '']) {
    const error = await assert_rejects(TypeError, new Response('--\r\n', { headers: { 'content-type': type } }).formData(), type);
    assert_true(error.message.includes('content-type'), error.message);
  }
});

test('too many parts are refused', async () => {
  const one = '--b\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n';
  assert_equals([...await parse(`${one.repeat(2000)}--b--`)].length, 2000);
  const error = await assert_rejects(TypeError, parse(`${one.repeat(100001)}--b--`));
  assert_true(error.message.includes('100000 parts'));
});

test('bodies that look like their boundary all the way take linear time', async () => {
  const start = Date.now();
  const boundary = 'a'.repeat(70);
  for (const filler of ['a', '\r', '\r\n', '\r\n--', `\r\n--${'a'.repeat(69)}`, '-']) {
    const body = `--${boundary}\r\nContent-Disposition: form-data; name=x\r\n\r\n${filler.repeat(Math.floor(1000000 / filler.length))}b\r\n--${boundary}--`;
    assert_equals((await parse(body, boundary)).get('x').length, Math.floor(1000000 / filler.length) * filler.length + 1);
  }
  within(5000, start);
});

test('dispositions that are not what they should be', async () => {
  for (const wrong of ['attachment; name="a"', 'form-data', 'form-data; filename="a"', 'name="a"', 'form-datax; name=a']) await assert_rejects(TypeError, parse(part(wrong)), wrong);
  assert_equals((await parse(part('form-data; name="a"; name="b"'))).get('a'), 'x');
  assert_equals((await parse(part('form-data; name="a"; filename*=UTF-8\'\'evil'))).get('a'), 'x');
  assert_equals((await parse(part('form-data; filename="f"; name="a"; filename*=UTF-8\'\'evil'))).get('a').name, 'f');
  assert_equals((await parse(part('form-data; name="a\\"b"; filename="C:\\dir\\f"'))).get('a"b').name, 'C:\\dir\\f');
  assert_equals((await parse(part('form-data; name="a"; filename="ends with \\"'))).get('a').name, 'ends with \\');
  assert_equals((await parse(part('form-data; name="__proto__"'))).get('__proto__'), 'x');
});

test('bytes that are no UTF-8 become replacement characters in text, and stay as they are in files; a byte order mark stays', async () => {
  const bytes = (disposition) => new Blob([part(disposition, '@').split('@')[0], new Uint8Array([0xef, 0xbb, 0xbf, 0xff]), part(disposition, '@').split('@')[1]]);
  assert_equals((await parse(bytes('form-data; name=a'))).get('a'), '\ufeff\ufffd');
  assert_equals((await (await parse(bytes('form-data; name=a; filename=f'))).get('a').bytes()).toHex(), 'efbbbfff');
});

test('poisoned prototypes see nothing of a form, at hand or streamed', async () => {
  let seen = 0;
  const trap = { __proto__: null, set() { seen += 1; }, get() { return undefined; }, configurable: true };
  const keys = ['0', '1', 'name', 'filename', 'entries', 'pieces', 'source', 'pull', 'cancel', 'owned', 'content', 'chunk'];
  const text = part('form-data; name=a; filename=f');
  for (const body of [text, new Blob([text]).stream(), new Blob([text])]) {
    const { prototype } = Object;
    for (const key of keys) Object.defineProperty(prototype, key, trap);
    let form;
    try {
      form = await response(body).formData();
    } finally {
      for (const key of keys) delete prototype[key];
    }
    assert_equals(seen, 0);
    assert_equals(form.get('a').name, 'f');
  }
});
