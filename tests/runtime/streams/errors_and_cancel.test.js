const failure = new Error('failed');
const caught = (promise) => promise.then(() => 'fulfilled', (reason) => reason);

test('cancel() of a transform reaches the transformer and the writable side', async () => {
  const heard = [];
  const { readable, writable } = new TransformStream({ cancel(reason) { heard.push(reason); }, flush() { heard.push('flush'); } });
  const writer = writable.getWriter();
  await readable.cancel('enough');
  assert_equals(await caught(writer.closed), 'enough');
  assert_deep_equals(heard, ['enough']);
});

test('abort() of a transform reaches the transformer and the readable side', async () => {
  const heard = [];
  const { readable, writable } = new TransformStream({ cancel(reason) { heard.push(reason); } });
  await writable.abort('stop');
  assert_equals(await caught(readable.getReader().read()), 'stop');
  assert_deep_equals(heard, ['stop']);
});

test('terminate() ends the readable side and fails the writable one', async () => {
  const { readable, writable } = new TransformStream({ transform(_, controller) { controller.enqueue('last'); controller.terminate(); } });
  const writer = writable.getWriter();
  writer.write('x').catch(() => {});
  assert_deep_equals(await Array.fromAsync(readable), ['last']);
  await assert_rejects(TypeError, writer.closed);
});

test('the signal of a sink aborts before the sink has ended what it does', async () => {
  let signal;
  const writable = new WritableStream({
    start(controller) { ({ signal } = controller); },
    write() { return new Promise((_, reject) => { signal.addEventListener('abort', () => reject(signal.reason)); }); },
  });
  const writer = writable.getWriter();
  const written = caught(writer.write(1));
  await null;
  writer.abort(failure).catch(() => {});
  assert_equals(await written, failure);
  assert_equals(signal.reason, failure);
});

test('a signal that is read after the abort is aborted with its reason', async () => {
  let controller;
  const writable = new WritableStream({ start(c) { controller = c; } });
  await writable.abort('why');
  assert_true(controller.signal.aborted);
  assert_equals(controller.signal.reason, 'why');
});

test('errors keep their identity through a chain', async () => {
  const source = new ReadableStream({ pull() { throw failure; } });
  const chain = source.pipeThrough(new TransformStream()).pipeThrough(new TransformStream());
  assert_equals(await caught(chain.getReader().read()), failure);
});

test('a closed promise that nobody has looked at does not count as unhandled', async () => {
  const reader = new ReadableStream({ start(controller) { controller.error(failure); } }).getReader();
  await new Promise((resolve) => { setTimeout(resolve, 1); });
  assert_equals(await caught(reader.closed), failure);
  assert_equals(reader.closed, reader.closed);
});

test('sizes and marks that make no sense are RangeErrors', async () => {
  for (const highWaterMark of [-1, NaN, 'x']) {
    assert_throws(RangeError, () => new ReadableStream({}, { highWaterMark }));
    assert_throws(RangeError, () => new WritableStream({}, { highWaterMark }));
    assert_throws(RangeError, () => new TransformStream({}, { highWaterMark }));
  }
  for (const size of [-1, NaN, Infinity]) {
    let thrown;
    const stream = new ReadableStream({ start(controller) { try { controller.enqueue(1); } catch (error) { thrown = error; } } }, { size: () => size, highWaterMark: 1 });
    assert_true(thrown instanceof RangeError);
    assert_equals(await caught(stream.getReader().closed), thrown);
  }
});

test('a member that is no function is refused at once', () => {
  assert_throws(TypeError, () => new ReadableStream({ pull: 1 }));
  assert_throws(TypeError, () => new WritableStream({ write: {} }));
  assert_throws(TypeError, () => new TransformStream({ transform: 'x' }));
  assert_throws(TypeError, () => new ReadableStream(null));
  assert_throws(RangeError, () => new WritableStream({ type: 'bytes' }));
});
