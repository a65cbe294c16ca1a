// Talks with a RealtimeNamespace as Socket.IO clients do, and prints what came of it: node chat.mjs URL TRANSPORTS PACKAGES
import { createRequire } from 'node:module';

const [url, transports, packages] = process.argv.slice(2);
const { io } = createRequire(`${packages}/x.js`)('socket.io-client');
const options = { forceNew: true, reconnection: false, ...(transports === 'all' ? {} : { transports: [transports] }) };
const seen = {};

function connect(name, auth, path = '/chat', more = {}) {
  const socket = io(url + path, { ...options, ...more, auth, query: { who: name } });
  seen[name] = [];
  socket.onAny((event, ...args) => seen[name].push([event, ...args]));
  return new Promise((resolve) => {
    socket.on('connect', () => resolve(socket));
    socket.on('connect_error', ({ message, data }) => {
      socket.close();
      resolve({ message, data });
    });
  });
}

const until = async (condition) => {
  for (let i = 0; i < 500 && !condition(); i++) await new Promise((resolve) => setTimeout(resolve, 10));
  if (!condition()) throw new Error(`in vain: ${condition} ${JSON.stringify(seen)}`);
};
const names = (who) => seen[who].map(([event]) => event);

const results = {};
const ann = await connect('ann', { name: 'Ann' });
const bob = await connect('bob', { name: 'Bob' });
await until(() => names('ann').includes('joined'));
results.greeted = seen.ann[0];
results.others = seen.ann.find(([event]) => event === 'joined');
bob.emit('say', { text: 'hello ✓' });
await until(() => names('ann').includes('said'));
results.said = seen.ann.find(([event]) => event === 'said');
results.notToSender = !names('bob').includes('said');
results.handshake = await ann.emitWithAck('handshake');
results.rooms = await ann.emitWithAck('rooms', 'extra');
results.left = await ann.emitWithAck('leave', 'extra');
results.count = [await ann.emitWithAck('count'), await ann.emitWithAck('count'), await bob.emitWithAck('count')];
const [isBuffer, back] = await new Promise((resolve) => ann.emit('bytes', new Uint8Array([1, 2, 255]), { deep: [Buffer.from('deep')] }, (...all) => resolve(all)));
results.bytes = [isBuffer, Buffer.isBuffer(back), [...back]];
await until(() => names('bob').includes('bytes'));
results.bytesToAll = [...seen.bob.find(([event]) => event === 'bytes')[1]];
ann.emit('many', 200);
await until(() => names('ann').filter((name) => name === 'number').length === 200);
results.inOrder = seen.ann.filter(([event]) => event === 'number').every(([, number], at) => number === at);
ann.emit('throw');
results.afterThrow = await ann.emitWithAck('rooms');
await bob.emitWithAck('join', 'vip');
await ann.emitWithAck('join', 'banned');
const cid = await connect('cid', { name: 'Cid' });
await cid.emitWithAck('select');
await until(() => names('bob').includes('offer') && names('cid').includes('elsewhere'));
results.selected = [names('ann'), names('bob'), names('cid')].map((list) => list.filter((name) => ['offer', 'elsewhere', 'direct'].includes(name)));
results.refused = await connect('bad', { name: 'Mallory' });
results.broken = await connect('broken', { name: 'broken' });
results.nowhere = await connect('nowhere', {}, '/nothing');
results.plain = await connect('plain', {}, '/plain');
const eve = await connect('eve', { name: 'Eve' }, '', { path: '/chat/socket.io/' });
results.byPath = typeof eve.id;
const router = await connect('router', {}, '/routed');
results.routed = await router.emitWithAck('where');
results.pushed = await (await fetch(`${url}/routed/push`, { method: 'POST' })).text();
await until(() => names('router').includes('pushed'));
results.transport = ann.io.engine.transport.name;
const gone = new Promise((resolve) => bob.on('disconnect', resolve));
bob.emit('kick');
results.kicked = await gone;
await until(() => seen.ann.some(([event, who]) => event === 'bye' && who === 'Bob'));
cid.close();
await until(() => seen.ann.some(([event, who]) => event === 'bye' && who === 'Cid'));
results.reasons = seen.ann.filter(([event]) => event === 'bye').map(([, who, reason]) => [who, reason]);
console.log(JSON.stringify(results));
process.exit(0);
