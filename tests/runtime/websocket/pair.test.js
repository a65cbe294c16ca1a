const next = (target, type = 'message') => new Promise((resolve) => target.addEventListener(type, resolve, { once: true }));
const soon = () => new Promise((resolve) => setTimeout(resolve, 2));

test('two ends are joined once both are accepted; what came before waits, in order', async () => {
  const pair = new WebSocketPair();
  assert_deep_equals(Object.keys(pair), ['0', '1']);
  const [left, right] = Object.values(pair);
  assert_true(left instanceof WebSocket && left.readyState === WebSocket.OPEN);
  left.accept();
  left.send('one');
  left.send(new Uint8Array([1, 2, 3]).subarray(1));
  await soon();
  const got = [];
  right.addEventListener('message', ({ data }) => got.push(typeof data === 'string' ? data : [...new Uint8Array(data)]));
  right.accept();
  right.accept();
  while (got.length < 2) await soon();
  assert_deep_equals(got, ['one', [2, 3]]);
  right.binaryType = 'blob';
  left.send(new Uint8Array([7]));
  await soon();
  const event = await Promise.all([next(right), left.send(new Blob(['blob']))]);
  assert_true(event[0].data instanceof Blob && event[0].isTrusted);
  assert_equals(await event[0].data.text(), 'blob');
});

test('an end sends nothing before it is accepted', () => {
  const [left] = Object.values(new WebSocketPair());
  assert_throws(TypeError, () => left.send('too early'));
});

test('closing tells both ends, with code and reason; what is sent then is counted only', async () => {
  const [left, right] = Object.values(new WebSocketPair());
  left.accept();
  right.accept();
  const closed = Promise.all([next(left, 'close'), next(right, 'close')]);
  left.send('last words');
  left.close(1011, 'tschüß');
  assert_equals(left.readyState, WebSocket.CLOSING);
  const last = next(right);
  for (const { code, reason, wasClean } of await closed) assert_deep_equals([code, reason, wasClean], [1011, 'tschüß', true]);
  assert_equals((await last).data, 'last words');
  assert_equals(left.readyState, WebSocket.CLOSED);
  const before = left.bufferedAmount;
  left.send('four');
  assert_equals(left.bufferedAmount - before, 4);
});

test('which codes and reasons can be said', () => {
  const [left] = Object.values(new WebSocketPair());
  left.accept();
  for (const code of [0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 'x']) assert_throws('InvalidAccessError', () => left.close(code));
  assert_throws('SyntaxError', () => left.close(1000, 'ü'.repeat(62)));
  left.close(3000, 'ü'.repeat(61));
});

test('a response takes an end that nobody else has', () => {
  const [one, two] = Object.values(new WebSocketPair());
  const response = new Response(null, { status: 101, webSocket: one });
  assert_deep_equals([response.status, response.webSocket === one, response.body], [101, true, null]);
  assert_throws(TypeError, () => response.clone());
  assert_throws(RangeError, () => new Response(null, { status: 200, webSocket: two }));
  assert_throws(RangeError, () => new Response(null, { status: 101 }));
  two.accept();
  assert_throws(TypeError, () => new Response(null, { status: 101, webSocket: two }));
  assert_throws(TypeError, () => new Response(null, { status: 101, webSocket: {} }));
  assert_throws(TypeError, () => new Response(null, { status: 101, webSocket: Object.create(WebSocket.prototype) }));
  assert_equals(new Response('text').webSocket, null);
});

test('too much that waits ends the socket', async () => {
  const [left, right] = Object.values(new WebSocketPair());
  left.accept();
  const closed = next(left, 'close');
  left.send(new Uint8Array(17 * 1024 * 1024));
  assert_equals((await closed).code, 1008);
  right.accept();
});
