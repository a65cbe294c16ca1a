const typeOf = async (value) => (await new Response('x', { headers: { 'content-type': value } }).blob()).type;

test('the type of a blob is the parsed content-type', async () => {
  assert_equals(await typeOf('Text/HTML;Charset="utf-8"; x=a b'), 'text/html;charset=utf-8;x="a b"');
  assert_equals(await typeOf('text/html;a=1;a=2;=x;b'), 'text/html;a=1');
  assert_equals(await typeOf('nonsense'), '');
  assert_equals(await typeOf('text/plain, a/b'), 'a/b');
  assert_equals(await typeOf('text/plain;charset=x, text/plain'), 'text/plain;charset=x');
});
