test('a transferred buffer is detached here and whole there', () => {
  const bytes = new Uint8Array([1, 2, 3]);
  const copy = structuredClone({ bytes }, { transfer: [bytes.buffer] });
  assert_equals(bytes.length, 0);
  assert_true(bytes.buffer.detached);
  assert_equals(copy.bytes.toHex(), '010203');
});

test('a transferred buffer keeps its identity and its place wherever it is', () => {
  const buffer = new ArrayBuffer(2);
  const view = new Uint8Array(buffer);
  const error = new Error('m', { cause: buffer });
  const copy = structuredClone({ a: buffer, list: [0, view, buffer], map: new Map([[buffer, view], ['k', 1]]), set: new Set([0, buffer]), error, z: 1 }, { transfer: [buffer] });
  assert_deep_equals(Object.keys(copy), ['a', 'list', 'map', 'set', 'error', 'z']);
  assert_true(copy.list[2] === copy.a && copy.error.cause === copy.a && copy.set.has(copy.a));
  assert_true(copy.list[1].buffer === copy.a && copy.map.get(copy.a) === copy.list[1]);
  assert_deep_equals([...copy.map.values()][1], 1);
  assert_true(structuredClone(copy.a, { transfer: [copy.a] }).byteLength === 2);
});

test('a failure while cloning detaches nothing', () => {
  const buffer = new ArrayBuffer(2);
  assert_throws('DataCloneError', () => structuredClone({ buffer, f() {} }, { transfer: [buffer] }));
  assert_false(buffer.detached);
  assert_throws('DataCloneError', () => structuredClone(1, { transfer: [buffer, buffer] }));
  assert_throws('DataCloneError', () => structuredClone(1, { transfer: [buffer, {}] }));
  assert_throws(TypeError, () => structuredClone(1, { transfer: [buffer, 1] }));
  assert_throws(TypeError, () => structuredClone(1, { transfer: 1 }));
  assert_throws(TypeError, () => structuredClone(1, 1));
  assert_throws(TypeError, () => structuredClone());
  assert_false(buffer.detached);
});

test('what is not transferable, or was transferred before', () => {
  const buffer = new ArrayBuffer(2);
  structuredClone(buffer, { transfer: [buffer] });
  for (const item of [buffer, new Blob(['x']), {}, [], new Uint8Array(1), () => {}, new Proxy({}, {})]) {
    assert_throws('DataCloneError', () => structuredClone(1, { transfer: [item] }));
  }
  const memory = new WebAssembly.Memory({ initial: 1 });
  assert_throws('DataCloneError', () => structuredClone(1, { transfer: [memory.buffer] }));
  assert_equals(memory.buffer.byteLength, 65536);
});

test('a getter that detaches a buffer which is to be transferred', () => {
  const buffer = new ArrayBuffer(2);
  assert_throws('DataCloneError', () => structuredClone({ get a() { buffer.transfer(); return 1; } }, { transfer: [buffer] }));
});

test('a large buffer moves: its memory is not copied', () => {
  const buffer = new ArrayBuffer(64 * 1024 * 1024);
  let moved = buffer;
  for (let i = 0; i < 50; i++) moved = structuredClone(moved, { transfer: [moved] });
  assert_equals(moved.byteLength, buffer.maxByteLength || 64 * 1024 * 1024);
});
