test('an ErrorEvent carries what it is given, converted as Web IDL asks', () => {
  const event = new ErrorEvent('error', { message: 'm', filename: '\ud800', lineno: -1, colno: '7', error: 5, cancelable: true });
  assert_equals(event.message, 'm');
  assert_equals(event.filename, '\ufffd');
  assert_equals(event.lineno, 2 ** 32 - 1);
  assert_equals(event.colno, 7);
  assert_equals(event.error, 5);
  assert_true(event.cancelable && event instanceof Event && !event.isTrusted);
  assert_equals(new ErrorEvent('error').error, undefined);
});

test('a MessageEvent has the defaults of the standard and frozen ports', () => {
  const event = new MessageEvent('message');
  assert_equals(event.data, null);
  assert_equals(event.origin, '');
  assert_equals(event.lastEventId, '');
  assert_equals(event.source, null);
  assert_equals(event.ports.length, 0);
  assert_true(Object.isFrozen(event.ports) && event.ports === event.ports);
});

test('a MessageEvent refuses ports and sources that are none', () => {
  assert_throws(TypeError, () => new MessageEvent('message', { ports: [{}] }));
  assert_throws(TypeError, () => new MessageEvent('message', { ports: 5 }));
  assert_throws(TypeError, () => new MessageEvent('message', { ports: null }));
  assert_throws(TypeError, () => new MessageEvent('message', { source: {} }));
});

test('initMessageEvent changes an event that is not being dispatched', () => {
  const event = new MessageEvent('a', { data: 1 });
  event.initMessageEvent('b', true, true, 2, 'https://o.example', 'id');
  assert_equals([event.type, event.bubbles, event.cancelable, event.data, event.origin, event.lastEventId].join(), 'b,true,true,2,https://o.example,id');
  const target = new EventTarget();
  target.addEventListener('b', () => event.initMessageEvent('c', false, false, 3));
  target.dispatchEvent(event);
  assert_equals(`${event.type} ${event.data}`, 'b 2');
});

test('a PromiseRejectionEvent needs a promise', () => {
  const promise = Promise.resolve();
  const event = new PromiseRejectionEvent('unhandledrejection', { promise, reason: 'r' });
  assert_true(event.promise === promise);
  assert_equals(event.reason, 'r');
  assert_throws(TypeError, () => new PromiseRejectionEvent('x'));
  assert_throws(TypeError, () => new PromiseRejectionEvent('x', {}));
  assert_throws(TypeError, () => new PromiseRejectionEvent('x', { promise: 5 }));
});

test('members are read in the order of their names, those of Event first', () => {
  const read = [];
  const init = new Proxy({}, { get(_, key) { read.push(key); return undefined; } });
  new MessageEvent('m', init);
  assert_equals(read.join(), 'bubbles,cancelable,composed,data,lastEventId,origin,ports,source');
});

test('times of events count from the begin of the invocation', () => {
  const { timeStamp } = new Event('x');
  assert_true(timeStamp > 0 && timeStamp <= performance.now(), `${timeStamp} ${performance.now()}`);
});

test('a listener that was removed is forgotten by its signal', () => {
  const { signal } = new AbortController();
  const target = new EventTarget();
  let calls = 0;
  const listener = () => { calls += 1; };
  for (let i = 0; i < 3; i++) {
    target.addEventListener('x', listener, { signal });
    target.removeEventListener('x', listener);
  }
  target.addEventListener('x', listener);
  target.dispatchEvent(new Event('x'));
  assert_equals(calls, 1);
});

test('what is no signal is refused', () => {
  for (const signal of [null, {}, 5]) assert_throws(TypeError, () => new EventTarget().addEventListener('x', () => {}, { signal }));
});
