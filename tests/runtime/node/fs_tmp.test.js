const fs = require('node:fs');
const fsp = fs.promises;

const codeOf = (run) => {
  try { run(); } catch (error) { return error.code; }
  return undefined;
};

test('what is written to /tmp is read back', async () => {
  fs.writeFileSync('/tmp/a.txt', 'one');
  fs.appendFileSync('/tmp/a.txt', ' two');
  await fsp.appendFile('/tmp/a.txt', Buffer.from(' three'));
  assert_equals(fs.readFileSync('/tmp/a.txt', 'utf8'), 'one two three');
  assert_equals(fs.statSync('/tmp/a.txt').size, 13);
  fs.truncateSync('/tmp/a.txt', 3);
  assert_equals(fs.readFileSync('/tmp/a.txt', 'utf8'), 'one');
  fs.truncateSync('/tmp/a.txt', 5);
  assert_equals(fs.readFileSync('/tmp/a.txt', 'latin1'), 'one\0\0');
});

test('flags decide what open does', () => {
  assert_equals(codeOf(() => fs.openSync('/tmp/none', 'r+')), 'ENOENT');
  fs.writeFileSync('/tmp/there', 'x');
  assert_equals(codeOf(() => fs.openSync('/tmp/there', 'wx')), 'EEXIST');
  const reader = fs.openSync('/tmp/there', 'r');
  assert_equals(codeOf(() => fs.writeSync(reader, 'y')), 'EBADF');
  fs.closeSync(reader);
  assert_equals(codeOf(() => fs.closeSync(reader)), 'EBADF');
  assert_equals(codeOf(() => fs.openSync('/tmp/there', 'no')), 'ERR_INVALID_ARG_VALUE');
  assert_equals(codeOf(() => fs.openSync('/tmp/there/deeper', 'w')), 'ENOTDIR');
});

test('descriptors keep their position, and positions can be given', () => {
  const fd = fs.openSync('/tmp/positions', 'w+');
  assert_equals(fs.writeSync(fd, 'abcdef'), 6);
  const buffer = Buffer.alloc(4);
  assert_equals(fs.readSync(fd, buffer, 0, 4, 1), 4);
  assert_equals(buffer.toString(), 'bcde');
  assert_equals(fs.readSync(fd, buffer), 0);
  fs.writeSync(fd, 'XY', 2);
  assert_equals(fs.readFileSync('/tmp/positions', 'utf8'), 'abXYef');
  assert_equals(codeOf(() => fs.readSync(fd, buffer, 5, 1, 0)), 'ERR_OUT_OF_RANGE');
  fs.closeSync(fd);
});

test('what is unlinked while it is open keeps its content', () => {
  fs.writeFileSync('/tmp/gone', 'still here');
  const fd = fs.openSync('/tmp/gone', 'r');
  fs.unlinkSync('/tmp/gone');
  assert_false(fs.existsSync('/tmp/gone'));
  assert_equals(fs.readFileSync(fd, 'utf8'), 'still here');
  fs.closeSync(fd);
});

test('folders are made, listed, moved and removed', () => {
  assert_equals(fs.mkdirSync('/tmp/p/q/r', { recursive: true }), '/tmp/p');
  assert_equals(fs.mkdirSync('/tmp/p/q/r', { recursive: true }), undefined);
  assert_equals(codeOf(() => fs.mkdirSync('/tmp/p')), 'EEXIST');
  assert_equals(codeOf(() => fs.mkdirSync('/tmp/x/y')), 'ENOENT');
  fs.writeFileSync('/tmp/p/q/r/f', '1');
  assert_deep_equals(fs.readdirSync('/tmp/p', { recursive: true }), ['q', 'q/r', 'q/r/f']);
  assert_equals(codeOf(() => fs.rmdirSync('/tmp/p')), 'ENOTEMPTY');
  assert_equals(codeOf(() => fs.renameSync('/tmp/p', '/tmp/p/q/inside')), 'EINVAL');
  fs.renameSync('/tmp/p/q', '/tmp/moved');
  assert_equals(fs.readFileSync('/tmp/moved/r/f', 'utf8'), '1');
  fs.rmdirSync('/tmp/p');
  assert_equals(codeOf(() => fs.rmSync('/tmp/moved')), 'ERR_FS_EISDIR');
  fs.rmSync('/tmp/moved', { recursive: true });
  fs.rmSync('/tmp/moved', { force: true });
  assert_equals(codeOf(() => fs.rmSync('/tmp/moved')), 'ENOENT');
  assert_equals(codeOf(() => fs.rmSync('/tmp', { recursive: true })), 'EPERM');
});

