const { StringDecoder } = require('string_decoder');

function decode(encoding, ...chunks) {
  const decoder = new StringDecoder(encoding);
  return [...chunks.map((chunk) => decoder.write(Buffer.from(chunk))), decoder.end()];
}

test('characters that are cut come out whole', () => {
  assert_deep_equals(decode('utf8', [0xe2, 0x82], [0xac]), ['', '€', '']);
  assert_deep_equals(decode('utf8', [0x61, 0xf0], [0x9f, 0x98], [0x80, 0x62]), ['a', '', '😀b', '']);
  // Half a unit delays no more than that unit, as in Node.
  assert_deep_equals(decode('utf16le', [0x3d, 0xd8], [0x00, 0xde]), ['', '😀', '']);
  assert_deep_equals(decode('utf16le', [0x3d], [0xd8, 0x00], [0xde]), ['', '\ud83d', '\ude00', '']);
  assert_deep_equals(decode('base64', [1], [2, 3, 4]), ['', 'AQID', 'BA==']);
  assert_deep_equals(decode('hex', [1], [0xff]), ['01', 'ff', '']);
});

test('what stays open is replaced at the end', () => {
  assert_deep_equals(decode('utf8', [0xe2, 0x82]), ['', '\ufffd']);
  assert_deep_equals(decode('utf8', [0xc3], [0x41]), ['', '\ufffdA', '']);
});

test('an unknown encoding is refused', () => {
  assert_throws('ERR_UNKNOWN_ENCODING', () => new StringDecoder('nope'));
  assert_throws('ERR_INVALID_ARG_TYPE', () => new StringDecoder().write(5));
});
