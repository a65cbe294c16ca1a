// Everybody who is connected hears what one of them says: with `reuse` they share isolates.
const all = new Set();

export default {
  fetch() {
    const [client, server] = Object.values(new WebSocketPair());
    server.accept();
    all.add(server);
    server.addEventListener('close', () => all.delete(server));
    server.addEventListener('message', ({ data }) => {
      if (data === 'count') server.send(`${all.size}`);
      else if (data.startsWith('all ')) for (const one of all) one.send(data.slice(4));
      else server.send(`${data} ${process.env.GENERATION}`);
    });
    return new Response(null, { status: 101, webSocket: client });
  },
};
