// AsyncResource, hooks, and what both have to do with emitters; histograms and timed functions; pairs of streams.

const hooks = require('async_hooks');
const { EventEmitterAsyncResource, addAbortListener } = require('events');
const { createHistogram, monitorEventLoopDelay, performance, PerformanceObserver, timerify } = require('perf_hooks');
const { duplexPair } = require('stream');

test('hooks hear of resources: made, entered, left, destroyed', async () => {
  const heard = [];
  const hook = hooks.createHook({ init: (id, type, trigger) => heard.push(['init', type, trigger]), before: () => heard.push('before'), after: () => heard.push('after'), destroy: () => heard.push('destroy') }).enable();
  const resource = new hooks.AsyncResource('Mine');
  const inside = await resource.runInAsyncScope(async () => {
    await null;
    return [hooks.executionAsyncId(), hooks.executionAsyncResource() === resource];
  });
  resource.emitDestroy();
  await new Promise((resolve) => setTimeout(resolve, 5));
  hook.disable();
  void new hooks.AsyncResource('Unheard');
  assert_deep_equals(inside, [resource.asyncId(), true]);
  assert_deep_equals(heard, [['init', 'Mine', 1], 'before', 'after', 'destroy']);
  assert_throws('ERR_ASYNC_RESOURCE_DESTROYED', () => resource.emitDestroy());
  assert_throws('ERR_ASYNC_CALLBACK', () => hooks.createHook({ init: 5 }));
  assert_throws('ERR_INVALID_ASYNC_ID', () => new hooks.AsyncResource('x', { triggerAsyncId: -5 }));
});

test('run() gives back its own store alone', () => {
  const [one, two] = [new hooks.AsyncLocalStorage(), new hooks.AsyncLocalStorage()];
  one.run('a', () => two.enterWith('b'));
  assert_deep_equals([one.getStore(), two.getStore()], [undefined, 'b']);
  two.disable();
});

test('listeners of an emitter that is a resource run in it', () => {
  class Mine extends EventEmitterAsyncResource {}
  const storage = new hooks.AsyncLocalStorage();
  const emitter = storage.run('inside', () => new Mine());
  let store;
  emitter.on('x', () => { store = storage.getStore(); });
  emitter.emit('x');
  assert_deep_equals([store, emitter.asyncResource.eventEmitter === emitter, emitter.asyncId > 1], ['inside', true, true]);
  assert_throws('ERR_INVALID_ARG_TYPE', () => new EventEmitterAsyncResource());
});

test('an abort listener is heard whoever stops the event', async () => {
  const controller = new AbortController();
  controller.signal.addEventListener('abort', (event) => event.stopImmediatePropagation());
  const target = new Promise((resolve) => addAbortListener(controller.signal, (event) => resolve(event.target)));
  const never = addAbortListener(controller.signal, () => { throw new Error('was called'); });
  never[Symbol.dispose]();
  controller.abort();
  assert_true((await target) === controller.signal);
});

test('histograms count', () => {
  const histogram = createHistogram();
  for (let i = 1; i <= 100; i++) histogram.record(i);
  assert_deep_equals([histogram.count, histogram.min, histogram.max, histogram.mean, histogram.percentile(50), histogram.percentile(100)], [100, 1, 100, 50.5, 50, 100]);
  assert_equals(Math.round(histogram.stddev * 100), 2887);
  assert_deep_equals([histogram.countBigInt, histogram.percentiles.get(100)], [100n, 100]);
  const other = createHistogram({ highest: 1000 });
  other.record(5000);
  other.add(histogram);
  assert_deep_equals([other.exceeds, other.count], [1, 100]);
  histogram.reset();
  assert_deep_equals([histogram.count, Number.isNaN(histogram.mean)], [0, true]);
  assert_throws('ERR_OUT_OF_RANGE', () => histogram.record(0));
  assert_throws('ERR_OUT_OF_RANGE', () => histogram.percentile(0));
  const delay = monitorEventLoopDelay({ resolution: 1 });
  assert_deep_equals([delay.enable(), delay.enable(), delay.disable(), delay.disable()], [true, false, true, false]);
});

test('timed functions are told to observers and to a histogram', async () => {
  const histogram = createHistogram();
  const entries = new Promise((resolve) => new PerformanceObserver((list) => resolve(list.getEntries())).observe({ entryTypes: ['function'] }));
  const timed = timerify(function add(a, b) { return a + b; }, { histogram });
  assert_deep_equals([timed(1, 2), timed.name, timed.length], [3, 'timerified add', 2]);
  assert_equals(await performance.timerify(async () => 'later', { histogram })(), 'later');
  const [entry] = await entries;
  assert_deep_equals([entry.name, entry.entryType, entry[0], entry.detail.length], ['add', 'function', 1, 2]);
  assert_equals(histogram.count, 2);
});

test('a pair of streams passes on what either gets', async () => {
  const [left, right] = duplexPair({ encoding: 'utf8' });
  left.end('to the right');
  right.end('to the left');
  let [a, b] = ['', ''];
  for await (const chunk of right) a += chunk;
  for await (const chunk of left) b += chunk;
  assert_deep_equals([a, b], ['to the right', 'to the left']);
});
