const SAMPLES = {
  'shift_jis': [0x93, 0xfa, 0x41, 0x96, 0x7b, 0x81],
  'euc-jp': [0x8f, 0xa2, 0xb7, 0xc6, 0xfc, 0x8f, 0xa2],
  'gb18030': [0x94, 0x39, 0xda, 0x33, 0x81, 0x30, 0x81],
  'big5': [0xa7, 0x41, 0x88, 0x62, 0x41, 0xa7],
  'iso-2022-jp': [0x1b, 0x24, 0x42, 0x46, 0x7c, 0x46, 0x7c, 0x1b, 0x28, 0x4a, 0x5c, 0x1b, 0x24],
  'windows-1253': [0xe1, 0xd2, 0x41],
};

test('chunks of any size give the text that the whole gives', () => {
  for (const label of Object.keys(SAMPLES)) {
    const input = new Uint8Array(SAMPLES[label]);
    const whole = new TextDecoder(label).decode(input);
    for (let size = 1; size <= input.length; size++) {
      const decoder = new TextDecoder(label);
      let text = '';
      for (let at = 0; at < input.length; at += size) text += decoder.decode(input.subarray(at, at + size), { stream: true });
      assert_equals(text + decoder.decode(), whole, `${label} by ${size}`);
      assert_equals(decoder.decode(new Uint8Array([0x41])), 'A', `${label} is at its beginning again`);
    }
  }
});

test('a character is given as soon as it is complete', () => {
  const decoder = new TextDecoder('gbk');
  assert_equals(decoder.decode(new Uint8Array([0x41, 0xc4]), { stream: true }), 'A');
  assert_equals(decoder.decode(new Uint8Array([0xe3, 0xba]), { stream: true }), '你');
  assert_equals(decoder.decode(), '\ufffd');
});

test('TextDecoderStream reads legacy encodings', async () => {
  const stream = new TextDecoderStream('Shift_JIS');
  assert_equals(stream.encoding, 'shift_jis');
  const writer = stream.writable.getWriter();
  void writer.write(new Uint8Array([0x93]));
  void writer.write(new Uint8Array([0xfa, 0x96, 0x7b]));
  void writer.close();
  let text = '';
  for await (const part of stream.readable) text += part;
  assert_equals(text, '日本');
});

test('a long text goes through in pieces, cut wherever they end', () => {
  const pair = [0xc4, 0xe3];
  const input = new Uint8Array(600_001);
  input[0] = 0x41;
  for (let i = 1; i < input.length; i++) input[i] = pair[(i - 1) % 2];
  const text = new TextDecoder('gbk').decode(input);
  assert_equals(text.length, 300_001);
  assert_equals(text, `A${'你'.repeat(300_000)}`);
});
