test('the class is the standard one of the name, whatever the prototype', () => {
  for (const Class of [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError]) {
    const copy = structuredClone(new Class('m'));
    assert_true(Object.getPrototypeOf(copy) === Class.prototype);
  }
  const named = Object.assign(new Error('m'), { name: 'RangeError' });
  assert_true(Object.getPrototypeOf(structuredClone(named)) === RangeError.prototype);
  class Mine extends TypeError { name = 'Mine'; extra = 1; }
  const copy = structuredClone(new Mine('m'));
  assert_true(Object.getPrototypeOf(copy) === Error.prototype);
  assert_false('extra' in copy);
});

test('an AggregateError becomes an Error without its errors', () => {
  const copy = structuredClone(new AggregateError([new Error('inner')], 'outer'));
  assert_true(Object.getPrototypeOf(copy) === Error.prototype);
  assert_equals(copy.message, 'outer');
  assert_false('errors' in copy);
});

test('message and cause are own, and hidden; without a message there is none', () => {
  const bare = structuredClone(new Error());
  assert_false(Object.hasOwn(bare, 'message'));
  assert_false(Object.hasOwn(bare, 'cause'));
  const copy = structuredClone(new Error('m', { cause: undefined }));
  assert_deep_equals(Object.keys(copy), []);
  assert_true(Object.hasOwn(copy, 'cause'));
  const odd = Object.defineProperty(new Error('m'), 'message', { get() { throw new Error('was read'); } });
  assert_false(Object.hasOwn(structuredClone(odd), 'message'));
});

test('the stack is that of the original', () => {
  function somewhere() { return new Error('m'); }
  const error = somewhere();
  assert_equals(structuredClone(error).stack, error.stack);
  const exception = new DOMException('m', 'DataError');
  assert_equals(structuredClone(exception).stack, exception.stack);
});

test('causes may be circular and deep', () => {
  const error = new Error('m');
  error.cause = { error };
  const copy = structuredClone(error);
  assert_true(copy.cause.error === copy);
  let deep = new Error('end');
  for (let i = 0; i < 20000; i++) deep = new Error('', { cause: deep });
  let at = structuredClone(deep);
  while (at.cause) at = at.cause;
  assert_equals(at.message, 'end');
});

test('a DOMException keeps name, message and code', () => {
  const copy = structuredClone({ e: new DOMException('m', 'AbortError') }).e;
  assert_true(copy instanceof DOMException);
  assert_equals(`${copy.name} ${copy.message} ${copy.code}`, 'AbortError m 20');
});
