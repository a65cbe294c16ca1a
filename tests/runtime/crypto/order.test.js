const { subtle } = crypto;
const data = new Uint8Array(1);

test('results come in tasks, in the order of the calls; what is wrong with arguments is told at once', async () => {
  const order = [];
  const note = (name) => () => order.push(name);
  const done = [
    subtle.digest('SHA-1', data).then(note('first')),
    subtle.digest('SHA-512', new Uint8Array(100000)).then(note('second')),
    subtle.digest('nothing', data).catch(note('refused')),
    Promise.resolve().then(note('microtask')),
    subtle.importKey('raw', new Uint8Array(3), 'AES-GCM', true, ['encrypt']).catch(note('third')),
  ];
  order.push('sync');
  await Promise.all(done);
  assert_deep_equals(order, ['sync', 'refused', 'microtask', 'first', 'second', 'third']);
});

test('other tasks run between two operations', async () => {
  let fired = false;
  setTimeout(() => { fired = true; }, 1);
  const end = Date.now() + 10000;
  while (!fired && Date.now() < end) await subtle.digest('SHA-256', data);
  assert_true(fired);
});

test('many at once are all answered', async () => {
  const digests = await Promise.all(Array.from({ length: 500 }, (_, i) => subtle.digest('SHA-256', new Uint8Array([i & 255, i >> 8]))));
  assert_equals(new Set(digests.map((digest) => new Uint8Array(digest).toHex())).size, 500);
});
