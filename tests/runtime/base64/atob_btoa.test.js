test('atob is forgiving about whitespace and padding only', () => {
  assert_equals(atob(' aGk\n= '), 'hi');
  assert_equals(atob('aGk'), 'hi');
  assert_equals(atob(''), '');
  for (const bad of ['a', 'aGk==', 'aGk-', 'a=Gk', '====', 'aGkü']) assert_throws('InvalidCharacterError', () => atob(bad), bad);
});

test('btoa takes bytes only', () => {
  assert_equals(btoa('\x00\xff'), 'AP8=');
  assert_equals(btoa(null), 'bnVsbA==');
  assert_throws('InvalidCharacterError', () => btoa('€'));
});