test('links lead to files, to folders, and out of /tmp', () => {
  fs.mkdirSync('/tmp/links');
  fs.writeFileSync('/tmp/links/file', 'content');
  fs.symlinkSync('file', '/tmp/links/relative');
  fs.symlinkSync('/app/files', '/tmp/links/package');
  fs.symlinkSync('loop', '/tmp/links/loop');
  assert_equals(fs.readFileSync('/tmp/links/relative', 'utf8'), 'content');
  assert_equals(fs.readFileSync('/tmp/links/package/hello.txt', 'utf8'), 'hello, file\n');
  assert_equals(fs.readlinkSync('/tmp/links/relative'), 'file');
  assert_equals(codeOf(() => fs.readFileSync('/tmp/links/loop')), 'ELOOP');
  assert_equals(codeOf(() => fs.writeFileSync('/tmp/links/package/new', '')), 'EROFS');
});

test('modes and times can be set', () => {
  fs.writeFileSync('/tmp/meta', '', { mode: 0o600 });
  assert_equals(fs.statSync('/tmp/meta').mode & 0o777, 0o600);
  fs.chmodSync('/tmp/meta', '755');
  assert_equals(fs.statSync('/tmp/meta').mode & 0o777, 0o755);
  fs.utimesSync('/tmp/meta', 1, new Date(2000));
  const { atimeMs, mtimeMs } = fs.statSync('/tmp/meta');
  assert_deep_equals([atimeMs, mtimeMs], [1000, 2000]);
  assert_equals(codeOf(() => fs.chownSync('/tmp/meta', 1000, 1000)), 'EPERM');
});

test('whole trees are copied, also from the package', () => {
  assert_equals(codeOf(() => fs.cpSync('/app/files', '/tmp/copied')), 'ERR_FS_EISDIR');
  fs.cpSync('/app/files', '/tmp/copied', { recursive: true, filter: (from) => !from.endsWith('linked') });
  assert_equals(fs.readFileSync('/tmp/copied/folder/deeper/text.txt', 'utf8'), 'deep\n');
  fs.writeFileSync('/tmp/copied/hello.txt', 'own');
  assert_equals(codeOf(() => fs.copyFileSync('/app/files/hello.txt', '/tmp/copied/hello.txt', fs.constants.COPYFILE_EXCL)), 'EEXIST');
  fs.copyFileSync('/app/files/hello.txt', '/tmp/copied/hello.txt');
  assert_equals(fs.readFileSync('/tmp/copied/hello.txt', 'utf8'), 'hello, file\n');
});

test('streams write and read, also through handles', async () => {
  const { pipeline } = require('stream/promises');
  await pipeline(fs.createReadStream('/app/files/hello.txt', { highWaterMark: 3 }), fs.createWriteStream('/tmp/streamed'));
  assert_equals(fs.readFileSync('/tmp/streamed', 'utf8'), 'hello, file\n');
  await using handle = await fsp.open('/tmp/streamed', 'r+');
  assert_equals((await handle.read({ buffer: Buffer.alloc(5), position: 0 })).buffer.toString(), 'hello');
  await handle.write('J', 0);
  const lines = [];
  for await (const line of handle.readLines({ start: 0 })) lines.push(line);
  assert_deep_equals(lines, ['Jello, file']);
});

test('folders are opened and read entry by entry', async () => {
  fs.mkdirSync('/tmp/opened');
  fs.writeFileSync('/tmp/opened/one', '');
  const names = [];
  for await (const entry of await fsp.opendir('/tmp/opened')) names.push(entry.name);
  assert_deep_equals(names, ['one']);
  const folder = fs.opendirSync('/tmp/opened');
  folder.closeSync();
  assert_throws('ERR_DIR_CLOSED', () => folder.readSync());
});

test('temporary folders have names of their own', () => {
  const one = fs.mkdtempSync('/tmp/work-');
  const two = fs.mkdtempSync('/tmp/work-');
  assert_true(one.startsWith('/tmp/work-') && one.length === '/tmp/work-'.length + 6 && one !== two);
});

test('room is limited in bytes and in number', () => {
  assert_equals(codeOf(() => { fs.writeFileSync('/tmp/huge', ''); fs.truncateSync('/tmp/huge', 2 ** 29 + 1); }), 'ENOSPC');
  assert_equals(codeOf(() => { for (let i = 0; i <= 10000; i++) fs.writeFileSync(`/tmp/many-${i}`, ''); }), 'ENOSPC');
});
