// Change parts of a request before it is sent on.

export default {
  async fetch(request, env) {
    const newRequestInit = {
      method: 'POST',
      body: JSON.stringify({ bar: 'foo' }),
      redirect: 'follow',
      headers: { 'content-type': 'application/json' },
      cf: { apps: false },
    };
    const url = new URL(`${env.ORIGIN}/echo`);
    url.searchParams.set('path', new URL(request.url).pathname);
    const first = new Request(url.toString(), new Request(request, newRequestInit));
    const second = new Request(first, { headers: [...first.headers, ['X-Example', 'bar']] });
    second.headers.set('x-example-2', 'foo');
    try {
      return await fetch(second);
    } catch (e) {
      return new Response(JSON.stringify({ error: e.message }), { status: 500 });
    }
  },
};
