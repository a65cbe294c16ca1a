const next = (target) => new Promise((resolve) => target.addEventListener('message', resolve, { once: true }));

test('every other open channel of the name gets a copy of its own, in the order of their making', async () => {
  const [a, b, c, other] = ['n', 'n', 'n', 'm'].map((name) => new BroadcastChannel(name));
  const got = [];
  for (const [name, channel] of Object.entries({ a, b, c, other })) channel.onmessage = ({ data }) => got.push([name, data]);
  b.postMessage({ x: 1 });
  await next(c);
  assert_deep_equals(got.map(([name]) => name), ['a', 'c']);
  assert_false(got[0][1] === got[1][1]);
  assert_deep_equals(got[0][1], { x: 1 });
  for (const channel of [a, b, c, other]) channel.close();
});

test('getters run once, whatever the number of channels', () => {
  const channels = Array.from({ length: 4 }, () => new BroadcastChannel('once'));
  let reads = 0;
  channels[0].postMessage({ get x() { reads += 1; return 1; } });
  assert_equals(reads, 1);
  for (const channel of channels) channel.close();
});

test('a closed channel neither sends nor gets, even what was on its way', async () => {
  const [a, b, c] = ['c', 'c', 'c'].map((name) => new BroadcastChannel(name));
  b.onmessage = () => { throw new Error('was called'); };
  a.postMessage(1);
  b.close();
  assert_equals((await next(c)).data, 1);
  assert_throws('InvalidStateError', () => b.postMessage(1));
  assert_throws('DataCloneError', () => a.postMessage(() => {}));
  assert_throws(TypeError, () => new BroadcastChannel());
  a.close();
  c.close();
});
