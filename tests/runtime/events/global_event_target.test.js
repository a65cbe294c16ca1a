test('the global object is an event target', () => {
  const seen = [];
  const listener = function (event) { seen.push(`${event.type} ${this === globalThis} ${event.target === globalThis} ${event.currentTarget === globalThis}`); };
  addEventListener('x', listener);
  assert_true(dispatchEvent(new Event('x')));
  removeEventListener('x', listener);
  self.dispatchEvent(new Event('x'));
  assert_equals(seen.join(), 'x true true true');
  assert_true(globalThis instanceof EventTarget);
  assert_equals(String(globalThis), '[object global]');
});

test('its methods are those of EventTarget, and need no receiver', () => {
  assert_true(addEventListener === EventTarget.prototype.addEventListener);
  let calls = 0;
  EventTarget.prototype.addEventListener.call(undefined, 'y', () => { calls += 1; }, { once: true });
  EventTarget.prototype.dispatchEvent.call(null, new Event('y'));
  assert_equals(calls, 1);
});

test('handler attributes take functions and objects, and everything else as null', () => {
  for (const name of ['onerror', 'onunhandledrejection', 'onrejectionhandled']) {
    assert_true(name in globalThis);
    assert_equals(globalThis[name], null);
    const handler = () => {};
    globalThis[name] = handler;
    assert_true(globalThis[name] === handler);
    globalThis[name] = 5;
    assert_equals(globalThis[name], null);
  }
});

test('a handler keeps its place among the listeners', () => {
  const seen = [];
  onunhandledrejection = () => seen.push('first');
  addEventListener('unhandledrejection', () => seen.push('second'), { once: true });
  onunhandledrejection = () => seen.push('handler');
  dispatchEvent(new Event('unhandledrejection'));
  onunhandledrejection = null;
  dispatchEvent(new Event('unhandledrejection'));
  assert_equals(seen.join(), 'handler,second');
});

test('reportError needs an argument', () => {
  assert_throws(TypeError, () => reportError());
  assert_equals(`${reportError.name} ${reportError.length}`, 'reportError 1');
});

test('self is the global object', () => assert_true(self === globalThis));
