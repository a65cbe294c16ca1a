const zlib = require('node:zlib');
const { promisify } = require('util');
const { pipeline } = require('stream/promises');
const { Readable, Writable } = require('stream');

const TEXT = 'All that is gold does not glitter. '.repeat(200);
const PAIRS = [['gzip', 'gunzip'], ['gzip', 'unzip'], ['deflate', 'inflate'], ['deflate', 'unzip'], ['deflateRaw', 'inflateRaw'], ['brotliCompress', 'brotliDecompress'], ['zstdCompress', 'zstdDecompress']];

test('every format comes back, at once, later, and as a promise', async () => {
  for (const [there, back] of PAIRS) {
    const packed = zlib[`${there}Sync`](TEXT);
    assert_true(packed.length < TEXT.length / 5, there);
    assert_equals(zlib[`${back}Sync`](packed).toString(), TEXT, back);
    assert_equals((await promisify(zlib[back])(await promisify(zlib[there])(Buffer.from(TEXT)))).toString(), TEXT, there);
  }
});

test('streams carry large data in pieces, whatever the chunks are', async () => {
  const chunks = [];
  const size = 3_000_000;
  const source = Readable.from((function* () { for (let at = 0; at < size; at += 100_000) yield Buffer.alloc(100_000, at / 100_000); })());
  await pipeline(source, zlib.createGzip(), zlib.createGunzip({ chunkSize: 1024 }), new Writable({ write(chunk, encoding, callback) { chunks.push(chunk); callback(); } }));
  assert_equals(chunks.reduce((sum, { length }) => sum + length, 0), size);
  assert_true(chunks.every(({ length }) => length <= 1024));
});

test('a bomb unfolds no faster than it is read', async () => {
  const bomb = zlib.gzipSync(Buffer.alloc(50_000_000));
  const unfolding = zlib.createGunzip();
  unfolding.end(bomb);
  await new Promise((resolve) => unfolding.once('readable', resolve));
  assert_true(unfolding.readableLength < 200_000, String(unfolding.readableLength));
  unfolding.destroy();
  assert_throws('ERR_BUFFER_TOO_LARGE', () => zlib.gunzipSync(bomb, { maxOutputLength: 1000 }));
});

test('what is no compressed data is an error with the name that zlib gives it', async () => {
  const error = assert_throws('Z_DATA_ERROR', () => zlib.gunzipSync('not gzip at all'));
  assert_deep_equals([error.errno, error.message], [-3, 'incorrect header check']);
  assert_equals(assert_throws('Z_BUF_ERROR', () => zlib.inflateSync(zlib.deflateSync(TEXT).subarray(0, 20))).message, 'unexpected end of file');
  await assert_rejects('Z_DATA_ERROR', promisify(zlib.unzip)(Buffer.from('xx')));
  assert_throws('ERR_INVALID_ARG_TYPE', () => zlib.gzipSync(5));
  assert_throws('ERR_OUT_OF_RANGE', () => zlib.createGzip({ level: 10 }));
});

test('what was cut off is given as far as it goes when that is asked for', () => {
  const cut = zlib.gzipSync(TEXT).subarray(0, -10);
  assert_true(TEXT.startsWith(zlib.gunzipSync(cut, { finishFlush: zlib.constants.Z_SYNC_FLUSH }).toString()));
});

test('members of a gzip file follow each other; zeros and bytes behind other data do not count', () => {
  const two = Buffer.concat([zlib.gzipSync('one '), zlib.gzipSync('two')]);
  assert_equals(zlib.gunzipSync(two).toString(), 'one two');
  assert_equals(zlib.gunzipSync(Buffer.concat([two, Buffer.alloc(10)])).toString(), 'one two');
  assert_equals(zlib.inflateSync(Buffer.concat([zlib.deflateSync('x'), Buffer.from('rest')])).toString(), 'x');
});

test('a flush lets out what was written', async () => {
  const packing = zlib.createDeflateRaw();
  const unpacking = zlib.createInflateRaw();
  packing.pipe(unpacking);
  packing.write('first');
  packing.flush();
  assert_equals((await new Promise((resolve) => unpacking.once('data', resolve))).toString(), 'first');
  packing.end();
});

test('dictionaries are for both sides, and are missed', () => {
  const dictionary = Buffer.from('gold glitter');
  const packed = zlib.deflateSync('gold glitter', { dictionary });
  assert_equals(zlib.inflateSync(packed, { dictionary }).toString(), 'gold glitter');
  assert_throws('Z_NEED_DICT', () => zlib.inflateSync(packed));
});

test('many at once share what room there is', async () => {
  const all = await Promise.all(Array.from({ length: 300 }, (_, i) => promisify(zlib.brotliCompress)(`number ${i}`)));
  assert_equals(zlib.brotliDecompressSync(all[299]).toString(), 'number 299');
});

test('crc32 goes on from what it was', () => {
  assert_equals(zlib.crc32('hello world'), 0x0d4a1185);
  assert_equals(zlib.crc32('world', zlib.crc32('hello ')), 0x0d4a1185);
});

test('classes are called without new, and inherited in the old style', () => {
  assert_true(zlib.Gzip() instanceof zlib.Gzip);
  function Own(options) { zlib.Deflate.call(this, options); }
  Object.setPrototypeOf(Own.prototype, zlib.Deflate.prototype);
  const own = new Own({ level: 3 });
  assert_deep_equals([own instanceof zlib.Deflate, own._level, own.constructor === Own], [true, 3, true]);
});

test('an engine can be driven by hand, as packages do that decode images', () => {
  const packed = zlib.deflateSync(TEXT);
  const inflate = zlib.createInflate();
  const out = Buffer.alloc(TEXT.length + 10);
  inflate._handle.writeSync(zlib.constants.Z_FINISH, packed, 0, packed.length, out, 0, 1000);
  assert_deep_equals([...inflate._writeState], [0, 0], 'no room, no input');
  inflate._handle.writeSync(zlib.constants.Z_FINISH, packed, packed.length, 0, out, 1000, out.length - 1000);
  assert_deep_equals([...inflate._writeState], [10, 0], 'room is left');
  assert_equals(out.toString('latin1', 0, TEXT.length), TEXT);
  assert_throws('Z_DATA_ERROR', () => zlib.createInflate()._handle.writeSync(4, Buffer.from('nonsense'), 0, 8, out, 0, 10));
});

test('the level changes in the middle of a stream, and what comes of it is one stream', async () => {
  for (const kind of ['Deflate', 'Gzip', 'DeflateRaw']) {
    const stream = zlib[`create${kind}`]({ level: 9 });
    const pieces = [];
    stream.on('data', (piece) => pieces.push(piece));
    const text = 'some text that comes again and again; '.repeat(3000);
    await new Promise((resolve) => stream.write(text, resolve));
    await new Promise((resolve) => stream.params(0, zlib.constants.Z_DEFAULT_STRATEGY, resolve));
    const before = Buffer.concat(pieces).length;
    await new Promise((resolve) => stream.write(text, resolve));
    await new Promise((resolve) => stream.params(9, zlib.constants.Z_FILTERED, resolve));
    const stored = Buffer.concat(pieces).length - before;
    await new Promise((resolve) => stream.on('end', resolve).end(text));
    const whole = Buffer.concat(pieces);
    assert_true(before < 2000 && stored >= text.length && whole.length - before - stored < 2000, `${kind}: ${before}, ${stored}, ${whole.length}`);
    const back = kind === 'DeflateRaw' ? zlib.inflateRawSync(whole) : zlib.unzipSync(whole);
    assert_true(back.toString() === text.repeat(3), kind);
  }
});
