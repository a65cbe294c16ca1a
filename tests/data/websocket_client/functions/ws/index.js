// The package ws, used as a client; each test tells what came of it.
const WebSocket = require('ws');
const { WebSocketServer, createWebSocketStream } = WebSocket;
const { once } = require('node:events');

const tests = {
  async messages(url) {
    const ws = new WebSocket(`${url}/echo`, ['other', 'chat'], { headers: { 'x-name': 'edge' } });
    const [[upgraded]] = await Promise.all([once(ws, 'upgrade'), once(ws, 'open')]);
    const seen = [];
    ws.on('message', (data, isBinary) => seen.push([Buffer.isBuffer(data), isBinary, data.toString()]));
    const sent = await new Promise((resolve) => ws.send('text ✓', resolve));
    ws.send(Buffer.from('bytes'));
    ws.send('as bytes', { binary: true });
    ws.send([1, 2]);
    await new Promise((resolve) => ws.on('message', () => seen.length === 4 && resolve()));
    ws.ping('are you there');
    const [pong] = await once(ws, 'pong');
    ws.close(4001, 'bye');
    const [code, reason] = await once(ws, 'close');
    let error;
    ws.send('late', (problem) => { error = problem.message; });
    await sleep(5);
    return [ws.protocol, upgraded.headers['x-name'], sent === undefined || sent === null, seen, pong.toString(), code, reason.toString(), ws.readyState === WebSocket.CLOSED, error];
  },
  async events(url) {
    const ws = new WebSocket(new URL(`${url}/echo`));
    const seen = [];
    ws.onopen = ({ type, target }) => seen.push(type) && ws.send('x');
    ws.onmessage = ({ data }) => seen.push(data) && ws.close();
    await new Promise((resolve) => ws.addEventListener('close', ({ code, wasClean }) => resolve(seen.push([code, wasClean]))));
    return [seen, typeof ws.onopen, ws.listenerCount('message')];
  },
  async refused(url) {
    const errors = [];
    for (const address of [`${url}/status/404`, 'ws://127.0.0.1:1/', 'ws://10.0.0.1/']) {
      const ws = new WebSocket(address);
      const closed = new Promise((resolve) => ws.once('close', resolve));
      const [error] = await once(ws, 'error');
      errors.push([error.message, error.code, await closed]);
    }
    for (const make of [() => new WebSocket('nonsense'), () => new WebSocket(url, ['a', 'a']), () => new WebSocketServer({ port: 1 }), () => new WebSocket(url).send('x')]) {
      try {
        const ws = make();
        ws.on('error', () => {});
      } catch (error) {
        errors.push(`${error.name}: ${error.message}`);
      }
    }
    return errors;
  },
  async terminate(url) {
    const ws = new WebSocket(`${url}/echo`);
    await once(ws, 'open');
    ws.terminate();
    const [code] = await once(ws, 'close');
    const early = new WebSocket(`${url}/echo`);
    early.terminate();
    const [error] = await once(early, 'error');
    const slow = new WebSocket(`${url}/slow`, { handshakeTimeout: 50 });
    const [late] = await once(slow, 'error');
    return [code, error.message, late.message];
  },
  async stream(url) {
    const duplex = createWebSocketStream(new WebSocket(`${url}/echo`), { encoding: 'utf8' });
    duplex.write('one ');
    duplex.write('two ');
    let text = '';
    for await (const chunk of duplex) {
      text += chunk;
      if (text === 'one two ') duplex.end();
    }
    return text;
  },
  async proxy(url) {
    const response = await fetch(url.replace('ws:', 'http:') + '/echo', { headers: { Upgrade: 'websocket', 'Sec-WebSocket-Protocol': 'chat' } });
    const socket = response.webSocket;
    socket.accept();
    socket.send('through fetch');
    const data = await new Promise((resolve) => socket.addEventListener('message', (event) => resolve(event.data)));
    const refused = await fetch(url.replace('ws:', 'http:') + '/status/403', { headers: { Upgrade: 'websocket' } });
    return [response.status, socket.protocol, data, refused.status, refused.webSocket];
  },
};

module.exports = async (req, res) => {
  res.json(await tests[req.query.test](`ws://127.0.0.1:${req.query.port}`));
};
