// Names: hard links, long ones, patterns; modes of what is made; copies of trees.

const fs = require('fs');

const fresh = (name) => {
  const folder = fs.mkdtempSync(`/tmp/${name}-`);
  return (path) => `${folder}/${path}`;
};

test('a file has as many names as it is given, and is gone with the last', () => {
  const at = fresh('link');
  fs.writeFileSync(at('a'), 'one');
  fs.linkSync(at('a'), at('b'));
  fs.appendFileSync(at('b'), ' two');
  assert_equals(fs.readFileSync(at('a'), 'utf8'), 'one two');
  assert_deep_equals([fs.statSync(at('a')).nlink, fs.statSync(at('a')).ino], [2, fs.statSync(at('b')).ino]);
  assert_equals(fs.realpathSync(at('b')), at('b'));
  const before = fs.statfsSync('/tmp').ffree;
  fs.unlinkSync(at('a'));
  assert_equals(fs.readFileSync(at('b'), 'utf8'), 'one two');
  assert_deep_equals([fs.statSync(at('b')).nlink, fs.statfsSync('/tmp').ffree], [1, before + 1]);
  assert_throws('EXDEV', () => fs.linkSync('/app/files/hello.txt', at('c')));
  assert_throws('EROFS', () => fs.linkSync('/app/files/hello.txt', '/app/c'));
  assert_throws('EPERM', () => fs.linkSync('/tmp', at('c')));
});

test('what is made has the mode of Node with the usual umask', () => {
  const at = fresh('mode');
  fs.writeFileSync(at('file'), '');
  fs.writeFileSync(at('closed'), '', { mode: 0o600 });
  fs.mkdirSync(at('folder'));
  assert_deep_equals(['file', 'closed', 'folder'].map((name) => (fs.statSync(at(name)).mode & 0o777).toString(8)), ['644', '600', '755']);
  assert_throws('ENAMETOOLONG', () => fs.writeFileSync(at('n'.repeat(256)), ''));
  assert_throws('ENAMETOOLONG', () => fs.readFileSync(`/${'a/'.repeat(3000)}`));
  assert_throws('ENOENT', () => fs.readFileSync(''));
});

test('patterns: braces, classes, extended ones, two stars, names with a dot, and what is left out', async () => {
  const at = fresh('glob');
  for (const name of ['a/b/c.js', 'a/b/d.ts', 'a/.hidden/e.js', 'a/f.js', '.dot', 'g1.txt', 'g2.txt', 'g10.txt']) {
    fs.mkdirSync(at(name).replace(/\/[^/]*$/, ''), { recursive: true });
    fs.writeFileSync(at(name), '');
  }
  const cwd = at('');
  const found = (pattern, options) => fs.globSync(pattern, { cwd, ...options }).sort();
  assert_deep_equals(found('**/*.js'), ['a/b/c.js', 'a/f.js']);
  assert_deep_equals(found('a/.*/*.js'), ['a/.hidden/e.js']);
  assert_deep_equals(found('g{1..2}.txt'), ['g1.txt', 'g2.txt']);
  assert_deep_equals(found('g?.txt'), ['g1.txt', 'g2.txt']);
  assert_deep_equals(found('g!(1|2).txt'), ['g10.txt']);
  assert_deep_equals(found('a/b/[!c].*'), ['a/b/d.ts']);
  assert_deep_equals(found('a/b/../*/'), ['a/b']);
  assert_deep_equals(found(['*.txt', 'a/*'], { exclude: ['g1*'] }), ['a/b', 'a/f.js', 'g2.txt']);
  assert_deep_equals(found('**', { exclude: (path) => path.startsWith('a') }), ['.', 'g1.txt', 'g10.txt', 'g2.txt']);
  assert_deep_equals(found(`${cwd}g1.txt`), [`${cwd}g1.txt`]);
  const entries = fs.globSync('a/*', { cwd, withFileTypes: true });
  assert_deep_equals(entries.map((one) => [one.name, one.isDirectory()]).sort(), [['b', true], ['f.js', false]]);
  const later = [];
  for await (const path of fs.promises.glob('g*', { cwd })) later.push(path);
  assert_equals(later.length, 3);
  assert_throws('ERR_OUT_OF_RANGE', () => found(`{1..99}`.repeat(3)));
});

