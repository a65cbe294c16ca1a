test('listeners run in the order in which they were added, capturing ones first', () => {
  const target = new EventTarget();
  const seen = [];
  target.addEventListener('x', () => seen.push('a'));
  target.addEventListener('x', () => seen.push('b'), true);
  target.addEventListener('x', () => seen.push('c'));
  target.dispatchEvent(new Event('x'));
  assert_equals(seen.join(), 'b,a,c');
});

test('the same listener is added once for each phase', () => {
  const target = new EventTarget();
  let calls = 0;
  const listener = () => { calls += 1; };
  target.addEventListener('x', listener);
  target.addEventListener('x', listener);
  target.addEventListener('x', listener, { capture: true });
  target.dispatchEvent(new Event('x'));
  assert_equals(calls, 2);
});

test('once removes the listener, a removed listener is not called', () => {
  const target = new EventTarget();
  const seen = [];
  const second = () => seen.push('second');
  target.addEventListener('x', () => { seen.push('first'); target.removeEventListener('x', second); }, { once: true });
  target.addEventListener('x', second);
  target.dispatchEvent(new Event('x'));
  target.dispatchEvent(new Event('x'));
  assert_equals(seen.join(), 'first');
});

test('a signal removes the listener when it aborts', () => {
  const target = new EventTarget();
  const controller = new AbortController();
  let calls = 0;
  target.addEventListener('x', () => { calls += 1; }, { signal: controller.signal });
  target.dispatchEvent(new Event('x'));
  controller.abort();
  target.dispatchEvent(new Event('x'));
  assert_equals(calls, 1);
});
