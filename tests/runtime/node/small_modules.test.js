test('os tells of the function and not of the machine', () => {
  const os = require('node:os');
  assert_equals(os.EOL, '\n');
  assert_equals(os.platform(), 'linux');
  assert_equals(os.tmpdir(), '/tmp');
  assert_equals(os.hostname(), 'localhost');
  assert_equals(os.cpus().length, 1);
  assert_true(os.totalmem() > 0);
  assert_deep_equals(os.networkInterfaces(), {});
  assert_throws('EACCES', () => os.setPriority(-5));
});

test('module makes requires and knows what is built in', () => {
  const { createRequire, isBuiltin, builtinModules, register } = require('node:module');
  assert_equals(createRequire('/app/index.js')('path'), require('path'));
  assert_equals(createRequire(new URL('file:///app/deep/er.js'))('node:path'), require('path'));
  assert_equals(createRequire('file:///app/none.js').resolve('fs'), 'fs');
  assert_throws('ERR_INVALID_ARG_VALUE', () => createRequire('relative.js'));
  assert_throws('ERR_INVALID_ARG_TYPE', () => createRequire(5));
  assert_true(isBuiltin('node:fs') && isBuiltin('fs') && !isBuiltin('left-pad') && !isBuiltin('child_process'));
  assert_true(builtinModules.includes('stream/promises'));
  assert_throws('ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', () => register('./hooks.mjs'));
});

test('perf_hooks has the global performance', () => {
  const hooks = require('perf_hooks');
  assert_equals(hooks.performance, performance);
  assert_equals(hooks.timerify((a) => a + 1)(1), 2);
  assert_equals(hooks.monitorEventLoopDelay().count, 0);
});

test('there is no terminal', () => {
  const tty = require('tty');
  assert_false(tty.isatty(1));
  assert_throws('ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', () => new tty.WriteStream(1));
});

test('sys is an old name of util', () => assert_equals(require('sys'), require('util')));

test('mime-types knows types of names and back, as the package of npm does', () => {
  const mime = require('mime-types');
  assert_deep_equals([mime.lookup('a/b.JSON'), mime.lookup('.md'), mime.lookup('none')], ['application/json', 'text/markdown', false]);
  assert_deep_equals([mime.contentType('index.html'), mime.extension('image/png'), mime.charset('text/plain')], ['text/html; charset=utf-8', 'png', 'UTF-8']);
});

test('_eventtarget has the classes of events', () => {
  assert_deep_equals(require('_eventtarget'), { CustomEvent, Event, EventTarget });
  assert_equals(require('node:_eventtarget').Event, Event);
});
