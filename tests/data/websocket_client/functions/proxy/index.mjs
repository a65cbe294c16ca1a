// A WebSocket of another server, passed on.
export default {
  fetch: (request) => {
    const { searchParams } = new URL(request.url);
    return fetch(`http://127.0.0.1:${searchParams.get('port')}${searchParams.get('path')}`, { headers: { upgrade: 'websocket', 'sec-websocket-protocol': 'chat' } });
  },
};
