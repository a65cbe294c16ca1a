test('a transferred buffer is detached here and whole there', () => {
  const bytes = new Uint8Array([1, 2, 3]);
  const copy = structuredClone({ bytes }, { transfer: [bytes.buffer] });
  assert_equals(bytes.length, 0);
  assert_true(bytes.buffer.detached);
  assert_equals(copy.bytes.toHex(), '010203');
});

test('a failure detaches nothing', () => {
  const buffer = new ArrayBuffer(2);
  assert_throws('DataCloneError', () => structuredClone({ buffer, f() {} }, { transfer: [buffer] }));
  assert_false(buffer.detached);
  assert_throws('DataCloneError', () => structuredClone(1, { transfer: [buffer, buffer] }));
  assert_throws('DataCloneError', () => structuredClone(1, { transfer: [{}] }));
});

test('a resizable buffer stays one', () => {
  const copy = structuredClone(new ArrayBuffer(2, { maxByteLength: 8 }));
  assert_true(copy.resizable);
  assert_equals(copy.maxByteLength, 8);
});
