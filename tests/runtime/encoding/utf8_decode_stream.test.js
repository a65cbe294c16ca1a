test('a text comes out the same whatever its chunks', () => {
  const text = 'aé€😀\ufeffz';
  const bytes = new TextEncoder().encode(text);
  for (let size = 1; size <= bytes.length; size++) {
    const decoder = new TextDecoder();
    let result = '';
    for (let i = 0; i < bytes.length; i += size) result += decoder.decode(bytes.subarray(i, i + size), { stream: true });
    assert_equals(result + decoder.decode(), text, `chunks of ${size}`);
  }
});

test('the BOM is dropped once, also when it is split, and kept on demand', () => {
  const decoder = new TextDecoder();
  const parts = [[0xef], [0xbb], [0xbf, 0x41], [0xef, 0xbb, 0xbf]];
  let text = '';
  for (const part of parts) text += decoder.decode(new Uint8Array(part), { stream: true });
  assert_equals(text + decoder.decode(), 'A\ufeff');
  assert_equals(new TextDecoder('utf-8', { ignoreBOM: true }).decode(new Uint8Array([0xef, 0xbb, 0xbf])), '\ufeff');
});

test('an unfinished character at the end is an error, and the decoder starts anew', () => {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  decoder.decode(new Uint8Array([0xe2, 0x82]), { stream: true });
  assert_throws(TypeError, () => decoder.decode());
  assert_equals(decoder.decode(new Uint8Array([0x41])), 'A');
});
