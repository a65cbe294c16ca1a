const { Readable, Writable, Duplex, Transform, PassThrough, pipeline, finished, Stream } = require('node:stream');
const promises = require('stream/promises');
const { text, json, buffer, arrayBuffer, blob } = require('stream/consumers');

const collect = () => {
  const chunks = [];
  const writable = new Writable({ write(chunk, encoding, callback) { chunks.push(chunk.toString()); callback(); } });
  return { chunks, writable };
};

test('the module is the class Stream, with the others on it', () => {
  assert_equals(require('stream'), Stream);
  assert_equals(Stream.promises, promises);
  assert_true(new PassThrough() instanceof Transform && new Transform() instanceof Duplex && new Duplex() instanceof Readable);
  assert_true(new Duplex() instanceof Writable && new Readable() instanceof EventEmitter);
});

test('pipes carry what is written, in order, and hold back a fast source', async () => {
  const source = Readable.from(['a', 'b', 'c']);
  const upper = new Transform({ transform(chunk, encoding, callback) { callback(null, chunk.toString().toUpperCase()); } });
  const { chunks, writable } = collect();
  await promises.pipeline(source, upper, writable);
  assert_deep_equals(chunks, ['A', 'B', 'C']);
  const slow = new Writable({ highWaterMark: 2, write() {} });
  assert_equals(slow.write('abc'), false);
});

test('an error anywhere in a pipeline destroys all of it', async () => {
  const source = new Readable({ read() {} });
  const { writable } = collect();
  const failed = assert_rejects('BOOM', promises.pipeline(source, writable));
  source.destroy(Object.assign(new Error('boom'), { name: 'BOOM' }));
  await failed;
  assert_true(writable.destroyed);
});

test('an abort signal ends a pipeline', async () => {
  const controller = new AbortController();
  const running = assert_rejects('AbortError', promises.pipeline(new Readable({ read() {} }), new PassThrough(), { signal: controller.signal }));
  controller.abort();
  await running;
});

test('streams are iterable and have the operators of iterators', async () => {
  const seen = [];
  for await (const chunk of Readable.from([1, 2, 3])) seen.push(chunk);
  assert_deep_equals(seen, [1, 2, 3]);
  assert_deep_equals(await Readable.from([1, 2, 3, 4]).filter((n) => n % 2 === 0).map((n) => n * 10).toArray(), [20, 40]);
});

test('finished tells of the end and of a premature one', async () => {
  const stream = new PassThrough();
  const ended = new Promise((resolve) => finished(stream, resolve));
  stream.destroy();
  assert_equals((await ended).code, 'ERR_STREAM_PREMATURE_CLOSE');
  let error = 'none';
  pipeline(Readable.from(['x']), collect().writable, (failure) => { error = failure; });
  await new Promise((resolve) => setTimeout(resolve, 1));
  assert_equals(error, undefined);
});

test('consumers take streams of Node and of the web', async () => {
  assert_equals(await text(Readable.from(['a', Buffer.from('é').subarray(0, 1), Buffer.from('é').subarray(1)])), 'aé');
  assert_deep_equals(await json(new Response('{"a":1}').body), { a: 1 });
  assert_deep_equals([...(await buffer(Readable.from([Buffer.from([1]), Buffer.from([2])])))], [1, 2]);
  assert_equals((await arrayBuffer(new Response('abc').body)).byteLength, 3);
  assert_equals(await (await blob(Readable.from(['x']))).text(), 'x');
});

test('a Readable becomes a web stream, with back-pressure and cancelling', async () => {
  let made = 0;
  const source = new Readable({ highWaterMark: 4, read() { this.push(Buffer.from(`${made++}`)); } });
  const reader = Readable.toWeb(source).getReader();
  const { value } = await reader.read();
  assert_true(value instanceof Uint8Array && value.constructor === Uint8Array);
  assert_equals(String.fromCharCode(...value), '0');
  assert_true(made < 20, `made ${made}`);
  await reader.cancel();
  assert_true(source.destroyed);
  assert_equals(await new Response(Readable.toWeb(Readable.from([Buffer.from('ab'), Buffer.from('c')]))).text(), 'abc');
});

test('an error crosses to the web stream, and back', async () => {
  const source = new Readable({ read() {} });
  const web = Readable.toWeb(source);
  const failed = assert_rejects('RangeError', web.getReader().read());
  source.destroy(new RangeError('broken'));
  await failed;
  const back = Readable.fromWeb(new ReadableStream({ start(controller) { controller.error(new RangeError('other')); } }));
  assert_equals((await new Promise((resolve) => back.on('error', resolve))).message, 'other');
});

test('writable sides cross both ways', async () => {
  const { chunks, writable } = collect();
  const web = Writable.toWeb(writable);
  const writer = web.getWriter();
  await writer.write('one');
  await writer.close();
  assert_deep_equals([chunks, writable.writableFinished], [['one'], true]);
  const got = [];
  const node = Writable.fromWeb(new WritableStream({ write(chunk) { got.push(Buffer.from(chunk).toString()); } }));
  await new Promise((resolve) => node.end('two', resolve));
  assert_deep_equals(got, ['two']);
});

test('a pair of web streams is a Duplex', async () => {
  const duplex = Duplex.fromWeb(new TransformStream());
  duplex.end('through');
  assert_equals(await text(duplex), 'through');
});

test('finished hears of the end of a stream of the web', async () => {
  const { finished } = require('stream');
  const heard = (stream) => new Promise((resolve) => finished(stream, (error) => resolve(error?.message ?? 'ended')));
  let controller;
  const stream = new ReadableStream({ start(its) { controller = its; } });
  const ended = heard(stream);
  controller.enqueue('a');
  controller.close();
  const reader = stream.getReader();
  await reader.read();
  await reader.read();
  assert_equals(await ended, 'ended');
  assert_equals(await heard(new ReadableStream({ start(its) { its.error(new Error('broken')); } })), 'broken');
});
