const bytes = (...values) => new Uint8Array(values);
const decode = (label, ...values) => new TextDecoder(label).decode(bytes(...values));

test('text in each family of encodings', () => {
  assert_equals(decode('shift_jis', 0x93, 0xfa, 0x96, 0x7b, 0xb6, 0x41), '日本ｶA');
  assert_equals(decode('euc-jp', 0xc6, 0xfc, 0xcb, 0xdc, 0x8e, 0xb6), '日本ｶ');
  assert_equals(decode('iso-2022-jp', 0x1b, 0x24, 0x42, 0x46, 0x7c, 0x1b, 0x28, 0x42, 0x41), '日A');
  assert_equals(decode('gbk', 0xc4, 0xe3, 0xba, 0xc3, 0x80), '你好€');
  assert_equals(decode('gb18030', 0x94, 0x39, 0xda, 0x33), '💩');
  assert_equals(decode('big5', 0xa7, 0x41, 0xa6, 0x6e, 0x88, 0x62), '你好Ê̄');
  assert_equals(decode('euc-kr', 0xbe, 0xc8, 0xb3, 0xe7), '안녕');
  assert_equals(decode('koi8-r', 0xf0, 0xd2, 0xc9), 'При');
  assert_equals(decode('windows-1251', 0xcf, 0x98), 'П\x98');
  assert_equals(decode('iso-8859-7', 0xe1, 0xff), 'α\ufffd');
});

test('what is wrong is one replacement character, and an ASCII byte after it is read', () => {
  assert_equals(decode('shift_jis', 0x81, 0x20, 0x81), '\ufffd \ufffd');
  assert_equals(decode('gb18030', 0x81, 0x30, 0xff), '\ufffd0\ufffd');
  assert_equals(decode('euc-kr', 0xff, 0x41), '\ufffdA');
  assert_equals(decode('iso-2022-jp', 0x1b, 0x24, 0x42, 0x21, 0x1b, 0x28, 0x42), '\ufffd');
});

test('a fatal decoder throws a TypeError, and works again afterwards', () => {
  const decoder = new TextDecoder('euc-jp', { fatal: true });
  assert_throws(TypeError, () => decoder.decode(bytes(0xa4)));
  assert_throws(TypeError, () => decoder.decode(bytes(0x41, 0xff), { stream: true }));
  assert_equals(decoder.decode(bytes(0xa4, 0xa2)), 'あ');
  // The replacement character itself is a character of gb18030.
  assert_equals(new TextDecoder('gb18030', { fatal: true }).decode(bytes(0x84, 0x31, 0xa4, 0x37)), '\ufffd');
});

test('a byte order mark is a character like any other', () => {
  assert_equals(decode('gb18030', 0x84, 0x31, 0x95, 0x33, 0x41), '\ufeffA');
  assert_equals(new TextDecoder('gb18030', { ignoreBOM: true }).decode(bytes(0x84, 0x31, 0x95, 0x33)), '\ufeff');
});

test('views and shared memory are read where they are', () => {
  const shared = new Uint8Array(new SharedArrayBuffer(6));
  shared.set([1, 0xbe, 0xc8, 0xb3, 0xe7, 1]);
  assert_equals(new TextDecoder('euc-kr').decode(shared.subarray(1, 5)), '안녕');
  assert_equals(new TextDecoder('euc-kr').decode(new DataView(shared.buffer, 1, 2)), '안');
  assert_equals(new TextDecoder('euc-kr').decode(), '');
});

test('what has been transferred away has no bytes', () => {
  const view = bytes(0xbe, 0xc8);
  structuredClone(view.buffer, { transfer: [view.buffer] });
  for (const input of [view, view.buffer]) for (const label of ['utf-8', 'utf-16le', 'latin1', 'euc-kr']) assert_equals(new TextDecoder(label).decode(input), '');
});

test('options that take the bytes away leave none', () => {
  for (const label of ['utf-8', 'utf-16be', 'latin1', 'gbk']) {
    const view = bytes(0x41, 0x42);
    const options = { get stream() { structuredClone(view.buffer, { transfer: [view.buffer] }); return false; } };
    assert_equals(new TextDecoder(label).decode(view, options), '', label);
  }
});
