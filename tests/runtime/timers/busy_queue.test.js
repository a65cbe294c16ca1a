test('timers are due also while immediates or messages go on without end', async () => {
  let going = true;
  const again = () => { if (going) setImmediate(again); };
  again();
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => { if (going) port1.postMessage(0); };
  port2.onmessage = () => { if (going) port2.postMessage(0); };
  port1.postMessage(0);
  const order = [];
  setTimeout(() => order.push('second'), 6);
  setTimeout(() => order.push('first'), 2);
  await new Promise((resolve) => setTimeout(resolve, 10));
  going = false;
  assert_deep_equals(order, ['first', 'second']);
});
