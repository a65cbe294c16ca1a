test('a label names an encoding in any case, with blanks around it', () => {
  for (const [label, name] of [
    ['Shift-JIS', 'shift_jis'], [' sjis\n', 'shift_jis'], ['x-gbk', 'gbk'], ['GB2312', 'gbk'], ['big5-hkscs', 'big5'], ['ks_c_5601-1987', 'euc-kr'],
    ['iso-8859-9', 'windows-1254'], ['iso-8859-11', 'windows-874'], ['logical', 'iso-8859-8-i'], ['x-mac-ukrainian', 'x-mac-cyrillic'],
    ['x-user-defined', 'x-user-defined'], ['latin1', 'windows-1252'], ['unicode', 'utf-16le'],
  ]) assert_equals(new TextDecoder(label).encoding, name, label);
});

test('what is no label is a RangeError', () => {
  for (const label of ['', 'utf8 utf-8', 'utf-7', 'utf-32', 'x-sjis x-x-big5', 'sjis\u00a0', '\u000bsjis', '__proto__', 'constructor', 'gbk\0']) {
    assert_throws(RangeError, () => new TextDecoder(label), JSON.stringify(label));
    assert_throws(RangeError, () => new TextDecoderStream(label), JSON.stringify(label));
  }
});

test('encodings that attacks have been made with are no encodings', () => {
  for (const label of ['replacement', 'iso-2022-kr', 'hz-gb-2312', 'iso-2022-cn']) assert_throws(RangeError, () => new TextDecoder(label));
});
