test('modules come with and without their prefix, and are the same', () => {
  assert_true(require('node:path') === require('path'));
  assert_true(require('events') === EventEmitter);
  assert_true(require('buffer').Buffer === Buffer);
  assert_true(require('process') === process);
});

test('every module that is provided loads', () => {
  const modules = [
    require('assert'), require('assert/strict'), require('buffer'), require('console'), require('crypto'), require('events'), require('path'), require('path/posix'),
    require('process'), require('punycode'), require('querystring'), require('string_decoder'), require('timers'), require('timers/promises'), require('url'),
    require('util'), require('util/types'),
  ];
  for (const [i, module] of modules.entries()) assert_true(Object.keys(module).length > 0, `module ${i}`);
});

test('refused modules say why', () => {
  const error = assert_throws('ERR_UNKNOWN_BUILTIN_MODULE', () => require('child_process'));
  assert_true(error.message.includes('cannot start processes'), error.message);
});

test('modules that are not there yet say so', () => {
  const error = assert_throws('MODULE_NOT_FOUND', () => require('node:domain'));
  assert_true(error.message.includes('AsyncLocalStorage'), error.message);
});

test('a name that every object has is no module', () => {
  for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) {
    const error = assert_throws('MODULE_NOT_FOUND', () => require(name));
    assert_true(error.message.startsWith(`Cannot find module '${name}'`), error.message);
  }
});
