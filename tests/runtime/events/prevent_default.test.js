test('dispatchEvent is false only when a cancelable event was cancelled', () => {
  const target = new EventTarget();
  target.addEventListener('x', (event) => event.preventDefault());
  assert_true(target.dispatchEvent(new Event('x')));
  assert_false(target.dispatchEvent(new Event('x', { cancelable: true })));
});

test('a passive listener cannot cancel', () => {
  const target = new EventTarget();
  target.addEventListener('x', (event) => event.preventDefault(), { passive: true });
  assert_true(target.dispatchEvent(new Event('x', { cancelable: true })));
});

test('stopImmediatePropagation ends the dispatch', () => {
  const target = new EventTarget();
  let calls = 0;
  target.addEventListener('x', (event) => { calls += 1; event.stopImmediatePropagation(); });
  target.addEventListener('x', () => { calls += 1; });
  target.dispatchEvent(new Event('x'));
  assert_equals(calls, 1);
});
