test('every kind of character is encoded, lone surrogates as U+FFFD', () => {
  assert_equals(new TextEncoder().encode('aé€😀\ud800z\udc00').toHex(), '61c3a9e282acf09f9880efbfbd7aefbfbd');
});

test('encodeInto writes whole characters and says how far it came', () => {
  const bytes = new Uint8Array(5);
  const { read, written } = new TextEncoder().encodeInto('a€😀', bytes);
  assert_equals(read, 2);
  assert_equals(written, 4);
  assert_equals(bytes.toHex(), '61e282ac00');
});

test('a long ASCII text and a long mixed one come back as they were', () => {
  for (const text of ['x'.repeat(100000), 'x'.repeat(70001) + 'é€😀'.repeat(20000)]) {
    assert_true(new TextDecoder().decode(new TextEncoder().encode(text)) === text);
  }
});
