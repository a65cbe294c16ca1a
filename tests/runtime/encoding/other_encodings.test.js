test('utf-16 in both byte orders, with lone surrogates', () => {
  assert_equals(new TextDecoder('utf-16le').decode(new Uint8Array([0x41, 0, 0x3d, 0xd8, 0, 0xde, 0, 0xd8])), 'A😀\ufffd');
  assert_equals(new TextDecoder('utf-16be').decode(new Uint8Array([0, 0x41, 0xd8])), 'A\ufffd');
  assert_equals(new TextDecoder('unicode').encoding, 'utf-16le');
});

test('latin1 is windows-1252', () => {
  const decoder = new TextDecoder(' Latin1 ');
  assert_equals(decoder.encoding, 'windows-1252');
  assert_equals(decoder.decode(new Uint8Array([0x41, 0x80, 0x9f, 0xe9, 0x81])), 'A€Ÿé\x81');
});
