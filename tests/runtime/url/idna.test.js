test('names are mapped to ASCII by UTS 46, non-transitional', () => {
  assert_equals(new URL('http://Bücher.DE/').host, 'xn--bcher-kva.de');
  assert_equals(new URL('http://faß.de/').host, 'xn--fa-hia.de');
  assert_equals(new URL('http://☕.example/').host, 'xn--53h.example');
  assert_equals(new URL('http://ＧＯ.com/').host, 'go.com');
  assert_equals(new URL('http://１２７．０．０．１/').host, '127.0.0.1');
});

test('names that have no ASCII form are refused', () => {
  for (const host of ['xn--', 'xn--a', '\u00ad', 'a\u200cb', 'xn--zn7c.com', '\u202e']) assert_false(URL.canParse(`http://${host}/`), host);
});
