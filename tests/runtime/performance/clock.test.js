test('now grows in whole milliseconds from timeOrigin', async () => {
  const first = performance.now();
  await new Promise((resolve) => setTimeout(resolve, 15));
  const later = performance.now();
  assert_true(first > 0);
  assert_true(later - first >= 10, `${later - first} ms`);
  assert_true(Number.isInteger(first) && Number.isInteger(later));
  assert_true(Math.abs(performance.timeOrigin + later - Date.now()) < 1000);
});

test('there is one Performance and nobody can make another', () => {
  assert_throws(TypeError, () => new Performance());
  assert_equals(JSON.stringify(performance), JSON.stringify({ timeOrigin: performance.timeOrigin }));
});
