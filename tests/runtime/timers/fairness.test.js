test('tasks that make tasks do not hold timers back', async () => {
  let fired = false;
  setTimeout(() => { fired = true; }, 2);
  const end = Date.now() + 5000;
  while (!fired && Date.now() < end) await new Promise(setImmediate);
  assert_true(fired);
});
