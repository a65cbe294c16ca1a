const MIB = 1024 * 1024;

test('slices and blobs of blobs share bytes: a gigabyte of views on ten megabytes', async () => {
  const base = new Blob([new Uint8Array(10 * MIB).fill(7)]);
  const many = new Blob(Array.from({ length: 100 }, (_, i) => base.slice(i)));
  assert_equals(many.size, 100 * 10 * MIB - 4950);
  const again = new Blob([many, many]).slice(-5 * MIB, -5 * MIB + 3);
  assert_equals((await again.bytes()).toHex(), '070707');
});

test('pieces of all sizes come out in order', async () => {
  const parts = [];
  let text = '';
  for (let i = 0; i < 300; i++) {
    const piece = String.fromCharCode(65 + (i % 26)).repeat((i * 37) % 9000);
    text += piece;
    parts.push(i % 3 === 0 ? piece : i % 3 === 1 ? new TextEncoder().encode(piece) : new Blob([piece]));
  }
  const blob = new Blob(parts);
  assert_equals(await blob.text(), text);
  assert_equals(await new Response(blob.stream()).text(), text);
  for (const [from, to] of [[0, 1], [4095, 4097], [100000, 200001], [-1, undefined], [12345, 12345]]) assert_equals(await blob.slice(from, to).text(), text.slice(from, to));
});

test('many short strings are one piece', async () => {
  const blob = new Blob(Array.from({ length: 50000 }, (_, i) => `${i},`));
  assert_equals((await blob.text()).length, blob.size);
});

test('a stream is read as it is asked for, by any reader', async () => {
  const blob = new Blob([new Uint8Array(200000).fill(1), 'end']);
  const reader = blob.stream().getReader({ mode: 'byob' });
  const { value } = await reader.read(new Uint8Array(10));
  assert_equals(value.length, 10);
  await reader.cancel();
  const chunks = [];
  for await (const chunk of blob.stream()) chunks.push(chunk.length);
  assert_equals(chunks.reduce((a, b) => a + b), 200003);
  assert_true(Math.max(...chunks) <= 65536);
});

test('arguments are converted in the order of Web IDL', () => {
  const order = [];
  const options = Object.defineProperties({}, Object.fromEntries(['type', 'lastModified', 'endings'].map((name) => [name, { get() { order.push(name); } }])));
  new File({ *[Symbol.iterator]() { order.push('parts'); } }, { toString() { order.push('name'); return 'n'; } }, options);
  assert_deep_equals(order, ['parts', 'name', 'endings', 'type', 'lastModified']);
  assert_throws(TypeError, () => new Blob([], { endings: 'x' }));
  assert_throws(TypeError, () => new File([], Symbol('s')));
});

test('a buffer that is detached on the way has no bytes', () => {
  const buffer = new ArrayBuffer(8);
  const blob = new Blob([new Uint8Array(buffer), buffer, 'x'], { get type() { buffer.transfer(); return ''; } });
  assert_equals(blob.size, 1);
});

test('line endings', async () => {
  const text = 'a\rb\r\nc\n\r\r\n\r';
  assert_equals(await new Blob([text], { endings: 'native' }).text(), 'a\nb\nc\n\n\n\n');
  assert_equals(await new Blob([text, '\n'], { endings: 'transparent' }).text(), `${text}\n`);
  assert_equals(await new Blob(['\r', '\n'], { endings: 'native' }).text(), '\n\n');
});

test('a clone shares bytes, and is whole', async () => {
  const file = new File(['x'.repeat(100000)], 'n', { type: 'a/b', lastModified: 5 });
  const copy = structuredClone({ file }).file;
  assert_equals(`${copy.name} ${copy.type} ${copy.lastModified} ${copy.size}`, 'n a/b 5 100000');
  assert_true(copy instanceof File);
});