test('trees are copied, and what would copy into itself or over another kind is refused', async () => {
  const at = fresh('cp');
  fs.cpSync('/app/files', at('copy'), { recursive: true });
  assert_equals(fs.readFileSync(at('copy/hello.txt'), 'utf8'), fs.readFileSync('/app/files/hello.txt', 'utf8'));
  fs.writeFileSync(at('copy/hello.txt'), 'changed');
  assert_throws('ERR_FS_EISDIR', () => fs.cpSync(at('copy'), at('other')));
  assert_throws('ERR_FS_CP_EINVAL', () => fs.cpSync(at('copy'), at('copy/inside'), { recursive: true }));
  assert_throws('ERR_FS_CP_NON_DIR_TO_DIR', () => fs.cpSync(at('copy/hello.txt'), at('copy')));
  assert_throws('ERR_FS_CP_DIR_TO_NON_DIR', () => fs.cpSync(at('copy'), at('copy/hello.txt'), { recursive: true }));
  assert_throws('ERR_FS_CP_EEXIST', () => fs.cpSync('/app/files/hello.txt', at('copy/hello.txt'), { force: false, errorOnExist: true }));
  assert_throws('ERR_INVALID_RETURN_VALUE', () => fs.cpSync(at('copy'), at('x'), { filter: async () => true }));
  await fs.promises.cp(at('copy'), at('some'), { recursive: true, filter: async (from) => !from.endsWith('hello.txt') });
  assert_deep_equals([fs.existsSync(at('some')), fs.existsSync(at('some/hello.txt'))], [true, false]);
});

test('streams open by a method that can be replaced, work on what is no instance, and use the functions they are given', async () => {
  const at = fresh('stream');
  fs.writeFileSync(at('file'), 'content');
  const text = async (stream) => {
    let all = '';
    for await (const chunk of stream) all += chunk;
    return all;
  };
  // As graceful-fs does it.
  function Patched(path, options) {
    fs.ReadStream.call(this, path, options);
  }
  Patched.prototype = Object.create(fs.ReadStream.prototype);
  Patched.prototype.open = function () {
    fs.open(this.path, this.flags, this.mode, (error, fd) => {
      if (error) this.destroy(error);
      else {
        this.fd = fd;
        this.emit('open', fd);
      }
    });
  };
  assert_equals(await text(new Patched(at('file'), { encoding: 'utf8' })), 'content');
  const calls = [];
  const own = { open: (...args) => fs.open(...args), read: (...args) => { calls.push('read'); fs.read(...args); }, close: (...args) => { calls.push('close'); fs.close(...args); } };
  assert_equals(await text(fs.createReadStream(at('file'), { fs: own, start: 2, end: 4 })), 'nte');
  assert_true(calls.includes('read') && calls.includes('close'));
  assert_throws('ERR_INVALID_ARG_TYPE', () => fs.createReadStream(at('file'), { fs: { open() {}, read: 5 } }));
  assert_throws('ERR_OUT_OF_RANGE', () => fs.createReadStream(at('file'), { start: 5, end: 2 }));
  const writer = fs.createWriteStream(at('new'), { flush: true });
  writer.cork();
  for (const piece of ['a', 'b', 'c']) writer.write(piece);
  writer.end();
  await new Promise((resolve) => writer.on('close', resolve));
  assert_deep_equals([fs.readFileSync(at('new'), 'utf8'), writer.bytesWritten], ['abc', 3]);
});

test('a signal ends what waits, and iterables are written piece by piece', async () => {
  const at = fresh('signal');
  const error = await assert_rejects('AbortError', () => fs.promises.readFile('/app/files/hello.txt', { signal: AbortSignal.abort('why') }));
  assert_deep_equals([error.code, error.cause], ['ABORT_ERR', 'why']);
  await fs.promises.writeFile(at('pieces'), (async function* pieces() { yield 'one '; yield Buffer.from('two'); })());
  assert_equals(fs.readFileSync(at('pieces'), 'utf8'), 'one two');
  const handle = await fs.promises.open(at('pieces'));
  await handle.close();
  await assert_rejects('EBADF', () => handle.readFile());
  const lines = [];
  for await (const line of (await fs.promises.open(at('pieces'))).readLines()) lines.push(line);
  assert_deep_equals(lines, ['one two']);
});
