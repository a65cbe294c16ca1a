const ns = new RealtimeNamespace();
const { socket } = ns;

socket
  .on('$connect', async function connect() {
    const { auth, query } = socket.handshake;
    if (this !== ns || arguments.length !== 0) throw new Error('not called as it should be');
    if (auth.name === 'Mallory') throw Object.assign(new Error('you are not welcome'), { data: { reason: 'name' } });
    if (auth.name === 'broken') throw new Error('a secret of the function');
    socket.data.name = auth.name;
    socket.join('lobby');
    socket.emit('welcome', `hello ${auth.name}, you are ${query.who}`);
    socket.to('lobby').emit('joined', auth.name);
  })
  .on('say', ({ text }) => socket.to('lobby').emit('said', socket.data.name, text))
  .on('handshake', (ack) => {
    const { headers, query, auth, address, time } = socket.handshake;
    ack([typeof headers['user-agent'] === 'string' || headers.host !== undefined, query.who, auth, address, !Number.isNaN(Date.parse(time)), socket.connected]);
  })
  .on('rooms', async (room, ack) => {
    if (ack === undefined) return room([...socket.rooms].filter((name) => name !== socket.id));
    await socket.join(room);
    return ack([...socket.rooms].filter((name) => name !== socket.id));
  })
  .on('leave', async (room, ack) => {
    await socket.leave(room);
    ack([...socket.rooms].filter((name) => name !== socket.id));
  })
  .once('count', (ack) => {
    socket.data.count = (socket.data.count ?? 0) + 1;
    ack(socket.data.count);
  })
  .on('bytes', (bytes, { deep }, ack) => {
    ns.emit('bytes', bytes);
    ack(Buffer.isBuffer(bytes) && deep[0].toString() === 'deep', Buffer.from([...bytes].reverse()));
  })
  .on('many', (count) => {
    for (let i = 0; i < count; i++) socket.emit('number', i);
  })
  .on('throw', () => {
    throw new Error('this one fails');
  })
  .on('join', async (room, ack) => {
    await socket.join(room);
    ack();
  })
  .on('select', (ack) => {
    ns.to('vip').to('banned').except('banned').emit('offer');
    ns.except(['vip', 'banned']).emit('elsewhere');
    ns.to(socket.id).emit('direct');
    socket.broadcast.to('nobody').emit('offer');
    ack();
  })
  .on('kick', () => socket.disconnect())
  .on('$disconnect', (reason) => ns.emit('bye', socket.data.name, `${reason}${socket.connected ? ' but connected' : ''}`));

module.exports = ns;
