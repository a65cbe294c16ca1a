const dc = require('node:diagnostics_channel');
const { AsyncLocalStorage } = require('async_hooks');

test('subscribers get what is published, under its name', () => {
  const channel = dc.channel('things');
  const seen = [];
  const subscriber = (message, name) => seen.push(message, name);
  assert_equals(dc.channel('things'), channel);
  assert_false(channel.hasSubscribers);
  dc.subscribe('things', subscriber);
  assert_true(dc.hasSubscribers('things'));
  channel.publish({ one: 1 });
  assert_true(dc.unsubscribe('things', subscriber));
  assert_false(dc.unsubscribe('things', subscriber));
  channel.publish('nobody hears');
  assert_deep_equals(seen, [{ one: 1 }, 'things']);
});

test('a store that is bound to a channel is entered by runStores', () => {
  const storage = new AsyncLocalStorage();
  const channel = dc.channel('stores');
  channel.bindStore(storage, (message) => message.id);
  assert_equals(channel.runStores({ id: 7 }, () => storage.getStore()), 7);
  assert_true(channel.unbindStore(storage));
});

test('a tracing channel tells of begin, end and error', async () => {
  const tracing = dc.tracingChannel('work');
  const seen = [];
  tracing.subscribe({
    start: () => seen.push('start'), end: () => seen.push('end'), error: ({ error }) => seen.push(error.message),
    asyncStart: () => seen.push('asyncStart'), asyncEnd: () => seen.push('asyncEnd'),
  });
  assert_equals(tracing.traceSync((a, b) => a + b, {}, null, 1, 2), 3);
  assert_throws(Error, () => tracing.traceSync(() => { throw new Error('bad'); }));
  assert_equals(await tracing.tracePromise(async () => 'done'), 'done');
  tracing.traceCallback((callback) => callback(null, 1), 0, {}, null, () => seen.push('callback'));
  assert_deep_equals(seen, ['start', 'end', 'start', 'bad', 'end', 'start', 'end', 'asyncStart', 'asyncEnd', 'start', 'asyncStart', 'callback', 'asyncEnd', 'end']);
});
