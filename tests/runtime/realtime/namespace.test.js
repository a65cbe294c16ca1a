test('a namespace is a function that can be exported or used', () => {
  const ns = new RealtimeNamespace('/chat');
  assert_equals(typeof ns, 'function');
  assert_true(ns instanceof RealtimeNamespace && ns instanceof Function);
  assert_equals(ns.name, '/chat');
  assert_equals(ns.socket.on('x', () => {}), ns.socket);
  assert_equals(ns.socket.once('x', () => {}), ns.socket);
  assert_throws(TypeError, () => ns.socket.on('x', 'not a function'));
  let passed = false;
  ns({}, {}, () => { passed = true; });
  assert_true(passed);
  new Router().use(ns);
});

test('outside of an event there is no socket', () => {
  const { socket } = new RealtimeNamespace();
  assert_deep_equals([socket.id, socket.rooms.size, socket.connected, Object.keys(socket.data)], [undefined, 0, false, []]);
  for (const use of ['join', 'leave', 'disconnect', 'emit', 'to', 'except']) assert_throws(TypeError, () => socket[use]('x'));
  assert_throws(TypeError, () => socket.broadcast);
});

test('steps of an operator leave it as it is', () => {
  const ns = new RealtimeNamespace();
  const one = ns.to('a');
  assert_true(one.to('b') !== one && one.except(['c', 'd']) !== one && ns.in('a') !== one);
  assert_throws(TypeError, () => {
    const circle = {};
    circle.circle = circle;
    one.emit('x', circle);
  });
});
