const next = (target, type = 'message') => new Promise((resolve) => target.addEventListener(type, resolve, { once: true }));

test('a message is a copy, in a trusted MessageEvent, in a later task', async () => {
  const { port1, port2 } = new MessageChannel();
  const message = { list: [1, new Date(5)] };
  let arrived = null;
  port2.onmessage = (event) => { arrived = event; };
  port1.postMessage(message);
  message.list.push('late');
  await null;
  assert_equals(arrived, null);
  await next(port2);
  assert_true(arrived instanceof MessageEvent);
  assert_equals(arrived.data.list.length, 2);
  assert_equals(`${arrived.type} ${arrived.isTrusted} ${arrived.origin} ${arrived.lastEventId} ${arrived.source} ${arrived.ports.length}`, 'message true   null 0');
  assert_true(arrived.target === port2 && Object.isFrozen(arrived.ports));
});

test('messages wait until the port is started, and come in their order', async () => {
  const { port1, port2 } = new MessageChannel();
  const got = [];
  port2.addEventListener('message', (event) => got.push(event.data));
  port1.postMessage(1);
  port1.postMessage(2);
  await new Promise((resolve) => setTimeout(resolve, 2));
  assert_deep_equals(got, []);
  port2.start();
  port2.start();
  port1.postMessage(3);
  while (got.length < 3) await next(port2);
  assert_deep_equals(got, [1, 2, 3]);
});

test('setting onmessage starts a port, even to null; addEventListener does not', async () => {
  const { port1, port2 } = new MessageChannel();
  port1.postMessage('x');
  const arrived = next(port2);
  port2.onmessage = null;
  assert_equals((await arrived).data, 'x');
  assert_equals(port2.onmessage, null);
});

test('both ways, and microtasks run between two messages', async () => {
  const { port1, port2 } = new MessageChannel();
  const order = [];
  port2.onmessage = ({ data }) => {
    order.push(data);
    Promise.resolve().then(() => order.push(`after ${data}`));
    port2.postMessage(`re: ${data}`);
  };
  port1.postMessage('a');
  port1.postMessage('b');
  const answers = [];
  await new Promise((resolve) => { port1.onmessage = ({ data }) => answers.push(data) === 2 && resolve(); });
  assert_deep_equals(order, ['a', 'after a', 'b', 'after b']);
  assert_deep_equals(answers, ['re: a', 're: b']);
});

test('the other end hears when a port closes, after the messages that were on their way', async () => {
  const { port1, port2 } = new MessageChannel();
  const heard = [];
  port2.onmessage = ({ data }) => heard.push(data);
  port1.onclose = () => heard.push('own close');
  const closed = new Promise((resolve) => { port2.onclose = (event) => { heard.push(event.type); resolve(); }; });
  port1.postMessage('last');
  port1.close();
  port1.close();
  port1.postMessage('lost');
  await closed;
  assert_deep_equals(heard, ['last', 'close']);
  port2.postMessage('to nobody');
});

test('a closed port gets nothing any more', async () => {
  const { port1, port2 } = new MessageChannel();
  port2.onmessage = () => { throw new Error('was called'); };
  port1.postMessage(1);
  port2.close();
  port1.postMessage(2);
  await next(port1, 'close');
  await new Promise((resolve) => setTimeout(resolve, 2));
});

test('what cannot be cloned is refused when it is posted, also by a closed port', () => {
  const { port1, port2 } = new MessageChannel();
  port2.close();
  assert_throws('DataCloneError', () => port1.postMessage(() => {}));
  assert_throws(TypeError, () => port1.postMessage());
  assert_throws(TypeError, () => port1.postMessage(1, 1));
  assert_throws(TypeError, () => port1.postMessage(1, [1]));
  assert_throws(TypeError, () => MessagePort.prototype.postMessage.call({}, 1));
});

test('interfaces', () => {
  assert_throws(TypeError, () => new MessagePort());
  assert_throws(TypeError, () => MessageChannel());
  const { port1 } = new MessageChannel();
  assert_true(port1 instanceof EventTarget);
  assert_equals(Object.prototype.toString.call(port1), '[object MessagePort]');
  assert_equals(Object.prototype.toString.call(new MessageChannel()), '[object MessageChannel]');
  assert_throws('DataCloneError', () => structuredClone(port1));
});
