const next = (target, type = 'message') => new Promise((resolve) => target.addEventListener(type, resolve, { once: true }));

test('a port goes through another one, with the messages that wait for it', async () => {
  const inner = new MessageChannel();
  const outer = new MessageChannel();
  inner.port1.postMessage('early');
  inner.port2.start();
  outer.port1.postMessage({ port: inner.port2 }, [inner.port2]);
  inner.port1.postMessage('late');
  outer.port2.start();
  const event = await next(outer.port2);
  const [port] = event.ports;
  assert_true(event.data.port === port);
  assert_false(port === inner.port2);
  const got = [];
  port.onmessage = ({ data }) => got.push(data);
  while (got.length < 2) await next(port);
  assert_deep_equals(got, ['early', 'late']);
  port.postMessage('answer');
  inner.port1.start();
  assert_equals((await next(inner.port1)).data, 'answer');
});

test('a transferred port is detached', () => {
  const { port1, port2 } = new MessageChannel();
  const copy = structuredClone(port2, { transfer: [port2] });
  assert_true(copy instanceof MessagePort);
  assert_throws('DataCloneError', () => structuredClone(1, { transfer: [port2] }));
  assert_throws('DataCloneError', () => structuredClone(1, { transfer: [copy, copy] }));
  port2.postMessage('nowhere');
  port2.start();
  port2.close();
  port1.close();
  assert_throws('DataCloneError', () => structuredClone(1, { transfer: [port1] }));
});

test('a port that is not in the transfer list cannot be posted', () => {
  const { port1 } = new MessageChannel();
  const other = new MessageChannel();
  assert_throws('DataCloneError', () => port1.postMessage({ port: other.port1 }));
});

test('a port cannot go through itself, and a message that takes its own receiver away is lost', async () => {
  const { port1, port2 } = new MessageChannel();
  assert_throws('DataCloneError', () => port1.postMessage(1, [port1]));
  assert_throws('DataCloneError', () => port1.postMessage(1, { transfer: [port1] }));
  port2.onmessage = () => { throw new Error('was called'); };
  port1.postMessage(1, [port2]);
  await new Promise((resolve) => setTimeout(resolve, 2));
});

test('ports through ports through ports keep their order', async () => {
  const data = new MessageChannel();
  let end = data.port2;
  for (let i = 0; i < 20; i++) {
    data.port1.postMessage(i);
    end.start();
    end = structuredClone(end, { transfer: [end] });
  }
  const got = [];
  end.onmessage = (event) => got.push(event.data);
  while (got.length < 20) await next(end);
  assert_deep_equals(got, Array.from({ length: 20 }, (_, i) => i));
});

test('buffers move along, and the list of ports holds ports only', async () => {
  const { port1, port2 } = new MessageChannel();
  const extra = new MessageChannel();
  const buffer = new ArrayBuffer(8);
  port1.postMessage(buffer, { transfer: [buffer, extra.port1] });
  assert_true(buffer.detached);
  port2.start();
  const event = await next(port2);
  assert_equals(event.data.byteLength, 8);
  assert_equals(event.ports.length, 1);
});

test('a MessageEvent of the user takes ports and sources, and nothing else', () => {
  const { port1 } = new MessageChannel();
  assert_true(new MessageEvent('m', { ports: [port1], source: port1 }).source === port1);
  assert_throws(TypeError, () => new MessageEvent('m', { ports: [{}] }));
  assert_throws(TypeError, () => new MessageEvent('m', { source: {} }));
});

test('poisoned iteration and setters see nothing of what is transferred', async () => {
  const { port1, port2 } = new MessageChannel();
  const extra = new MessageChannel();
  let seen = 0;
  const original = Array.prototype[Symbol.iterator];
  const list = { transfer: { [Symbol.iterator]() { return original.call([extra.port1]); } } };
  Object.defineProperty(Object.prototype, 'peer', { set() { seen += 1; }, configurable: true });
  Object.defineProperty(Object.prototype, 0, { set() { seen += 1; }, configurable: true });
  try {
    port1.postMessage('x', list);
  } finally {
    delete Object.prototype.peer;
    delete Object.prototype[0];
  }
  port2.start();
  assert_equals((await next(port2)).ports.length, 1);
  assert_equals(seen, 0);
});
