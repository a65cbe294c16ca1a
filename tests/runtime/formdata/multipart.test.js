const parse = (text, boundary = 'b') => new Response(text, { headers: { 'content-type': `multipart/form-data; boundary=${boundary}` } }).formData();

test('a form comes back from its own encoding, with awkward names', async () => {
  const form = new FormData();
  form.append('a"b\r\nc', 'line\nline');
  form.append('é', new File([new Uint8Array([0, 255, 13, 10])], 'ü"\n.bin', { type: 'application/x' }));
  const back = await new Response(form).formData();
  const [[name, value], [second, file]] = [...back];
  assert_equals(name, 'a"b\r\nc');
  assert_equals(value, 'line\r\nline');
  assert_equals(second, 'é');
  assert_equals(file.name, 'ü"\n.bin');
  assert_equals(file.type, 'application/x');
  assert_equals((await file.bytes()).toHex(), '00ff0d0a');
});

test('a boundary that does not begin a line does not end a part', async () => {
  const form = await parse('--b\r\nContent-Disposition: form-data; name="x"\r\n\r\na --b\n--b--\r\n--b--\r\n');
  assert_equals(form.get('x'), 'a --b\n--b--');
});

test('a preamble, folded case and unquoted parameters are read', async () => {
  const form = await parse('hello\r\n--b \r\ncontent-disposition: FORM-DATA; name=x; filename=y.txt\r\n\r\nz\r\n--b--');
  assert_equals(form.get('x').name, 'y.txt');
  assert_equals(form.get('x').type, 'text/plain');
});

test('a body that is malformed is a TypeError', async () => {
  for (const text of ['', '--b', '--b\r\n', '--b\r\nContent-Disposition: form-data; name="x"\r\n\r\nz', '--b\r\nContent-Disposition: form-data\r\n\r\nz\r\n--b--', '--c--']) {
    await assert_rejects(TypeError, () => parse(text), JSON.stringify(text));
  }
  await assert_rejects(TypeError, () => new Response('x', { headers: { 'content-type': 'multipart/form-data' } }).formData());
  await assert_rejects(TypeError, () => new Response('x').formData());
});

test('urlencoded bodies are read too', async () => {
  const form = await new Response(new URLSearchParams('a=1&b=x+y')).formData();
  assert_equals(form.get('b'), 'x y');
});
