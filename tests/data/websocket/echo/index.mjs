// Says what it hears, and does what it is told.
async function tell(server, text, state) {
  if (text === 'throw') throw new Error('asked for');
  if (text === 'reject') Promise.reject(new Error('asked for'));
  if (text === 'loop') for (;;);
  if (text === 'memory') for (const all = []; ;) all.push(new Array(100000).fill(all.length));
  if (text === 'close') server.close(4321, 'as you wish');
  if (text === 'slow') await sleep(100);
  if (text.startsWith('flood ')) for (let i = 0; i < +text.slice(6); i++) server.send(`${i} ${'x'.repeat(60000)}`);
  if (text.startsWith('work ')) for (const end = Date.now() + +text.slice(5); Date.now() < end;);
  if (text === 'later') state.context.waitUntil(sleep(200).then(() => console.log('later is done')));
  if (text === 'fail later') {
    state.context.waitUntil(sleep(200).then(() => console.log('later is done')));
    throw new Error('asked for');
  }
}

export default {
  async fetch(request, env, context) {
    if (request.headers.get('Upgrade') !== 'websocket') return new Response('a WebSocket is expected', { status: 426 });
    const { 0: client, 1: server } = new WebSocketPair();
    const url = new URL(request.url);
    const headers = new Headers({ 'x-said': 'hello', 'set-cookie': 'a=1', connection: 'close', 'sec-websocket-accept': 'mine' });
    const offered = request.headers.get('sec-websocket-protocol');
    if (offered !== null) headers.set('sec-websocket-protocol', url.searchParams.get('choose') ?? offered.split(', ')[1]);
    server.accept();
    if (url.searchParams.has('first')) server.send('first');
    if (url.searchParams.has('bye')) server.close(1000, 'bye');
    server.addEventListener('message', async ({ data }) => {
      if (typeof data === 'string') await tell(server, data, { context });
      server.send(data);
    });
    server.addEventListener('close', ({ code, reason, wasClean }) => console.log(`closed ${code} ${reason} ${wasClean}`));
    return new Response(null, { status: 101, webSocket: client, headers });
  },
};
