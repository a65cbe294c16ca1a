const MIB = 1 << 20;
const pause = () => new Promise((resolve) => { setTimeout(resolve, 2); });

async function bomb() {
  const zeros = new ReadableStream({
    start() { this.left = 16; },
    pull(controller) {
      if (this.left-- > 0) controller.enqueue(new Uint8Array(MIB));
      else controller.close();
    },
  });
  return new Uint8Array(await new Response(zeros.pipeThrough(new CompressionStream('gzip'))).arrayBuffer());
}

test('a bomb unfolds no further than somebody reads', async () => {
  const stream = new DecompressionStream('gzip');
  const writer = stream.writable.getWriter();
  const reader = stream.readable.getReader();
  const packed = await bomb();
  assert_true(packed.length < 32768, `${packed.length} bytes`);
  let written = false;
  writer.write(packed).then(() => { written = true; });
  const { value } = await reader.read();
  assert_true(value.length <= 65536, `${value.length} bytes at once`);
  await pause();
  assert_false(written);
  let size = value.length;
  writer.close();
  for (let step = await reader.read(); !step.done; step = await reader.read()) size += step.value.length;
  assert_equals(size, 16 * MIB);
  assert_true(written);
});

test('cancelling the reader ends a chunk that is being unfolded', async () => {
  const stream = new DecompressionStream('gzip');
  const writer = stream.writable.getWriter();
  const reader = stream.readable.getReader();
  const written = writer.write(await bomb());
  await reader.read();
  await reader.cancel('enough');
  await written;
  assert_equals(await writer.closed.catch((reason) => reason), 'enough');
});

test('aborting the writer ends it, too, though nobody reads', async () => {
  const stream = new DecompressionStream('gzip');
  const writer = stream.writable.getWriter();
  const reader = stream.readable.getReader();
  writer.write(await bomb()).catch(() => {});
  await reader.read();
  await writer.abort('no more');
  assert_equals(await reader.closed.catch((reason) => reason), 'no more');
});

test('a chunk is what it was when it was written', async () => {
  const stream = new CompressionStream('deflate-raw');
  const writer = stream.writable.getWriter();
  const noise = new Uint8Array(300000);
  for (let i = 0; i < noise.length; i++) noise[i] = (i * 2654435761) >>> 13;
  const before = noise.slice();
  const reader = stream.readable.getReader();
  const first = reader.read();
  writer.write(noise);
  writer.close();
  const chunks = [(await first).value];
  noise.fill(0);
  for (let step = await reader.read(); !step.done; step = await reader.read()) chunks.push(step.value);
  const back = new Uint8Array(await new Response(ReadableStream.from(chunks).pipeThrough(new DecompressionStream('deflate-raw'))).arrayBuffer());
  assert_true(back.length === before.length && back.every((byte, i) => byte === before[i]));
});
