const request = () => new Request('https://example.com/');

test('a FetchEvent has a request, and needs one', () => {
  const given = request();
  const event = new FetchEvent('fetch', { request: given, cancelable: true });
  assert_equals(event.request, given);
  assert_true(event instanceof ExtendableEvent && event instanceof Event && event.cancelable);
  assert_false(event.isTrusted);
  for (const init of [undefined, null, {}, { request: null }, { request: 'https://example.com/' }, { request: { url: 'x' } }]) {
    assert_throws(TypeError, () => new FetchEvent('fetch', init));
  }
  assert_throws(TypeError, () => new FetchEvent());
  assert_throws(TypeError, () => FetchEvent('fetch', { request: given }));
});

test('respondWith is for the time of the dispatch, once, and stops other listeners', () => {
  const event = new FetchEvent('fetch', { request: request() });
  assert_throws('InvalidStateError', () => event.respondWith(new Response('')));
  const target = new EventTarget();
  const seen = [];
  target.addEventListener('fetch', () => {
    event.respondWith(new Response(''));
    seen.push(assert_throws('InvalidStateError', () => event.respondWith(new Response(''))).name);
  });
  target.addEventListener('fetch', () => seen.push('second'));
  target.dispatchEvent(event);
  assert_deep_equals(seen, ['InvalidStateError']);
  assert_throws('InvalidStateError', () => event.respondWith(new Response('')));
});

test('events that a script has made cannot be extended', () => {
  assert_throws('InvalidStateError', () => new ExtendableEvent('x').waitUntil(Promise.resolve()));
  assert_throws('InvalidStateError', () => new FetchEvent('fetch', { request: request() }).waitUntil(Promise.resolve()));
  assert_equals(new FetchEvent('fetch', { request: request() }).passThroughOnException(), undefined);
  assert_throws(TypeError, () => ExtendableEvent.prototype.waitUntil.call(new Event('x'), Promise.resolve()));
  assert_throws(TypeError, () => FetchEvent.prototype.respondWith.call(new ExtendableEvent('x'), new Response('')));
  assert_throws(TypeError, () => FetchEvent.prototype.request);
});

test('a ScheduledEvent has its cron and its time', () => {
  const event = new ScheduledEvent('scheduled', { cron: '* * * * *', scheduledTime: 5 });
  assert_deep_equals([event.type, event.cron, event.scheduledTime], ['scheduled', '* * * * *', 5]);
  const empty = new ScheduledEvent('scheduled');
  assert_deep_equals([empty.cron, empty.scheduledTime], ['', 0]);
});
