// Signals that have aborted, and bodies that are at hand.

const DATA = 'data:,content';

test('an aborted signal rejects with its reason before anything else happens', async () => {
  const reason = {};
  const order = [];
  const rejected = fetch(DATA, { signal: AbortSignal.abort(reason) }).then(undefined, (error) => order.push(error === reason));
  await Promise.all([rejected, Promise.resolve().then(() => order.push('later'))]);
  assert_deep_equals(order, [true, 'later']);
});

test('the source of the request body is cancelled with the same reason, at once', async () => {
  const reason = new Error('mine');
  let cancelled;
  const body = new ReadableStream({ cancel(why) { cancelled = why; } });
  const answer = fetch('http://host.example/', { method: 'POST', body, duplex: 'half', signal: AbortSignal.abort(reason) });
  assert_equals(cancelled, reason);
  assert_equals(await answer.catch((error) => error), reason);
});

test('what a fetched response has not given yet is lost with its signal', async () => {
  const controller = new AbortController();
  const response = await fetch(DATA, controller);
  const copy = response.clone();
  controller.abort();
  const error = await assert_rejects('AbortError', response.text());
  assert_equals(error, controller.signal.reason);
  await assert_rejects('AbortError', copy.body.getReader().read());
  assert_false(response.bodyUsed);
});

test('a stream over it breaks at once', async () => {
  const controller = new AbortController();
  const reader = (await fetch(DATA, controller)).body.getReader();
  controller.abort();
  await assert_rejects('AbortError', reader.closed);
});

test('what has been read stays', async () => {
  const controller = new AbortController();
  const response = await fetch(DATA, controller);
  const text = response.text();
  controller.abort();
  assert_equals(await text, 'content');
});

test('errors of the request come before the abort', () => assert_rejects(TypeError, fetch('no URL', { signal: AbortSignal.abort() })));

test('bodies of requests and of made responses outlive every signal', async () => {
  const request = new Request('http://host.example/', { method: 'POST', body: 'mine', signal: AbortSignal.abort() });
  assert_equals(await request.text(), 'mine');
});
