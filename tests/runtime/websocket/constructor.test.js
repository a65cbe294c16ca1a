const error = (make) => {
  try {
    make();
  } catch (thrown) {
    return thrown.name;
  }
  return 'none';
};

test('URLs are parsed, and http becomes ws', () => {
  const urls = { 'ws://host.example': 'ws://host.example/', 'https://host.example:443/a b': 'wss://host.example/a%20b', 'HTTP://host.example:81/?q': 'ws://host.example:81/?q' };
  for (const [given, url] of Object.entries(urls)) {
    const socket = new WebSocket(given);
    assert_deep_equals([socket.url, socket.readyState, socket.binaryType, socket.bufferedAmount, socket.protocol, socket.extensions], [url, 0, 'blob', 0, '', '']);
    socket.close();
  }
  for (const url of ['/relative', 'ftp://host.example', 'ws://host.example/#fragment', 'ws://', 'nonsense']) assert_equals(error(() => new WebSocket(url)), 'SyntaxError');
  assert_equals(error(() => new WebSocket()), 'TypeError');
  assert_equals(error(() => WebSocket('ws://host.example')), 'TypeError');
});

test('subprotocols are different tokens; headers come in an object, as in Node', () => {
  for (const protocols of [['a', 'a'], ['a', 'A'], '', 'a b', ['a,b'], 'ä', [''], { protocols: ['x', 'x'] }]) assert_equals(error(() => new WebSocket('ws://host.example', protocols)), 'SyntaxError');
  for (const protocols of [[], 'a', ['a', 'b'], undefined, new Set(['a']), { protocols: 'a', headers: { 'X-Name': 'value' } }]) new WebSocket('ws://host.example', protocols).close();
});

test('nothing is sent before it is open; binaryType takes what it knows', () => {
  const socket = new WebSocket('ws://host.example');
  assert_throws('InvalidStateError', () => socket.send('x'));
  socket.binaryType = 'arraybuffer';
  socket.binaryType = 'nonsense';
  assert_equals(socket.binaryType, 'arraybuffer');
  socket.close();
  assert_equals(socket.readyState, WebSocket.CLOSING);
});

test('one that is closed before it is open ends with an error', async () => {
  const socket = new WebSocket('ws://host.example');
  const seen = [];
  socket.onerror = ({ type, message }) => seen.push(type, typeof message);
  const closed = new Promise((resolve) => { socket.onclose = resolve; });
  socket.close();
  const { code, wasClean } = await closed;
  assert_deep_equals([...seen, code, wasClean, socket.readyState], ['error', 'string', 1006, false, 3]);
});

test('CloseEvent is as the standard has it', () => {
  const event = new CloseEvent('close', { code: 65537, reason: '\ud800', wasClean: 1 });
  assert_deep_equals([event.code, event.reason, event.wasClean, event instanceof Event], [1, '\ufffd', true, true]);
  assert_deep_equals([new CloseEvent('x').code, new CloseEvent('x').reason, new CloseEvent('x').wasClean], [0, '', false]);
});
