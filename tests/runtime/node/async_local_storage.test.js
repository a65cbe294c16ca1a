const { AsyncLocalStorage, AsyncResource } = require('node:async_hooks');

const tick = () => new Promise((resolve) => setTimeout(resolve, 1));

test('a store is there for all that its callback starts', async () => {
  const storage = new AsyncLocalStorage();
  assert_equals(storage.getStore(), undefined);
  const seen = await storage.run('one', async () => {
    const found = [storage.getStore()];
    await tick();
    found.push(storage.getStore());
    await new Promise((resolve) => queueMicrotask(() => { found.push(storage.getStore()); resolve(); }));
    await new Promise((resolve) => setImmediate(() => { found.push(storage.getStore()); resolve(); }));
    await new Promise((resolve) => process.nextTick(() => { found.push(storage.getStore()); resolve(); }));
    await new Promise((resolve) => require('fs').readFile('/tmp/none', () => { found.push(storage.getStore()); resolve(); }));
    return found;
  });
  assert_deep_equals(seen, Array(6).fill('one'));
  assert_equals(storage.getStore(), undefined);
});

test('what runs side by side does not mix', async () => {
  const storage = new AsyncLocalStorage();
  const work = (name, rounds) => storage.run(name, async () => {
    for (let i = 0; i < rounds; i++) {
      await (i % 2 ? tick() : null);
      assert_equals(storage.getStore(), name);
    }
    return storage.getStore();
  });
  assert_deep_equals(await Promise.all([work('a', 9), work('b', 7), work('c', 5)]), ['a', 'b', 'c']);
});

test('stores nest, and several storages have nothing to do with each other', () => {
  const first = new AsyncLocalStorage();
  const second = new AsyncLocalStorage({ defaultValue: 'none', name: 'second' });
  first.run(1, () => second.run(2, () => first.run(3, () => assert_deep_equals([first.getStore(), second.getStore()], [3, 2]))));
  first.run(1, () => first.exit(() => assert_equals(first.getStore(), undefined)));
  assert_deep_equals([second.getStore(), second.name], ['none', 'second']);
});

test('a failing callback leaves what was there before', async () => {
  const storage = new AsyncLocalStorage();
  storage.run('outer', () => {
    assert_throws(RangeError, () => storage.run('inner', () => { throw new RangeError('no'); }));
    assert_equals(storage.getStore(), 'outer');
  });
});

test('enterWith holds for the rest, disable ends it', async () => {
  const storage = new AsyncLocalStorage();
  await (async () => {
    storage.enterWith('entered');
    await tick();
    assert_equals(storage.getStore(), 'entered');
    storage.disable();
    assert_equals(storage.getStore(), undefined);
  })();
});

test('bind and snapshot take a store along', () => {
  const storage = new AsyncLocalStorage();
  const bound = storage.run('then', () => AsyncLocalStorage.bind((extra) => [storage.getStore(), extra]));
  const snapshot = storage.run('then', () => AsyncLocalStorage.snapshot());
  storage.run('now', () => {
    assert_deep_equals(bound('x'), ['then', 'x']);
    assert_equals(snapshot((a, b) => storage.getStore() + a + b, 1, 2), 'then12');
    assert_equals(storage.getStore(), 'now');
  });
});

test('an AsyncResource runs in the scope in which it was made', () => {
  const storage = new AsyncLocalStorage();
  const resource = storage.run('made', () => new AsyncResource('Thing'));
  assert_deep_equals(resource.runInAsyncScope(function (a) { return [this.valueOf(), a, storage.getStore()]; }, 'self', 1), ['self', 1, 'made']);
  assert_equals(resource.bind(() => storage.getStore())(), 'made');
  assert_true(resource.asyncId() > 0);
  assert_throws('ERR_INVALID_ARG_TYPE', () => new AsyncResource());
});

test('event listeners run where the event is emitted', () => {
  const storage = new AsyncLocalStorage();
  const emitter = new EventEmitter();
  const seen = [];
  emitter.on('x', () => seen.push(storage.getStore()));
  storage.run('emitting', () => emitter.emit('x'));
  assert_deep_equals(seen, ['emitting']);
});
