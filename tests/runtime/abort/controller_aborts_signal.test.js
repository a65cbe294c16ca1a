test('abort sets the reason once and fires one event', () => {
  const controller = new AbortController();
  const { signal } = controller;
  let events = 0;
  signal.addEventListener('abort', (event) => { events += 1; assert_true(event.isTrusted); });
  controller.abort('first');
  controller.abort('second');
  assert_true(signal.aborted);
  assert_equals(signal.reason, 'first');
  assert_equals(events, 1);
});

test('the default reason is an AbortError, and throwIfAborted throws the reason', () => {
  const controller = new AbortController();
  controller.signal.throwIfAborted();
  controller.abort();
  assert_equals(controller.signal.reason.name, 'AbortError');
  assert_throws('AbortError', () => controller.signal.throwIfAborted());
});

test('onabort is an event handler that can be replaced and removed', () => {
  const controller = new AbortController();
  const seen = [];
  controller.signal.onabort = () => seen.push('old');
  controller.signal.onabort = () => seen.push('new');
  assert_equals(typeof controller.signal.onabort, 'function');
  controller.abort();
  assert_equals(seen.join(), 'new');
});

test('a signal cannot be constructed', () => {
  assert_throws(TypeError, () => new AbortSignal());
});
