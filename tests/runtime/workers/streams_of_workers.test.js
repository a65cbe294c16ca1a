const bytes = (text) => new TextEncoder().encode(text);

async function through(stream, ...chunks) {
  const writer = stream.writable.getWriter();
  const written = (async () => {
    for (const chunk of chunks) await writer.write(chunk);
    await writer.close();
  })();
  const [text] = await Promise.all([new Response(stream.readable).text(), written]);
  return text;
}

test('an IdentityTransformStream gives the bytes that it gets, as copies', async () => {
  assert_equals(await through(new IdentityTransformStream(), bytes('a'), bytes('bc').buffer, new DataView(bytes('d').buffer)), 'abcd');
  const stream = new IdentityTransformStream();
  const chunk = bytes('x');
  const reader = stream.readable.getReader();
  const [{ value }] = await Promise.all([reader.read(), stream.writable.getWriter().write(chunk)]);
  chunk[0] = 0;
  assert_equals(value[0], 120);
});

test('both are TransformStreams, and take nothing but bytes', async () => {
  for (const stream of [new IdentityTransformStream(), new FixedLengthStream(1)]) {
    assert_true(stream instanceof TransformStream);
    for (const chunk of ['text']) await assert_rejects(TypeError, through(stream, chunk));
  }
});

test('a FixedLengthStream insists on its length', async () => {
  assert_equals(await through(new FixedLengthStream(3), bytes('a'), bytes('bc')), 'abc');
  assert_equals(await through(new FixedLengthStream(0n)), '');
  await assert_rejects(TypeError, through(new FixedLengthStream(2), bytes('abc')));
  await assert_rejects(TypeError, through(new FixedLengthStream(4), bytes('abc')));
});

test('a length is a whole number that there can be', () => {
  for (const length of [undefined, NaN, -1, Infinity, 2 ** 53, 'x', -1n, {}]) assert_throws(TypeError, () => new FixedLengthStream(length));
  assert_throws(TypeError, () => new FixedLengthStream());
  assert_throws(TypeError, () => new FixedLengthStream(Symbol('1')));
  assert_true(new FixedLengthStream('12') instanceof FixedLengthStream);
});

test('replaced methods of streams change nothing', async () => {
  const saved = TransformStream.prototype.constructor;
  const enqueue = TransformStreamDefaultController.prototype.enqueue;
  try {
    Object.defineProperty(Object.prototype, 'transform', { configurable: true, get() { throw new Error('looked up'); } });
    assert_equals(await through(new IdentityTransformStream(), bytes('same')), 'same');
  } finally {
    delete Object.prototype.transform;
    TransformStreamDefaultController.prototype.enqueue = enqueue;
    TransformStream.prototype.constructor = saved;
  }
});

test('scheduler.wait waits, and stops waiting', async () => {
  const began = Date.now();
  assert_equals(await scheduler.wait(4), undefined);
  assert_true(Date.now() - began >= 4);
  const reason = new Error('enough');
  assert_equals(await scheduler.wait(10_000, { signal: AbortSignal.abort(reason) }).catch((error) => error), reason);
  const controller = new AbortController();
  const waiting = scheduler.wait(10_000, { signal: controller.signal });
  controller.abort(reason);
  assert_equals(await waiting.catch((error) => error), reason);
  await assert_rejects(TypeError, scheduler.wait(1, { signal: {} }));
  assert_true(Object.isFrozen(scheduler));
});

test('timingSafeEqual compares bytes of one length', () => {
  const { subtle } = crypto;
  assert_true(subtle.timingSafeEqual(bytes('abc'), bytes('abc').buffer));
  assert_false(subtle.timingSafeEqual(bytes('abc'), bytes('abd')));
  assert_true(subtle.timingSafeEqual(new Uint8Array(0), new ArrayBuffer(0)));
  assert_true(subtle.timingSafeEqual(new Uint8Array([1, 2, 3, 4]).subarray(1, 3), new DataView(new Uint8Array([2, 3]).buffer)));
  assert_true(subtle.timingSafeEqual(new Float32Array([1]), new Uint8Array(new Float32Array([1]).buffer)));
  for (const pair of [[bytes('a'), bytes('ab')], ['a', 'a'], [null, null], [bytes('a')], []]) assert_throws(TypeError, () => subtle.timingSafeEqual(...pair));
});
