const listOf = (stream) => Array.fromAsync(stream);

test('a readable stream goes on at the other end; here it is locked', async () => {
  const chunks = [{ a: 1 }, 'text', new Uint8Array([1])];
  const stream = ReadableStream.from(chunks);
  const { moved } = structuredClone({ moved: stream }, { transfer: [stream] });
  assert_true(stream.locked);
  assert_true(moved instanceof ReadableStream && moved !== stream);
  const got = await listOf(moved);
  assert_deep_equals(got, chunks);
  assert_true(got[0] !== chunks[0]);
});

test('a writable stream writes, closes and aborts what it was', async () => {
  const events = [];
  const sink = (name) => new WritableStream({
    write(chunk) { events.push(`${name} ${JSON.stringify(chunk)}`); },
    close() { events.push(`${name} closed`); },
    abort(reason) { events.push(`${name} aborted: ${reason}`); },
  });
  const first = sink('first');
  await ReadableStream.from([{ x: 1 }, 2]).pipeTo(structuredClone(first, { transfer: [first] }));
  const second = sink('second');
  await structuredClone(second, { transfer: [second] }).abort('why');
  assert_deep_equals(events, ['first {"x":1}', 'first 2', 'first closed', 'second aborted: why']);
});

test('a transform stream goes as a whole, through a port', async () => {
  const doubling = new TransformStream({ transform(chunk, controller) { controller.enqueue(chunk * 2); } });
  const { port1, port2 } = new MessageChannel();
  const received = new Promise((resolve) => { port2.onmessage = ({ data }) => resolve(data); });
  port1.postMessage(doubling, [doubling]);
  const moved = await received;
  assert_true(moved instanceof TransformStream);
  assert_deep_equals(await listOf(ReadableStream.from([1, 2]).pipeThrough(moved)), [2, 4]);
  port1.close();
});

test('what is locked cannot go, nor what is not in the list', () => {
  const locked = new ReadableStream();
  locked.getReader();
  const half = new TransformStream();
  half.writable.getWriter();
  for (const stream of [locked, half, half.writable]) assert_throws('DataCloneError', () => structuredClone(stream, { transfer: [stream] }));
  for (const stream of [new ReadableStream(), new WritableStream(), new TransformStream()]) {
    assert_throws('DataCloneError', () => structuredClone(stream));
    structuredClone(null, { transfer: [stream] });
    assert_throws('DataCloneError', () => structuredClone(null, { transfer: [stream] }));
  }
});

test('errors go both ways', async () => {
  const caught = (promise) => promise.catch((error) => error);
  const failing = new ReadableStream({ pull() { throw new RangeError('no more'); } });
  const error = await caught(structuredClone(failing, { transfer: [failing] }).getReader().read());
  assert_equals(`${error.name}: ${error.message}`, 'RangeError: no more');

  let cancelled;
  const endless = new ReadableStream({ cancel(reason) { cancelled = reason; } });
  await structuredClone(endless, { transfer: [endless] }).cancel({ why: 1 });
  assert_deep_equals(cancelled, { why: 1 });

  const bad = new WritableStream({ write() { throw new TypeError('full'); } });
  const writer = structuredClone(bad, { transfer: [bad] }).getWriter();
  await assert_rejects(TypeError, writer.write(1));
  await assert_rejects(TypeError, writer.closed);
});

test('a chunk that cannot be cloned ends both streams', async () => {
  let cancelled;
  const source = new ReadableStream({ pull(controller) { controller.enqueue(() => {}); }, cancel(reason) { cancelled = reason; } });
  await assert_rejects('DataCloneError', structuredClone(source, { transfer: [source] }).getReader().read());
  assert_equals(cancelled.name, 'DataCloneError');
  let aborted;
  const sink = new WritableStream({ abort(reason) { aborted = reason; } });
  await assert_rejects('DataCloneError', structuredClone(sink, { transfer: [sink] }).getWriter().write(Symbol()));
  assert_equals(aborted.name, 'DataCloneError');
});

test('nothing is read ahead of the other end', async () => {
  let pulled = 0;
  const source = new ReadableStream({ pull(controller) { controller.enqueue(pulled++); } }, { highWaterMark: 0 });
  const reader = structuredClone(source, { transfer: [source] }).getReader();
  await new Promise((resolve) => { setTimeout(resolve, 1); });
  assert_equals(pulled, 0);
  assert_equals((await reader.read()).value, 0);
  assert_equals(pulled, 1);
});
