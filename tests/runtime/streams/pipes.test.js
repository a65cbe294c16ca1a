const pause = () => new Promise((resolve) => { setTimeout(resolve, 2); });

function collector(list = []) {
  return { list, stream: new WritableStream({ write(chunk) { list.push(chunk); } }) };
}

test('a pipe ends when everything is written, and closes the sink', async () => {
  let closed = false;
  const list = [];
  await ReadableStream.from(['a', 'b']).pipeTo(new WritableStream({ async write(chunk) { await pause(); list.push(chunk); }, close() { closed = true; } }));
  assert_equals(`${list} ${closed}`, 'a,b true');
});

test('an error of the source aborts the sink, one of the sink cancels the source', async () => {
  const failure = new Error('failed');
  let aborted;
  const bad = new ReadableStream({ pull() { throw failure; } });
  assert_equals(await bad.pipeTo(new WritableStream({ abort(reason) { aborted = reason; } })).catch((error) => error), failure);
  assert_equals(aborted, failure);
  let cancelled;
  const source = new ReadableStream({ pull(controller) { controller.enqueue(1); }, cancel(reason) { cancelled = reason; } });
  assert_equals(await source.pipeTo(new WritableStream({ write() { throw failure; } })).catch((error) => error), failure);
  assert_equals(cancelled, failure);
});

test('the prevent options leave the other side alone', async () => {
  const { list, stream } = collector();
  await ReadableStream.from([1]).pipeTo(stream, { preventClose: true });
  await ReadableStream.from([2]).pipeTo(stream);
  assert_deep_equals(list, [1, 2]);
});

test('a signal ends a pipe: what has been read is written, then both sides hear of it', async () => {
  const controller = new AbortController();
  const heard = [];
  const source = new ReadableStream({ pull(c) { c.enqueue('x'); return pause(); }, cancel(reason) { heard.push(['cancel', reason]); } });
  const sink = new WritableStream({ abort(reason) { heard.push(['abort', reason]); } });
  const piped = source.pipeTo(sink, { signal: controller.signal });
  await pause();
  controller.abort('stop');
  assert_equals(await piped.catch((reason) => reason), 'stop');
  assert_deep_equals(heard, [['abort', 'stop'], ['cancel', 'stop']]);
  assert_false(source.locked || sink.locked);
});

test('an aborted signal starts nothing', async () => {
  let pulled = 0;
  const source = new ReadableStream({ pull() { pulled += 1; } }, { highWaterMark: 0 });
  await assert_rejects('AbortError', source.pipeTo(new WritableStream(), { signal: AbortSignal.abort() }));
  assert_equals(pulled, 0);
});

test('arguments of the wrong kind are refused before anything is locked', async () => {
  const source = new ReadableStream();
  for (const [sink, options] of [[{}], [null], [new WritableStream(), { signal: {} }], [new WritableStream(), { signal: null }]]) {
    await assert_rejects(TypeError, source.pipeTo(sink, options));
  }
  assert_throws(TypeError, () => source.pipeThrough({ readable: new ReadableStream() }));
  assert_false(source.locked);
});

test('a sink is never called within enqueue()', async () => {
  let controller;
  const events = [];
  const piped = new ReadableStream({ start(c) { controller = c; } }).pipeTo(new WritableStream({ write() { events.push('write'); } }));
  await pause();
  controller.enqueue(1);
  events.push('enqueued');
  controller.close();
  await piped;
  assert_deep_equals(events, ['enqueued', 'write']);
});

test('ten thousand chunks go through a chain of transforms', async () => {
  let stream = ReadableStream.from(Array.from({ length: 10000 }, (_, i) => i));
  for (let i = 0; i < 3; i++) stream = stream.pipeThrough(new TransformStream({ transform(chunk, controller) { controller.enqueue(chunk + 1); } }));
  let sum = 0;
  await stream.pipeTo(new WritableStream({ write(chunk) { sum += chunk; } }));
  assert_equals(sum, 49995000 + 30000);
});
