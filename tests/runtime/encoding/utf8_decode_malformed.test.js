const decode = (bytes, options) => new TextDecoder('utf-8', options).decode(new Uint8Array(bytes));
const CASES = [
  [[0xff], '\ufffd'],
  [[0xc0, 0x80], '\ufffd\ufffd'],
  [[0xe0, 0x80, 0x80], '\ufffd\ufffd\ufffd'],
  [[0xed, 0xa0, 0x80], '\ufffd\ufffd\ufffd'],
  [[0xf0, 0x90, 0x41], '\ufffdA'],
  [[0xf4, 0x90, 0x80, 0x80], '\ufffd\ufffd\ufffd\ufffd'],
  [[0xe2, 0x82], '\ufffd'],
  [[0x41, 0xc3, 0x41], 'A\ufffdA'],
];
for (const [bytes, text] of CASES) {
  test(`${bytes} becomes replacement characters, or a TypeError when fatal`, () => {
    assert_equals(decode(bytes), text);
    assert_throws(TypeError, () => decode(bytes, { fatal: true }));
  });
}

test('one bad byte far into a long text is found', () => {
  const bytes = new Uint8Array(200000).fill(0x61);
  bytes[150000] = 0xff;
  assert_equals(decode(bytes).indexOf('\ufffd'), 150000);
  assert_throws(TypeError, () => decode(bytes, { fatal: true }));
});
