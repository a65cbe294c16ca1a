const timers = require('timers');
const { setTimeout: wait, setInterval: every, setImmediate: soon, scheduler } = require('timers/promises');

test('the functions are the global ones', () => {
  assert_true(timers.setTimeout === setTimeout && timers.clearInterval === clearInterval && timers.setImmediate === setImmediate);
});

test('promises of time', async () => {
  assert_equals(await wait(1, 'value'), 'value');
  assert_equals(await soon('now'), 'now');
  await scheduler.wait(1);
  await scheduler.yield();
  assert_equals(await sleep(1), undefined);
});

test('a signal ends the waiting', async () => {
  const controller = new AbortController();
  const waiting = wait(10000, null, { signal: controller.signal });
  controller.abort('why');
  assert_equals((await assert_rejects('AbortError', waiting)).cause, 'why');
  await assert_rejects('ABORT_ERR', wait(1, null, { signal: AbortSignal.abort() }));
  await assert_rejects('ERR_INVALID_ARG_TYPE', wait(1, null, { signal: {} }));
});

test('intervals can be iterated', async () => {
  let count = 0;
  for await (const value of every(1, 'tick')) {
    assert_equals(value, 'tick');
    if (++count === 3) break;
  }
  assert_equals(count, 3);
});
