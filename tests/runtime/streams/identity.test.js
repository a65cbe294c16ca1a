test('bytes pass, each chunk as it is, and a view can be filled with them', async () => {
  const { readable, writable } = new IdentityTransformStream();
  const writer = writable.getWriter();
  writer.write(new Uint8Array([1, 2, 3]));
  writer.write(new Uint16Array([4]));
  writer.close();
  const reader = readable.getReader({ mode: 'byob' });
  assert_equals((await reader.read(new Uint8Array(2))).value.toHex(), '0102');
  assert_equals((await reader.read(new Uint8Array(8), { min: 3 })).value.toHex(), '030400');
  assert_true((await reader.read(new Uint8Array(2))).done);
});

test('a write ends when its chunk is wanted, and the chunk is what it was when it was written', async () => {
  const { readable, writable } = new IdentityTransformStream();
  const writer = writable.getWriter();
  const chunk = new Uint8Array([1]);
  let written = false;
  const write = writer.write(chunk).then(() => { written = true; });
  await new Promise((resolve) => { setTimeout(resolve, 1); });
  assert_false(written);
  chunk[0] = 9;
  assert_equals((await readable.getReader().read()).value.toHex(), '01');
  await write;
});

test('what is no bytes is refused', async () => {
  const { writable } = new IdentityTransformStream();
  await assert_rejects(TypeError, writable.getWriter().write('text'));
});

test('abort and cancel reach the other side, though a write waits', async () => {
  const aborted = new IdentityTransformStream();
  const writer = aborted.writable.getWriter();
  writer.write(new Uint8Array(1)).catch(() => {});
  await writer.abort('stop');
  assert_equals(await aborted.readable.getReader().read().catch((reason) => reason), 'stop');
  const cancelled = new IdentityTransformStream();
  const other = cancelled.writable.getWriter();
  other.write(new Uint8Array(1)).catch(() => {});
  await cancelled.readable.cancel('enough');
  assert_equals(await other.closed.catch((reason) => reason), 'enough');
});

test('a fixed length is held exactly', async () => {
  const send = async (length, ...sizes) => {
    const { readable, writable } = new FixedLengthStream(length);
    const writer = writable.getWriter();
    for (const size of sizes) writer.write(new Uint8Array(size)).catch(() => {});
    writer.close().catch(() => {});
    return (await new Response(readable).bytes()).length;
  };
  assert_equals(await send(5, 2, 3), 5);
  assert_equals(await send(0), 0);
  assert_equals(await send(3n, 3), 3);
  await assert_rejects(TypeError, send(5, 2));
  await assert_rejects(TypeError, send(5, 6));
  for (const length of [undefined, -1, 'x', NaN]) assert_throws(TypeError, () => new FixedLengthStream(length));
});
