test('a DOMException is an Error with name, message and code', () => {
  const error = new DOMException('why', 'AbortError');
  assert_true(error instanceof Error);
  assert_true(Error.isError(error));
  assert_equals(`${error}`, 'AbortError: why');
  assert_equals(error.code, DOMException.ABORT_ERR);
  assert_true(error.stack.startsWith('AbortError: why'), error.stack);
});

test('an unknown name has code 0 and the default name is Error', () => {
  assert_equals(new DOMException('m', 'Whatever').code, 0);
  assert_equals(new DOMException('m').name, 'Error');
});

test('it can be extended and carries a cause', () => {
  class Mine extends DOMException {}
  const error = new Mine('m', { name: 'DataError', cause: 7 });
  assert_true(error instanceof Mine);
  assert_equals(error.name, 'DataError');
  assert_equals(error.cause, 7);
});

test('name and message are out of reach of plain objects', () => {
  assert_throws(TypeError, () => Object.create(DOMException.prototype).name);
});
