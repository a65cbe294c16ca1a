const pair = () => Object.values(new WebSocketPair());
const answers = {
  unasked: () => new Response(null, { status: 101, webSocket: pair()[0] }),
  plain: () => new Response('no socket'),
  never: () => new Response(null, { status: 101, webSocket: pair()[0] }),
  twice: () => {
    const [client] = pair();
    const first = new Response(null, { status: 101, webSocket: client });
    try {
      client.accept();
    } catch (error) {
      return new Response(error.message);
    }
    return new Response(`accepted ${first.status}`);
  },
  polluted: () => {
    const [client, server] = pair();
    server.accept();
    server.onmessage = ({ data }) => server.send(data);
    for (const name of ['get', 'set', 'value', 'parts', 'socket', 'code', 'reason']) Object.defineProperty(Object.prototype, name, { __proto__: null, get() { throw new Error(name); }, configurable: true });
    Array.prototype.push = () => { throw new Error('push'); };
    Uint8Array.prototype.slice = () => { throw new Error('slice'); };
    Promise.prototype.then = () => { throw new Error('then'); };
    return new Response(null, { status: 101, webSocket: client });
  },
};

export default { fetch: (request) => answers[new URL(request.url).pathname.slice(1)]() };
