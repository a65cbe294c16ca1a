const fs = require('fs');
const fsp = require('fs/promises');

const failure = (run) => {
  try { run(); } catch (error) { return error; }
  return undefined;
};

test('files of the package are read as bytes and as text', () => {
  assert_equals(fs.readFileSync('/app/files/hello.txt', 'utf8'), 'hello, file\n');
  assert_equals(fs.readFileSync('files/hello.txt').toString('latin1'), 'hello, file\n');
  assert_equals(fs.readFileSync(new URL('file:///app/files/hello.txt'), { encoding: 'base64' }), 'aGVsbG8sIGZpbGUK');
  assert_equals(fs.readFileSync(Buffer.from('/app/files/../files/./hello.txt'), 'utf8'), 'hello, file\n');
});

test('folders list what is in them, at every depth when asked', () => {
  assert_deep_equals(fs.readdirSync('/'), ['app', 'tmp']);
  assert_deep_equals(fs.readdirSync('/app/files'), ['falsy_expression.txt', 'folder', 'hello.txt', 'link.txt', 'linked']);
  assert_deep_equals(fs.readdirSync('/app/files/folder', { recursive: true }), ['deeper', 'deeper/text.txt', 'inner.json']);
  const entries = fs.readdirSync('/app/files', { withFileTypes: true });
  assert_deep_equals(entries.map((entry) => [entry.name, entry.isFile(), entry.isDirectory(), entry.isSymbolicLink(), entry.parentPath]), [
    ['falsy_expression.txt', true, false, false, '/app/files'],
    ['folder', false, true, false, '/app/files'],
    ['hello.txt', true, false, false, '/app/files'],
    ['link.txt', false, false, true, '/app/files'],
    ['linked', false, false, true, '/app/files'],
  ]);
});

test('links are followed, and lstat tells of the link itself', () => {
  assert_equals(fs.readFileSync('/app/files/link.txt', 'utf8'), 'hello, file\n');
  assert_equals(fs.readFileSync('/app/files/linked/inner.json', 'utf8'), '{"inner": true}\n');
  assert_equals(fs.realpathSync('/app/files/linked/inner.json'), '/app/files/folder/inner.json');
  assert_true(fs.lstatSync('/app/files/link.txt').isSymbolicLink());
  assert_false(fs.lstatSync('/app/files/linked/inner.json').isSymbolicLink());
  assert_true(fs.statSync('/app/files/link.txt').isFile());
});

test('stat has sizes and kinds, and its clock stands still', () => {
  const stats = fs.statSync('/app/files/hello.txt');
  assert_deep_equals([stats.size, stats.isFile(), stats.isDirectory(), stats.mtimeMs], [12, true, false, 0]);
  assert_true(fs.statSync('/app/files', { bigint: true }).isDirectory());
  assert_equals(fs.statSync('/app/none', { throwIfNoEntry: false }), undefined);
});

test('what is not there fails with the code and the message of Node', async () => {
  const { code, errno, syscall, path, message } = failure(() => fs.readFileSync('./none'));
  assert_deep_equals({ code, errno, syscall, path }, { code: 'ENOENT', errno: -2, syscall: 'open', path: './none' });
  assert_equals(message, "ENOENT: no such file or directory, open './none'");
  assert_equals(failure(() => fs.readdirSync('/app/files/hello.txt')).message, "ENOTDIR: not a directory, scandir '/app/files/hello.txt'");
  assert_equals(failure(() => fs.readFileSync('/app/files/hello.txt/x')).code, 'ENOTDIR');
  assert_equals(failure(() => fs.readFileSync('/app/files')).message, 'EISDIR: illegal operation on a directory, read');
  assert_equals((await assert_rejects('ENOENT', fsp.stat('/app/none'))).message, "ENOENT: no such file or directory, stat '/app/none'");
});

test('the host has no file that a path could reach', () => {
  for (const path of ['/etc/passwd', '../../../etc/passwd', '/app/../etc/passwd', '/proc/self/environ', '//etc//passwd', '/app/files/../../etc/passwd']) {
    assert_equals(failure(() => fs.readFileSync(path)).code, 'ENOENT', path);
  }
  assert_equals(failure(() => fs.readFileSync('/app/\0')).code, 'ERR_INVALID_ARG_VALUE');
  assert_equals(failure(() => fs.readFileSync({ href: 'file:///etc/passwd' })).code, 'ERR_INVALID_ARG_TYPE');
});

test('nothing in the package can be changed', async () => {
  const attempts = {
    write: () => fs.writeFileSync('/app/files/hello.txt', ''),
    create: () => fs.writeFileSync('/app/new.txt', ''),
    mkdir: () => fs.mkdirSync('/app/new'),
    unlink: () => fs.unlinkSync('/app/files/hello.txt'),
    rm: () => fs.rmSync('/app/files', { recursive: true }),
    rmdir: () => fs.rmdirSync('/app/files'),
    rename: () => fs.renameSync('/app/files/hello.txt', '/tmp/x'),
    chmod: () => fs.chmodSync('/app/files/hello.txt', 0o777),
    utimes: () => fs.utimesSync('/app/files/hello.txt', 1, 1),
    truncate: () => fs.truncateSync('/app/files/hello.txt'),
    symlink: () => fs.symlinkSync('/tmp', '/app/link'),
    copy: () => fs.copyFileSync('/app/files/hello.txt', '/app/copy.txt'),
    access: () => fs.accessSync('/app/files/hello.txt', fs.constants.W_OK),
    elsewhere: () => fs.mkdirSync('/var'),
  };
  for (const [name, attempt] of Object.entries(attempts)) assert_equals(failure(attempt)?.code, 'EROFS', name);
  assert_equals(fs.readFileSync('/app/files/hello.txt', 'utf8'), 'hello, file\n');
});

test('callbacks and promises give what the synchronous functions give, later', async () => {
  let called = false;
  const read = new Promise((resolve, reject) => {
    fs.readFile('/app/files/hello.txt', 'utf8', (error, text) => {
      called = true;
      if (error) reject(error);
      else resolve(text);
    });
  });
  assert_false(called);
  assert_equals(await read, 'hello, file\n');
  assert_equals(await fsp.readFile('/app/files/hello.txt', 'utf8'), 'hello, file\n');
  assert_throws('ERR_INVALID_ARG_TYPE', () => fs.readFile('/app/files/hello.txt'));
  assert_throws('ERR_INVALID_ARG_TYPE', () => fs.readFile(5.5, () => {}) ?? fs.readFile({}, () => {}));
});

test('a stream of a file gives the part that was asked for', async () => {
  const all = [];
  for await (const chunk of fs.createReadStream('/app/files/hello.txt', { start: 7, end: 10, encoding: 'utf8' })) all.push(chunk);
  assert_deep_equals(all, ['file']);
  const error = await new Promise((resolve) => fs.createReadStream('/app/none').on('error', resolve));
  assert_equals(error.code, 'ENOENT');
});

test('what would watch the package is refused with the reason', () => {
  assert_true(failure(() => fs.watch('/app')).message.includes('never change'));
  assert_true(failure(() => fs.watchFile('/app', () => {})).message.includes('never change'));
});
