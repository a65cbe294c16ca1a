const punycode = require('punycode');

test('labels are encoded and decoded', () => {
  for (const [text, code] of [['mañana', 'maana-pta'], ['☃-⌘', '--dqo34k'], ['bücher', 'bcher-kva'], ['日本語', 'wgv71a119e'], ['😀', 'e28h']]) {
    assert_equals(punycode.encode(text), code);
    assert_equals(punycode.decode(code), text);
  }
});

test('domains and addresses are converted label by label', () => {
  assert_equals(punycode.toASCII('mañana.com'), 'xn--maana-pta.com');
  assert_equals(punycode.toASCII('x@日本語。jp'), 'x@xn--wgv71a119e.jp');
  assert_equals(punycode.toUnicode('xn--maana-pta.com'), 'mañana.com');
});

test('malformed input is refused', () => {
  assert_throws(RangeError, () => punycode.decode('\x80'));
  assert_throws(RangeError, () => punycode.decode('ab-é'));
});

test('code points', () => {
  assert_deep_equals(punycode.ucs2.decode('a😀'), [97, 0x1f600]);
  assert_equals(punycode.ucs2.encode([97, 0x1f600]), 'a😀');
});
