// The syntax of service workers, where bindings are globals.

const greeting = `${GREETING} from the top level`;

addEventListener('fetch', (event) => {
  event.respondWith(handleRequest(event.request, event));
});

async function handleRequest(request, event) {
  const url = new URL(request.url);
  if (url.pathname === '/proxy') return fetch(`${ORIGIN}/text`, request);
  if (url.pathname === '/kv') {
    await KV.put('visits', String(Number(await KV.get('visits')) + 1));
    return new Response(`visit ${await KV.get('visits')}`);
  }
  if (url.pathname === '/event') {
    event.waitUntil(Promise.resolve());
    event.passThroughOnException();
    return Response.json([event.type, event instanceof FetchEvent, event instanceof ExtendableEvent, event.isTrusted, event.target === self]);
  }
  return new Response(`${greeting}, ${GREETING}`, { headers: { 'content-type': 'text/plain' } });
}
