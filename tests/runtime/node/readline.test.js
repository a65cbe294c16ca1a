// node:readline over streams.

const readline = require('readline');
const { Readable, Writable, PassThrough } = require('stream');

const lines = async (chunks, options) => {
  const found = [];
  for await (const line of readline.createInterface({ input: Readable.from(chunks, { objectMode: false }), ...options })) found.push(line);
  return found;
};

test('lines end as they end anywhere, also between two pieces, and characters stay whole', async () => {
  const snow = Buffer.from('snow ☃ man\r\nlast');
  assert_deep_equals(await lines(['a\nb\r', '\nc\rd\u2028e', '\n\nf']), ['a', 'b', 'c', 'd', 'e', '', 'f']);
  assert_deep_equals(await lines([...snow].map((byte) => Buffer.from([byte])), { crlfDelay: Infinity }), ['snow ☃ man', 'last']);
  assert_deep_equals(await lines([]), []);
});

test('a question takes the next line, by a callback and by a promise', async () => {
  const input = new PassThrough();
  let shown = '';
  const output = new Writable({ write(chunk, _, done) { shown += chunk; done(); } });
  const reader = readline.createInterface({ input, output });
  const others = [];
  reader.on('line', (line) => others.push(line));
  const answer = new Promise((resolve) => reader.question('name? ', resolve));
  input.write('Ada\nrest\n');
  assert_equals(await answer, 'Ada');
  assert_deep_equals([shown, others], ['name? ', ['rest']]);
  const promised = require('readline/promises').createInterface({ input: Readable.from(['yes\n']), output });
  assert_equals(await promised.question('sure? '), 'yes');
  reader.close();
  assert_throws('ERR_USE_AFTER_CLOSE', () => reader.question('more? ', () => {}));
});

test('a signal ends a question and a reader', async () => {
  const promised = require('readline/promises').createInterface({ input: new PassThrough() });
  const controller = new AbortController();
  const question = promised.question('? ', { signal: controller.signal });
  controller.abort();
  await assert_rejects('AbortError', () => question);
  promised.close();
  const closing = new AbortController();
  const reader = readline.createInterface({ input: new PassThrough(), signal: closing.signal });
  const closed = new Promise((resolve) => reader.on('close', resolve));
  closing.abort();
  await closed;
  assert_equals(reader.closed, true);
});

test('an iteration that is left closes the reader, and an error of the input comes out', async () => {
  const reader = readline.createInterface({ input: Readable.from(['a\nb\nc\n']) });
  for await (const line of reader) {
    assert_equals(line, 'a');
    break;
  }
  assert_equals(reader.closed, true);
  const broken = new Readable({ read() { this.destroy(new Error('broken')); } });
  await assert_rejects(Error, async () => { for await (const line of readline.createInterface({ input: broken })) void line; });
});

test('many lines wait only so far: the input is paused', async () => {
  let given = 0;
  const input = new Readable({ read() { given += 1; this.push(given > 100 ? null : 'x\n'.repeat(1000)); } });
  const iterator = readline.createInterface({ input })[Symbol.asyncIterator]();
  await iterator.next();
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert_true(given < 100, `${given} pieces were read`);
  let count = 1;
  while (!(await iterator.next()).done) count += 1;
  assert_equals(count, 100000);
});

test('control sequences go to the stream', () => {
  let shown = '';
  const output = new Writable({ write(chunk, _, done) { shown += chunk; done(); } });
  readline.cursorTo(output, 1, 2);
  readline.clearLine(output, 0);
  readline.moveCursor(output, -1, 3);
  readline.clearScreenDown(output);
  assert_equals(shown, '\u001b[3;2H\u001b[2K\u001b[1D\u001b[3B\u001b[0J');
  assert_throws('ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', () => readline.emitKeypressEvents(output));
  assert_throws('ERR_INVALID_ARG_VALUE', () => readline.createInterface({ input: new PassThrough(), completer: 'x' }));
});
