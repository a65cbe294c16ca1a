const path = require('path');

const CASES = [
  ['normalize', ['/a/./b//../c/'], '/a/c/'], ['normalize', [''], '.'], ['normalize', ['../../a'], '../../a'], ['normalize', ['/../a'], '/a'],
  ['join', ['a', '', '../b', './c'], 'b/c'], ['join', [], '.'], ['join', ['/', '..', 'x'], '/x'],
  ['resolve', ['/a', 'b', '../c'], '/a/c'], ['resolve', ['/a', '/b'], '/b'], ['resolve', [], '/app'], ['resolve', ['x'], '/app/x'],
  ['relative', ['/a/b/c', '/a/d'], '../../d'], ['relative', ['/a', '/a'], ''], ['relative', ['/', '/a/b'], 'a/b'],
  ['dirname', ['/a/b/'], '/a'], ['dirname', ['a'], '.'], ['dirname', ['/a'], '/'], ['dirname', ['//a'], '//'], ['dirname', [''], '.'],
  ['basename', ['/a/b.html', '.html'], 'b'], ['basename', ['/a/b/'], 'b'], ['basename', ['.html', '.html'], ''], ['basename', ['/'], ''],
  ['extname', ['a.b.c'], '.c'], ['extname', ['.bashrc'], ''], ['extname', ['a.'], '.'], ['extname', ['a/..'], ''],
  ['isAbsolute', ['/a'], true], ['isAbsolute', ['a'], false],
  ['format', [{ dir: '/a', name: 'b', ext: 'c' }], '/a/b.c'], ['format', [{ root: '/', base: 'x' }], '/x'],
];

test('paths are joined, split and resolved', () => {
  for (const [name, args, expected] of CASES) assert_equals(path[name](...args), expected, `${name}(${args.map((a) => JSON.stringify(a))})`);
});

test('parse() takes a path apart', () => {
  assert_deep_equals(path.parse('/home/u/file.txt'), { root: '/', dir: '/home/u', base: 'file.txt', ext: '.txt', name: 'file' });
  assert_deep_equals(path.parse('file'), { root: '', dir: '', base: 'file', ext: '', name: 'file' });
  assert_deep_equals(path.parse('/'), { root: '/', dir: '/', base: '', ext: '', name: '' });
});

test('what is no text is refused', () => {
  for (const name of ['normalize', 'dirname', 'basename', 'extname', 'parse', 'join', 'resolve', 'isAbsolute']) {
    for (const bad of [1, null, undefined, {}]) if (!(name === 'resolve' && bad === undefined)) assert_throws('ERR_INVALID_ARG_TYPE', () => path[name](bad), name);
  }
});

test('posix is the module itself', () => {
  assert_true(path.posix === path && require('path/posix') === path);
  assert_deep_equals([path.sep, path.delimiter], ['/', ':']);
});
