test('getRandomValues fills integer arrays in place and returns them', () => {
  const array = new Uint32Array(16);
  const part = array.subarray(4, 12);
  assert_true(crypto.getRandomValues(part) === part);
  assert_true(part.some((value) => value !== 0));
  assert_true(array.subarray(0, 4).every((value) => value === 0) && array.subarray(12).every((value) => value === 0));
  assert_false(crypto.getRandomValues(new Uint8Array(32)).toHex() === crypto.getRandomValues(new Uint8Array(32)).toHex());
});

test('too much, or the wrong kind of array, is refused', () => {
  crypto.getRandomValues(new Uint8Array(65536));
  assert_throws('QuotaExceededError', () => crypto.getRandomValues(new Uint8Array(65537)));
  assert_throws('TypeMismatchError', () => crypto.getRandomValues(new Float64Array(1)));
  assert_throws('TypeMismatchError', () => crypto.getRandomValues([1]));
});

test('randomUUID is a version 4 UUID, each time another', () => {
  const uuids = new Set(Array.from({ length: 100 }, () => crypto.randomUUID()));
  assert_equals(uuids.size, 100);
  for (const uuid of uuids) assert_true(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(uuid), uuid);
});
