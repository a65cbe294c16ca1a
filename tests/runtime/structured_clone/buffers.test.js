test('views share the copy of their buffer, and keep their places', () => {
  const buffer = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]).buffer;
  const copy = structuredClone({ buffer, bytes: new Uint8Array(buffer, 2, 3), words: new Uint16Array(buffer, 4), data: new DataView(buffer, 1, 2) });
  assert_true(copy.bytes.buffer === copy.buffer && copy.words.buffer === copy.buffer && copy.data.buffer === copy.buffer);
  assert_equals(`${copy.bytes.byteOffset} ${copy.bytes.length} ${copy.words.length} ${copy.data.byteOffset} ${copy.data.byteLength}`, '2 3 2 1 2');
  assert_equals(copy.bytes.toHex(), '030405');
});

test('every kind of typed array', () => {
  for (const name of ['BigInt64Array', 'BigUint64Array', 'Float16Array', 'Float32Array', 'Float64Array', 'Int8Array', 'Int16Array', 'Int32Array', 'Uint8Array', 'Uint8ClampedArray', 'Uint16Array', 'Uint32Array']) {
    const view = new globalThis[name](new ArrayBuffer(16));
    const copy = structuredClone(view);
    assert_equals(copy.constructor.name, name);
    assert_equals(copy.byteLength, 16);
  }
});

function follows(view) {
  const before = view.byteLength;
  view.buffer.resize(view.buffer.byteLength + 8);
  return view.byteLength > before;
}

test('a view that tracks the length of its buffer still does so as a copy, one with a length does not', () => {
  for (const [size, max] of [[16, 32], [16, 20], [8, 24], [0, 16]]) {
    for (const Class of [Uint8Array, Uint32Array, BigInt64Array, DataView]) {
      const buffer = new ArrayBuffer(size, { maxByteLength: max });
      const step = Class.BYTES_PER_ELEMENT ?? 1;
      const copy = structuredClone({ tracking: new Class(buffer), fixed: new Class(buffer, 0, size / step) });
      const grown = (size === 16 && max === 20 && step > 4) ? null : copy;
      assert_equals(buffer.byteLength, size);
      if (grown === null) continue;
      copy.tracking.buffer.resize(Math.min(max, size + 8));
      assert_equals(copy.fixed.byteLength, size, `${Class.name} ${size} fixed`);
      if (Math.min(max, size + 8) - size >= step) assert_true(copy.tracking.byteLength > size, `${Class.name} ${size} tracking`);
    }
  }
});

test('a full resizable buffer keeps its bytes while its views are looked at', () => {
  const buffer = new ArrayBuffer(4, { maxByteLength: 4 });
  new Uint8Array(buffer).set([1, 2, 3, 4]);
  const copy = structuredClone([new Uint8Array(buffer), new Uint8Array(buffer, 0, 4)]);
  assert_equals(new Uint8Array(buffer).toHex(), '01020304');
  assert_equals(copy[0].toHex(), '01020304');
  copy[0].buffer.resize(2);
  assert_equals(copy[0].length, 2);
  assert_equals(copy[1].length, 0);
});

test('a resizable buffer is one as a copy, and when it was transferred', () => {
  const buffer = new ArrayBuffer(4, { maxByteLength: 12 });
  assert_equals(structuredClone(buffer).maxByteLength, 12);
  const moved = structuredClone({ view: new Uint8Array(buffer) }, { transfer: [buffer] }).view;
  assert_true(buffer.detached);
  assert_true(follows(moved));
});
