test('an async iterable becomes a stream and back', async () => {
  const seen = [];
  for await (const chunk of ReadableStream.from((async function* () { yield 1; yield 2; })())) seen.push(chunk);
  assert_equals(seen.join(), '1,2');
});

test('leaving the loop cancels the stream', async () => {
  let cancelled = false;
  const stream = new ReadableStream({ pull(controller) { controller.enqueue(1); }, cancel() { cancelled = true; } });
  for await (const chunk of stream) if (chunk) break;
  assert_true(cancelled);
});

test('a pipe carries back-pressure: the source is not read ahead of the sink', async () => {
  let pulled = 0;
  let release;
  const source = new ReadableStream({ pull(controller) { pulled += 1; controller.enqueue(pulled); } }, { highWaterMark: 0 });
  const sink = new WritableStream({ write() { return new Promise((resolve) => { release = resolve; }); } }, { highWaterMark: 1 });
  const controller = new AbortController();
  const piped = source.pipeTo(sink, { signal: controller.signal });
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert_true(pulled <= 2, `${pulled} chunks pulled`);
  controller.abort();
  release();
  await assert_rejects('AbortError', piped);
});

test('tee gives both branches everything', async () => {
  const [a, b] = ReadableStream.from(['x', 'y']).tee();
  assert_equals((await Array.fromAsync(a)).join() + (await Array.fromAsync(b)).join(), 'x,yx,y');
});

test('a transform changes chunks and may flush', async () => {
  const doubled = ReadableStream.from([1, 2]).pipeThrough(new TransformStream({
    transform(chunk, controller) { controller.enqueue(chunk * 2); },
    flush(controller) { controller.enqueue('end'); },
  }));
  assert_equals((await Array.fromAsync(doubled)).join(), '2,4,end');
});

test('a byte stream fills the buffer of a BYOB reader', async () => {
  const stream = new ReadableStream({ type: 'bytes', pull(controller) { controller.byobRequest.view[0] = 7; controller.byobRequest.respond(1); } });
  const { value } = await stream.getReader({ mode: 'byob' }).read(new Uint8Array(4));
  assert_equals(value.toHex(), '07');
});
