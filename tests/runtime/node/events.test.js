const { once, on, getEventListeners, errorMonitor, setMaxListeners, addAbortListener, captureRejectionSymbol } = EventEmitter;

test('listeners are called in order, with this and all arguments', () => {
  const emitter = new EventEmitter();
  const seen = [];
  emitter.on('x', function (...args) { seen.push(this === emitter, args); });
  emitter.prependListener('x', () => seen.push('first'));
  assert_true(emitter.emit('x', 1, 2));
  assert_deep_equals(seen, ['first', true, [1, 2]]);
  assert_false(emitter.emit('none'));
});

test('once listeners go before they are called', () => {
  const emitter = new EventEmitter();
  let calls = 0;
  emitter.once('x', () => { calls++; emitter.emit('x'); });
  emitter.emit('x');
  assert_equals(calls, 1);
});

test('taking a listener off during an event does not skip others', () => {
  const emitter = new EventEmitter();
  const seen = [];
  const b = () => seen.push('b');
  emitter.on('x', () => { seen.push('a'); emitter.off('x', b); });
  emitter.on('x', b);
  emitter.emit('x');
  emitter.emit('x');
  assert_deep_equals(seen, ['a', 'b', 'a']);
});

test('newListener and removeListener tell of the original function', () => {
  const emitter = new EventEmitter();
  const f = () => {};
  const seen = [];
  emitter.on('newListener', (type, listener) => seen.push('new', type, listener === f));
  emitter.on('removeListener', (type, listener) => seen.push('removed', type, listener === f));
  emitter.once('x', f);
  emitter.removeListener('x', f);
  assert_deep_equals(seen, ['new', 'removeListener', false, 'new', 'x', true, 'removed', 'x', true]);
});

test('an error event without listener is thrown', () => {
  const error = new TypeError('boom');
  assert_true(assert_throws(TypeError, () => new EventEmitter().emit('error', error)) === error);
  assert_equals(assert_throws('ERR_UNHANDLED_ERROR', () => new EventEmitter().emit('error', { a: 1 })).message, 'Unhandled error. ({ a: 1 })');
  const seen = [];
  const watched = new EventEmitter().on(errorMonitor, () => seen.push('monitor')).on('error', () => seen.push('handler'));
  watched.emit('error', error);
  assert_deep_equals(seen, ['monitor', 'handler']);
});

test('listeners can be counted, listed and removed together', () => {
  const emitter = new EventEmitter();
  const f = () => {};
  const symbol = Symbol('s');
  emitter.on('a', f).on('a', f).once(symbol, f);
  assert_deep_equals([emitter.listenerCount('a'), emitter.listenerCount('a', f), emitter.eventNames().length], [2, 2, 2]);
  assert_true(emitter.listeners(symbol)[0] === f);
  assert_true(emitter.rawListeners(symbol)[0].listener === f);
  assert_equals(getEventListeners(emitter, 'a').length, 2);
  emitter.removeAllListeners('a');
  assert_equals(emitter.listenerCount('a'), 0);
  emitter.removeAllListeners();
  assert_deep_equals(emitter.eventNames(), []);
});

test('it is inherited by classes and by old-style constructors', () => {
  class Modern extends EventEmitter {}
  function Old() { EventEmitter.call(this); }
  require('util').inherits(Old, EventEmitter);
  for (const emitter of [new Modern(), new Old()]) {
    let called = false;
    emitter.on('x', () => { called = true; });
    emitter.emit('x');
    assert_true(called && emitter instanceof EventEmitter);
  }
});

test('wrong arguments are refused', () => {
  assert_throws('ERR_INVALID_ARG_TYPE', () => new EventEmitter().on('x', 5));
  assert_throws('ERR_OUT_OF_RANGE', () => new EventEmitter().setMaxListeners(-1));
  assert_throws('ERR_INVALID_ARG_TYPE', () => getEventListeners({}, 'x'));
});

test('once() waits for an event, an error, or the end of patience', async () => {
  const emitter = new EventEmitter();
  setTimeout(() => emitter.emit('x', 1, 2), 1);
  assert_deep_equals(await once(emitter, 'x'), [1, 2]);
  setTimeout(() => emitter.emit('error', new RangeError('e')), 1);
  await assert_rejects(RangeError, once(emitter, 'x'));
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 1);
  await assert_rejects('AbortError', once(emitter, 'x', { signal: controller.signal }));
  assert_deep_equals(emitter.eventNames(), []);
  const target = new EventTarget();
  setTimeout(() => target.dispatchEvent(new Event('x')), 1);
  assert_equals((await once(target, 'x'))[0].type, 'x');
});

test('on() gives events as they come, in order, and cleans up', async () => {
  const emitter = new EventEmitter();
  setTimeout(() => { emitter.emit('x', 1); emitter.emit('x', 2); setTimeout(() => emitter.emit('end'), 1); }, 1);
  const seen = [];
  for await (const [value] of on(emitter, 'x', { close: ['end'] })) seen.push(value);
  assert_deep_equals(seen, [1, 2]);
  assert_deep_equals(emitter.eventNames(), []);
  const failing = on(emitter, 'x');
  emitter.emit('error', new RangeError('e'));
  await assert_rejects(RangeError, failing.next());
});

test('rejections of async listeners can be captured', async () => {
  const emitter = new EventEmitter({ captureRejections: true });
  emitter.on('x', async () => { throw new TypeError('async'); });
  emitter.emit('x');
  const [error] = await once(emitter, 'error').catch((e) => [e]);
  assert_equals(error.message, 'async');
  const own = new EventEmitter({ captureRejections: true });
  const caught = new Promise((resolve) => { own[captureRejectionSymbol] = (error, type, ...args) => resolve([error.message, type, args]); });
  own.on('y', async () => { throw new Error('mine'); });
  own.emit('y', 7);
  assert_deep_equals(await caught, ['mine', 'y', [7]]);
});

test('abort listeners are called once and can be disposed', async () => {
  const controller = new AbortController();
  let calls = 0;
  addAbortListener(controller.signal, () => { calls++; });
  const disposable = addAbortListener(controller.signal, () => { calls += 10; });
  disposable[Symbol.dispose]();
  controller.abort();
  assert_equals(calls, 1);
  setMaxListeners(3, new EventEmitter(), new EventTarget());
});

test('an abort is heard by once() whatever another listener stops', async () => {
  const controller = new AbortController();
  controller.signal.addEventListener('abort', (event) => event.stopImmediatePropagation());
  const waiting = require('events').once(new EventTarget(), 'x', { signal: controller.signal });
  controller.abort();
  assert_equals(await waiting.catch((error) => error.name), 'AbortError');
});

test('what a listener gives is asked once for its then', async () => {
  const Emitter = require('events');
  const emitter = new Emitter({ captureRejections: true });
  let asked = 0;
  const heard = new Promise((resolve) => { emitter.on('error', resolve); });
  emitter.on('x', () => ({ get then() { asked++; return (done, failed) => failed(new Error(`${done}`)); } }));
  emitter.emit('x');
  assert_equals((await heard).message, 'undefined');
  assert_equals(asked, 1);
});
