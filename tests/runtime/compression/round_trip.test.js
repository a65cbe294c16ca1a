const FORMATS = ['gzip', 'deflate', 'deflate-raw', 'brotli'];

async function bytesOf(readable) {
  return new Uint8Array(await new Response(readable).arrayBuffer());
}

for (const format of FORMATS) {
  test(`${format}: what was compressed comes back, whatever the sizes of the chunks`, async () => {
    const text = 'the same words again and again, '.repeat(20000);
    const packed = await bytesOf(new Blob([text]).stream().pipeThrough(new CompressionStream(format)));
    assert_true(packed.length < text.length / 20, `${packed.length} bytes`);
    for (const size of [1000, packed.length]) {
      const chunks = [];
      for (let at = 0; at < packed.length; at += size) chunks.push(packed.slice(at, at + size));
      const unpacked = ReadableStream.from(chunks).pipeThrough(new DecompressionStream(format));
      assert_true((await new Response(unpacked).text()) === text);
    }
  });

  test(`${format}: nothing at all can be compressed, too`, async () => {
    const packed = await bytesOf(new Blob([]).stream().pipeThrough(new CompressionStream(format)));
    const unpacked = ReadableStream.from([packed]).pipeThrough(new DecompressionStream(format));
    assert_equals((await bytesOf(unpacked)).length, 0);
  });
}

test('gzip is what others read: magic bytes and CRC', async () => {
  const packed = await bytesOf(new Blob(['hello']).stream().pipeThrough(new CompressionStream('gzip')));
  assert_equals(packed.subarray(0, 3).toHex(), '1f8b08');
  assert_equals(packed.subarray(-8).toHex(), '86a6103605000000');
});

test('chunks are any view or buffer, output is Uint8Arrays', async () => {
  const stream = new CompressionStream('deflate');
  const writer = stream.writable.getWriter();
  writer.write(new Uint16Array([1, 2]));
  writer.write(new DataView(new ArrayBuffer(4), 1, 2));
  writer.write(new ArrayBuffer(3));
  writer.close();
  const chunks = await Array.fromAsync(stream.readable);
  assert_true(chunks.every((chunk) => chunk instanceof Uint8Array));
  const back = await bytesOf(ReadableStream.from(chunks).pipeThrough(new DecompressionStream('deflate')));
  assert_equals(back.toHex(), '010002000000000000');
});

test('many streams at once do not disturb each other', async () => {
  const texts = Array.from({ length: 40 }, (_, i) => `text ${i} `.repeat(i + 1));
  const streams = texts.map((text) => new Blob([text]).stream().pipeThrough(new CompressionStream('gzip')).pipeThrough(new DecompressionStream('gzip')));
  assert_deep_equals(await Promise.all(streams.map((stream) => new Response(stream).text())), texts);
});
