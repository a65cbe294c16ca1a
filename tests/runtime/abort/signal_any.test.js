test('any aborts with the first of its sources and takes its reason', () => {
  const [a, b] = [new AbortController(), new AbortController()];
  const any = AbortSignal.any([a.signal, b.signal]);
  b.abort('b');
  a.abort('a');
  assert_equals(any.reason, 'b');
});

test('any of an aborted signal is aborted at once', () => {
  assert_equals(AbortSignal.any([AbortSignal.abort('x')]).reason, 'x');
  assert_false(AbortSignal.any([]).aborted);
});

test('any of any follows the original sources', () => {
  const controller = new AbortController();
  const outer = AbortSignal.any([AbortSignal.any([controller.signal])]);
  let fired = 0;
  outer.onabort = () => { fired += 1; };
  controller.abort();
  assert_equals(fired, 1);
});

test('all dependents are aborted before the first event fires', () => {
  const controller = new AbortController();
  const any = AbortSignal.any([controller.signal]);
  let state;
  controller.signal.onabort = () => { state = any.aborted; };
  controller.abort();
  assert_true(state);
});
