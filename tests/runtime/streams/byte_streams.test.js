function bytesSource(...chunks) {
  return new ReadableStream({
    type: 'bytes',
    pull(controller) {
      if (chunks.length > 0) controller.enqueue(new Uint8Array(chunks.shift()));
      else {
        controller.close();
        controller.byobRequest?.respond(0);
      }
    },
  });
}

test('a view is filled over several chunks when the reader asks for a minimum', async () => {
  const reader = bytesSource([1, 2], [3], [4, 5, 6]).getReader({ mode: 'byob' });
  const { value } = await reader.read(new Uint8Array(8), { min: 5 });
  assert_equals(value.toHex(), '010203040506');
});

test('elements are never cut: what is left over comes with the next read', async () => {
  const reader = bytesSource([1, 2, 3], [4, 5]).getReader({ mode: 'byob' });
  assert_equals((await reader.read(new Uint16Array(4))).value.length, 1);
  assert_equals((await reader.read(new Uint16Array(4))).value.length, 1);
  await assert_rejects(TypeError, reader.read(new Uint16Array(4)), 'one byte is left over');
});

test('the buffer of a read is taken away, and comes back with the view', async () => {
  const reader = bytesSource([7]).getReader({ mode: 'byob' });
  const view = new Uint8Array(4);
  const { buffer } = view;
  const read = reader.read(view);
  assert_true(buffer.detached);
  assert_equals((await read).value.buffer.byteLength, 4);
});

test('the buffer of an enqueued chunk is taken away', async () => {
  const chunk = new Uint8Array([1, 2]);
  const stream = new ReadableStream({ type: 'bytes', start(controller) { controller.enqueue(chunk); } });
  assert_true(chunk.buffer.detached);
  assert_equals((await stream.getReader().read()).value.toHex(), '0102');
});

test('views that no stream can fill are refused', async () => {
  const reader = bytesSource([1]).getReader({ mode: 'byob' });
  const refused = [undefined, {}, new ArrayBuffer(1), new Uint8Array(0), new Uint8Array(new SharedArrayBuffer(1)), new Uint8Array(new ArrayBuffer(1, { maxByteLength: 2 })),
    new Uint8Array(new WebAssembly.Memory({ initial: 1 }).buffer)];
  for (const view of refused) await assert_rejects(TypeError, reader.read(view));
  await assert_rejects(RangeError, reader.read(new Uint8Array(1), { min: 2 }));
  await assert_rejects(TypeError, reader.read(new Uint8Array(1), { min: 0 }));
});

test('a source may answer with another view on the same bytes only', async () => {
  let request;
  const reader = new ReadableStream({ type: 'bytes', pull(controller) { request = controller.byobRequest; } }).getReader({ mode: 'byob' });
  const read = reader.read(new Uint8Array(8));
  await null;
  assert_throws(RangeError, () => request.respond(9));
  assert_throws(RangeError, () => request.respondWithNewView(new Uint8Array(2)));
  request.respondWithNewView(new Uint8Array(request.view.buffer, 0, 3).fill(5));
  assert_equals((await read).value.toHex(), '050505');
  assert_throws(TypeError, () => request.respond(1));
});

test('both branches of a tee get all bytes, each in a buffer of its own', async () => {
  const [one, two] = bytesSource([1, 2], [3]).tee();
  const view = await one.getReader({ mode: 'byob' }).read(new Uint8Array(2));
  view.value.fill(9);
  assert_equals((await new Response(two).bytes()).toHex(), '010203');
});

test('a default reader can use chunks that the stream allocates', async () => {
  const stream = new ReadableStream({
    type: 'bytes',
    autoAllocateChunkSize: 16,
    pull({ byobRequest }) {
      byobRequest.view[0] = 3;
      byobRequest.respond(1);
    },
  });
  const { value } = await stream.getReader().read();
  assert_equals(`${value.toHex()} ${value.buffer.byteLength}`, '03 16');
});

test('a released reader keeps no bytes from the next one', async () => {
  let request;
  const stream = new ReadableStream({ type: 'bytes', pull(controller) { request = controller.byobRequest; } });
  const reader = stream.getReader({ mode: 'byob' });
  const lost = reader.read(new Uint8Array(4));
  await null;
  reader.releaseLock();
  await assert_rejects(TypeError, lost);
  request.view[0] = 8;
  request.respond(1);
  assert_equals((await stream.getReader().read()).value.toHex(), '08');
});
