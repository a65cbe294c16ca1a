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

test('ticks come before the promise jobs of the same task, and timers after both', async () => {
  const seen = [];
  await new Promise((resolve) => {
    setTimeout(() => {
      setImmediate(() => { seen.push('immediate'); resolve(); });
      Promise.resolve().then(() => { seen.push('promise'); process.nextTick(() => seen.push('tick of a promise')); }).then(() => seen.push('second promise'));
      process.nextTick(() => { seen.push('tick'); process.nextTick(() => seen.push('inner tick')); });
      queueMicrotask(() => seen.push('microtask'));
      seen.push('task');
    }, 0);
  });
  assert_deep_equals(seen.slice(0, 5), ['task', 'tick', 'inner tick', 'promise', 'microtask']);
  assert_equals(seen.at(-1), 'immediate');
});

test('a tick that throws does not keep the others', async () => {
  const heard = [];
  process.once('uncaughtException', (error) => heard.push(error.message));
  await new Promise((resolve) => {
    process.nextTick(() => { throw new Error('first'); });
    process.nextTick(resolve);
  });
  assert_deep_equals(heard, ['first']);
});

test('signals and exits can be listened to, and never come', () => {
  for (const name of ['exit', 'beforeExit', 'SIGTERM', 'SIGINT', 'disconnect', 'message', 'multipleResolves']) {
    process.once(name, () => {});
    assert_equals(process.listenerCount(name), 1, name);
    process.removeAllListeners(name);
  }
});

test('what packages ask of a process has an answer', () => {
  assert_deep_equals([process.getuid(), process.geteuid(), process.getgid(), process.getegid(), process.getgroups().length], [1000, 1000, 1000, 1000, 1]);
  assert_deep_equals([process.release.name, process.execArgv.length, process.argv0, process.ppid, process.exitCode, process.report, process.send, process.connected], ['node', 0, 'node', 0, undefined, undefined, undefined, undefined]);
  for (const name of ['node', 'v8', 'uv', 'zlib', 'modules', 'openssl']) assert_equals(typeof process.versions[name], 'string', name);
  assert_equals(typeof process.config.variables, 'object');
  assert_deep_equals(process.cpuUsage(), { user: 0, system: 0 });
  assert_throws('ERR_INVALID_ARG_TYPE', () => process.cpuUsage(5));
  assert_true(process.resourceUsage().maxRSS > 0 && process.constrainedMemory() > 0);
  assert_deep_equals([...process.allowedNodeEnvironmentFlags], []);
  assert_deep_equals(process.getActiveResourcesInfo(), []);
  process.exitCode = 1;
  process.title = 'mine';
  assert_deep_equals([process.exitCode, process.title], [1, 'mine']);
  process.exitCode = undefined;
});

test('there is nothing to read on stdin', async () => {
  let text = '';
  for await (const chunk of process.stdin) text += chunk;
  assert_deep_equals([text, process.stdin.fd, process.stdin.isTTY], ['', 0, false]);
});

test('stdout and stderr take what streams take', async () => {
  const { Readable } = require('stream');
  assert_true(process.stdout.write('line\n') && process.stderr.write(Buffer.from('bytes\n')));
  assert_throws('ERR_INVALID_ARG_TYPE', () => process.stdout.write(5));
  assert_throws('ERR_STREAM_NULL_VALUES', () => process.stdout.write(null));
  await new Promise((resolve) => process.stdout.write('6869', 'hex', resolve));
  await new Promise((resolve) => { Readable.from(['a', 'b\n']).on('end', resolve).pipe(process.stdout); });
  assert_deep_equals([process.stdout.fd, process.stderr.fd, process.stdout.isTTY, process.stdout.writable], [1, 2, false, true]);
});
