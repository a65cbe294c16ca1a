// A KV namespace: values, metadata, lists, expiry.

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    const key = pathname.slice(1);
    switch (request.method) {
      case 'PUT':
        await env.KV.put(key, request.body, { metadata: { type: request.headers.get('content-type') }, expirationTtl: 3600 });
        return new Response(null, { status: 204 });
      case 'GET': {
        if (key === '') return Response.json((await env.KV.list()).keys.map(({ name, metadata }) => ({ name, metadata })));
        const { value, metadata } = await env.KV.getWithMetadata(key, { type: 'stream' });
        return value === null ? new Response('not found', { status: 404 }) : new Response(value, { headers: { 'content-type': metadata.type } });
      }
      case 'DELETE':
        await env.KV.delete(key);
        return new Response(null, { status: 204 });
      default:
        return new Response('Method not allowed', { status: 405, headers: { Allow: 'PUT, GET, DELETE' } });
    }
  },
};
