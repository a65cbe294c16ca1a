const typeOf = async (value) => (await new Response('x', { headers: { 'content-type': value } }).blob()).type;

test('the type of a blob is the parsed content-type', async () => {
  assert_equals(await typeOf('Text/HTML;Charset="utf-8"; x=a b'), 'text/html;charset=utf-8;x="a b"');
  assert_equals(await typeOf('text/html;a=1;a=2;=x;b'), 'text/html;a=1');
  assert_equals(await typeOf('nonsense'), '');
  assert_equals(await typeOf('text/plain, a/b'), 'a/b');
  assert_equals(await typeOf('text/plain;charset=x, text/plain'), 'text/plain;charset=x');
});

test('quotes may stay open, and spaces count where they are', async () => {
  assert_equals(await typeOf('text/html;charset="gbk'), 'text/html;charset=gbk');
  assert_equals(await typeOf('text/html;";charset=gbk'), 'text/html;charset=gbk');
  assert_equals(await typeOf('text/html;charset=gbk"'), 'text/html;charset="gbk\\""');
  assert_equals(await typeOf('x/x;test="\\'), 'x/x;test="\\\\"');
  assert_equals(await typeOf('x/x;a="1,2", text/plain'), 'text/plain');
  assert_equals(await typeOf('text/html ;a=1 ; b=2'), 'text/html;a=1;b=2');
  assert_equals(await typeOf('text/ html'), '');
  assert_equals(await typeOf('text/html;\u00e9=1;b="\u00e9"'), 'text/html;b="\u00e9"');
});
