const HELLO = {
  gzip: '1f8b0800000000000003cb48cdc9c9070086a6103605000000',
  deflate: '789ccb48cdc9c90700062c0215',
  'deflate-raw': 'cb48cdc9c90700',
  brotli: '0b028068656c6c6f03',
};

function decompressed(format, bytes) {
  return new Response(ReadableStream.from([bytes]).pipeThrough(new DecompressionStream(format))).text();
}

for (const [format, hex] of Object.entries(HELLO)) {
  const whole = Uint8Array.fromHex(hex);

  test(`${format}: whole data is read`, async () => assert_equals(await decompressed(format, whole), 'hello'));

  test(`${format}: data that ends too early is a TypeError, wherever it ends`, async () => {
    for (let end = 0; end < whole.length; end++) await assert_rejects(TypeError, decompressed(format, whole.slice(0, end)), `${end} bytes`);
  });

  test(`${format}: data after the end is a TypeError, after all that came before it`, async () => {
    const stream = new DecompressionStream(format);
    const writer = stream.writable.getWriter();
    const reader = stream.readable.getReader();
    const written = writer.write(new Uint8Array([...whole, 0]));
    assert_equals(new TextDecoder().decode((await reader.read()).value), 'hello');
    await assert_rejects(TypeError, reader.read());
    await assert_rejects(TypeError, written);
    await assert_rejects(TypeError, writer.closed);
  });

  test(`${format}: noise is a TypeError`, () => assert_rejects(TypeError, decompressed(format, new Uint8Array(100).fill(0xff))));
}

test('a checksum that does not fit is a TypeError', async () => {
  const bytes = Uint8Array.fromHex(HELLO.gzip);
  bytes[bytes.length - 8] ^= 1;
  await assert_rejects(TypeError, decompressed('gzip', bytes));
});

test('formats are those of the standard', () => {
  for (const Class of [CompressionStream, DecompressionStream]) {
    for (const format of ['GZIP', 'zip', '', undefined, null]) assert_throws(TypeError, () => new Class(format));
    assert_throws(TypeError, () => new Class());
  }
});

test('a chunk that is no bytes errors both sides', async () => {
  for (const chunk of ['text', 1, null, undefined, {}, [1], new Uint8Array(new SharedArrayBuffer(1))]) {
    const stream = new CompressionStream('gzip');
    const writer = stream.writable.getWriter();
    const failed = [assert_rejects(TypeError, stream.readable.getReader().read()), assert_rejects(TypeError, writer.write(chunk))];
    await Promise.all(failed);
  }
});
