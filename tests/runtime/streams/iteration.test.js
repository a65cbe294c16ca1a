test('return() with preventCancel leaves the stream open', async () => {
  const stream = new ReadableStream({ pull(controller) { controller.enqueue(1); } });
  for await (const chunk of stream.values({ preventCancel: true })) if (chunk) break;
  assert_false(stream.locked);
  assert_equals((await stream.getReader().read()).value, 1);
});

test('calls of next() that are not awaited take their turns', async () => {
  const iterator = ReadableStream.from(['a', 'b'])[Symbol.asyncIterator]();
  const steps = await Promise.all([iterator.next(), iterator.next(), iterator.next(), iterator.next()]);
  assert_deep_equals(steps.map(({ value, done }) => `${value} ${done}`), ['a false', 'b false', 'undefined true', 'undefined true']);
});

test('from() takes iterables, asynchronous ones, promises inside, and text', async () => {
  const listOf = async (iterable) => (await Array.fromAsync(ReadableStream.from(iterable))).join();
  assert_equals(await listOf([Promise.resolve(1), 2]), '1,2');
  assert_equals(await listOf(new Set([1, 2])), '1,2');
  assert_equals(await listOf('ab'), 'a,b');
  assert_equals(await listOf(ReadableStream.from([3])), '3');
  for (const value of [undefined, null, 1, {}, { [Symbol.iterator]: 1 }]) assert_throws(TypeError, () => ReadableStream.from(value));
});

test('cancelling a stream of from() ends the generator', async () => {
  const events = [];
  async function* numbers() {
    try {
      for (let i = 0; ; i++) yield i;
    } finally {
      events.push('ended');
    }
  }
  const reader = ReadableStream.from(numbers()).getReader();
  await reader.read();
  await reader.cancel();
  assert_deep_equals(events, ['ended']);
});

test('an iterator that misbehaves errors the stream', async () => {
  const streamOf = (next) => ReadableStream.from({ [Symbol.asyncIterator]: () => ({ next }) }).getReader().read();
  await assert_rejects(TypeError, streamOf(() => 1));
  await assert_rejects(RangeError, streamOf(() => { throw new RangeError(); }));
  await assert_rejects(TypeError, streamOf(() => Promise.reject(new TypeError())));
  await assert_rejects(TypeError, streamOf(undefined));
});

test('the iterator is that of Web IDL', () => {
  const iterator = new ReadableStream().values();
  const prototype = Object.getPrototypeOf(iterator);
  assert_equals(prototype[Symbol.toStringTag], 'ReadableStream AsyncIterator');
  assert_deep_equals(Object.keys(prototype), ['next', 'return']);
  assert_false(Object.hasOwn(prototype, 'constructor'));
  assert_true(ReadableStream.prototype.values === ReadableStream.prototype[Symbol.asyncIterator]);
});
