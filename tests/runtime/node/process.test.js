const util = require('util');

test('the environment is read-only, and writing is ignored', () => {
  'use strict';
  process.env.NEW = 'x';
  assert_equals(process.env.NEW, undefined);
  delete process.env.NODE_ENV;
  assert_equals(process.env.NODE_ENV, 'production');
  process.env = {};
  assert_true(Object.keys(process.env).includes('NODE_ENV') && !Object.keys(process.env).includes('NEW'));
  assert_true('NODE_ENV' in process.env && !('HOME' in process.env));
  assert_true(process.env.hasOwnProperty('NODE_ENV'));
});

test('it looks like Node on Linux', () => {
  assert_true(/^v24\.\d+\.\d+$/.test(process.version) && process.version === `v${process.versions.node}`);
  assert_deep_equals([process.platform, process.arch, process.cwd(), process.pid, process.title, process.argv.length], ['linux', 'x64', '/app', 1, 'node', 2]);
  assert_equals(Object.prototype.toString.call(process), '[object process]');
});

test('what would change the process is refused', () => {
  for (const name of ['exit', 'abort', 'kill', 'chdir', 'setuid', 'setgid', 'seteuid', 'setegid', 'setgroups', 'initgroups', 'dlopen']) {
    const error = assert_throws('EACCES', () => process[name](1), name);
    assert_deep_equals([error.errno, error.syscall], [-13, name]);
  }
  assert_throws('EACCES', () => process.umask(0));
  assert_equals(process.umask(), 0o22);
  assert_throws('ERR_UNKNOWN_BUILTIN_MODULE', () => process.binding('fs'));
});

test('clocks go forward', async () => {
  const before = process.hrtime();
  const big = process.hrtime.bigint();
  await sleep(3);
  const [seconds, nanos] = process.hrtime(before);
  assert_true(seconds === 0 && nanos >= 2e6, `${seconds} ${nanos}`);
  assert_true(process.hrtime.bigint() - big >= 2000000n);
  assert_true(process.uptime() > 0 && process.uptime() < 60);
});

test('nextTick runs after the current work with its arguments', async () => {
  const seen = [];
  await new Promise((resolve) => {
    process.nextTick((value) => { seen.push(value); resolve(); }, 'tick');
    seen.push('now');
  });
  assert_deep_equals(seen, ['now', 'tick']);
  assert_throws('ERR_INVALID_ARG_TYPE', () => process.nextTick('x'));
});

test('it keeps listeners, and warnings are events', () => {
  let warning;
  process.once('warning', (value) => { warning = value; });
  process.on('uncaughtException', () => {});
  process.emitWarning('careful', { type: 'Custom', code: 'C1', detail: 'd' });
  assert_deep_equals([warning.name, warning.code, warning.message, process.listenerCount('uncaughtException')], ['Custom', 'C1', 'careful', 1]);
});

test('memory is told as the limit', () => {
  assert_true(process.memoryUsage().rss > 0 && process.memoryUsage.rss() === process.memoryUsage().rss);
});

test('it can be shown', () => {
  assert_true(util.inspect(process).startsWith('process'), util.inspect(process).slice(0, 40));
});
