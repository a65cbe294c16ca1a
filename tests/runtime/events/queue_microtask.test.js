test('microtasks run in order, before timers', async () => {
  const seen = [];
  await new Promise((resolve) => {
    setTimeout(() => { seen.push('timer'); resolve(); }, 0);
    queueMicrotask(() => seen.push('first'));
    Promise.resolve().then(() => seen.push('second'));
    queueMicrotask(() => seen.push('third'));
  });
  assert_equals(seen.join(), 'first,second,third,timer');
});

test('it needs a function', () => {
  assert_throws(TypeError, () => queueMicrotask('code'));
});
