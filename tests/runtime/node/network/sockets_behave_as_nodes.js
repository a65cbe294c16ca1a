const out = {};
{ // what is written before there is a connection leaves in order; the end of one half leaves the other
  const events = [];
  const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  for (const name of ['connect', 'ready', 'finish', 'end', 'close']) socket.on(name, (...args) => events.push([name, ...args].join(' ')));
  assert.equal(socket.readyState, 'opening');
  assert(socket.connecting && socket.pending);
  socket.setEncoding('utf8');
  socket.write('echo\n');
  socket.write(Buffer.from('a'));
  socket.end('b');
  out.text = await collect(socket);
  if (!socket.closed && !socket._closeEmitted) await once(socket, 'close');
  out.events = events;
  out.counts = [socket.bytesRead, socket.bytesWritten, socket.readyState, socket.destroyed];
  out.family = [socket.remoteAddress, socket.remotePort === port, socket.remoteFamily, socket.address().family];
}
{ // one megabyte each way, with pieces of all sizes
  const socket = net.connect(port, '127.0.0.1');
  socket.write('echo\n');
  const parts = Array.from({ length: 64 }, (_, i) => Buffer.alloc(16384, i));
  let drained = 0;
  const all = [];
  (async () => {
    for (const part of parts) if (!socket.write(part)) { drained += 1; await once(socket, 'drain'); }
    socket.end();
  })();
  for await (const piece of socket) all.push(piece);
  const got = Buffer.concat(all);
  out.mirrored = got.subarray(6, -3).equals(Buffer.concat(parts));
  out.drained = drained > 0;
}
{ // pausing stops the reading, resuming goes on
  const socket = net.connect(port, '127.0.0.1');
  let size = 0;
  socket.on('data', (piece) => { size += piece.length; socket.pause(); setTimeout(() => socket.resume(), 1); });
  socket.write('count 500000\n');
  await once(socket, 'end');
  out.paused = size;
}
out.refused = await failure(net.connect(1, '127.0.0.1'));
out.unknown = await failure(net.connect(80, 'name.invalid'));
out.reset = (() => { const socket = net.connect(port, '127.0.0.1'); socket.write('reset\n'); socket.resume(); return failure(socket); })();
out.reset = (await out.reset).code;
out.long = thrown(() => net.connect(80, 'x'.repeat(5000)));
out.path = thrown(() => net.connect('/var/run/x.sock'));
out.port = [thrown(() => net.connect(70000)), thrown(() => net.connect({})), thrown(() => net.connect({ port: {} })), thrown(() => net.connect({ port: 1, host: 5 }))];
{ // time without anything happening
  const socket = net.connect(port, '127.0.0.1', () => socket.write('hang\n'));
  socket.resume();
  socket.setTimeout(60);
  await once(socket, 'timeout');
  socket.destroy();
  out.timeout = true;
}
{ // given up while it connects, and by a signal
  const socket = net.connect(port, '127.0.0.1');
  socket.destroy();
  await once(socket, 'close');
  const stop = new AbortController();
  const other = net.connect({ port, host: '127.0.0.1', signal: stop.signal });
  setTimeout(() => stop.abort(), 1);
  out.abort = (await failure(other)).code;
}
{ // a look-up of the function's own
  const seen = [];
  const socket = net.connect({ port, host: 'db.example', lookup: (host, options, done) => { seen.push(host); setImmediate(done, null, '127.0.0.1', 4); } });
  socket.on('lookup', (error, address, family, host) => seen.push(address, family, host));
  await once(socket, 'connect');
  socket.destroy();
  out.lookup = seen;
  const bad = net.connect({ port, host: 'db.example', lookup: (host, options, done) => done(null, 'nonsense', 4) });
  out.badLookup = (await failure(bad)).code;
}
{ // a socket of its class, connected again
  const socket = new net.Socket();
  for (let i = 0; i < 2; i++) {
    socket.connect(port, '127.0.0.1');
    socket.write(`line ${i}\n`);
    const [data] = await once(socket, 'data');
    out[`again${i}`] = `${data}`;
    socket.end();
    await once(socket, 'close');
  }
}
{ // onread: one buffer for all
  let text = '';
  const buffer = Buffer.alloc(4);
  const socket = net.connect({ port, host: '127.0.0.1', onread: { buffer, callback(size, its) { text += its.toString('latin1', 0, size); return true; } } });
  socket.write('line hello world\n');
  while (text.length < 12) await sleep(2);
  socket.destroy();
  out.onread = text;
}
return Response.json(out);
