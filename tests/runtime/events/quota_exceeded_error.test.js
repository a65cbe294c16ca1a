test('it is a DOMException of its name and code, with the amounts that it was given', () => {
  const error = new QuotaExceededError('too much', { quota: 10, requested: '12.5' });
  assert_equals(`${error.name} ${error.code} ${error.message} ${error.quota} ${error.requested}`, 'QuotaExceededError 22 too much 10 12.5');
  assert_true(error instanceof DOMException && error instanceof Error && Error.isError(error));
  assert_equals(Object.prototype.toString.call(error), '[object QuotaExceededError]');
  assert_true(error.stack.startsWith('Error: too much') || error.stack.includes('too much'), error.stack);
  const bare = new QuotaExceededError();
  assert_equals(`${bare.message} ${bare.quota} ${bare.requested}`, ' null null');
});

test('amounts that make no sense are refused', () => {
  assert_throws(RangeError, () => new QuotaExceededError('', { quota: -1 }));
  assert_throws(RangeError, () => new QuotaExceededError('', { requested: -0.1 }));
  assert_throws(RangeError, () => new QuotaExceededError('', { quota: 2, requested: 1 }));
  assert_throws(TypeError, () => new QuotaExceededError('', { quota: NaN }));
  assert_throws(TypeError, () => new QuotaExceededError('', { quota: Infinity }));
  assert_throws(TypeError, () => new QuotaExceededError('', 'options'));
  assert_throws(TypeError, () => Object.create(QuotaExceededError.prototype).quota);
  assert_throws(TypeError, () => Object.getOwnPropertyDescriptor(QuotaExceededError.prototype, 'quota').get.call(new DOMException()));
});

test('a clone is one, too', () => {
  const error = new QuotaExceededError('m', { quota: 1 });
  const copy = structuredClone(error);
  assert_true(copy instanceof QuotaExceededError);
  assert_equals(`${copy.message} ${copy.quota} ${copy.requested} ${copy.stack === error.stack}`, 'm 1 null true');
});

test('asking for too many random bytes throws one', () => {
  const error = assert_throws('QuotaExceededError', () => crypto.getRandomValues(new Uint8Array(65537)));
  assert_true(error instanceof QuotaExceededError);
});
