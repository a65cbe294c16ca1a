const { win32, posix, matchesGlob } = require('path');

test('paths of Windows are joined, normalised and resolved by their drives', () => {
  assert_equals(require('path/win32'), win32);
  assert_equals(win32.join('C:\\a', '..', 'b/c'), 'C:\\b\\c');
  assert_equals(win32.normalize('C:/a//b/./../c/'), 'C:\\a\\c\\');
  assert_equals(win32.resolve('C:\\a', 'D:b', 'C:c'), 'C:\\a\\c');
  assert_equals(win32.resolve('\\\\server\\share\\x', '..\\y'), '\\\\server\\share\\y');
  assert_equals(win32.relative('C:\\A\\b', 'c:\\a\\d'), '..\\d');
  assert_equals(win32.relative('C:\\a', 'D:\\a'), 'D:\\a');
  assert_true(win32.isAbsolute('C:/') && win32.isAbsolute('\\x') && !win32.isAbsolute('C:x'));
});

test('the parts of a path of Windows keep its root', () => {
  assert_deep_equals(win32.parse('C:\\a\\b.tar.gz'), { root: 'C:\\', dir: 'C:\\a', base: 'b.tar.gz', ext: '.gz', name: 'b.tar' });
  assert_deep_equals(win32.parse('\\\\server\\share\\file'), { root: '\\\\server\\share\\', dir: '\\\\server\\share\\', base: 'file', ext: '', name: 'file' });
  assert_deep_equals([win32.dirname('C:\\a\\b\\'), win32.basename('C:\\a\\b.txt', '.txt'), win32.extname('a.b/')], ['C:\\a', 'b', '.b']);
  assert_equals(win32.format({ root: 'C:\\', base: 'x' }), 'C:\\x');
  assert_equals(win32.toNamespacedPath('\\\\server\\share\\x'), '\\\\?\\UNC\\server\\share\\x');
});

test('what is relative does not become a drive or a device by being normalised', () => {
  assert_equals(win32.normalize('./a/../C:/x'), '.\\C:\\x');
  assert_equals(win32.normalize('CON:..\\x'), '.\\CON:..\\x');
  assert_equals(win32.join('\\\\files\\public', 'CON:..\\..\\private'), '\\\\files\\public\\CON:..\\..\\private');
});

test('globs match whole paths, segment by segment', () => {
  assert_true(matchesGlob('a/b/c.js', 'a/**/*.js'));
  assert_true(matchesGlob('a/c.js', 'a/**/*.js'));
  assert_false(matchesGlob('a/b/c.js', 'a/*.js'));
  assert_true(matchesGlob('x1.ts', 'x[0-9].{js,ts}'));
  assert_false(matchesGlob('x/1', 'x?1'));
  assert_true(matchesGlob('a+(b).c', 'a+(b).c'));
  assert_true(win32.matchesGlob('a\\b\\c', 'a/**'));
  assert_false(posix.matchesGlob('a\\b', 'a/b'));
});
