test('timeout aborts with a TimeoutError after its delay', async () => {
  const signal = AbortSignal.timeout(5);
  assert_false(signal.aborted);
  await new Promise((resolve) => { signal.onabort = resolve; });
  assert_equals(signal.reason.name, 'TimeoutError');
});

test('the delay must be a number in range', () => {
  assert_throws(TypeError, () => AbortSignal.timeout(-1));
  assert_throws(TypeError, () => AbortSignal.timeout('soon'));
});
