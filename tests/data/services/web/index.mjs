// The callee of tests/integration/test_serve_services.py.

const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

function endless(env, key) {
  let pulls = 0;
  return new Response(new ReadableStream({
    async pull(controller) {
      pulls += 1;
      if (pulls % 8 === 0) await env.KV.set(key, pulls);
      controller.enqueue(new Uint8Array(65536));
    },
    cancel: () => env.KV.set(`${key}-cancelled`, pulls),
  }));
}

async function waits(request, env, key) {
  await env.KV.set(`${key}-begun`, 1);
  await Promise.race([pause(20000), new Promise((resolve) => { request.signal.addEventListener('abort', resolve); })]);
  await env.KV.set(key, request.signal.reason.name);
  return new Response('too late');
}

async function look(request, env) {
  const seen = { method: request.method, url: request.url, headers: Object.fromEntries(request.headers), body: await request.text() };
  return Response.json(seen, { status: 201, headers: { 'x-callee': String(env.WHO) } });
}

async function callSelf(env) {
  try {
    return await env.ONE.fetch('https://one.internal/look');
  } catch (error) {
    return new Response(`${error.code} ${error.message}`);
  }
}

export default {
  async fetch(request, env, ctx) {
    const { pathname, searchParams } = new URL(request.url);
    const key = searchParams.get('key');
    switch (pathname.replace('/one', '')) {
      case '/look': return look(request, env);
      case '/from': return new Response(`${request.method} ${request.url}`);
      case '/log':
        console.log('from the callee');
        return new Response('logged');
      case '/throw': throw new TypeError('callee broke');
      case '/hang':
        await pause(20000);
        return new Response('late');
      case '/bad': return 'no response';
      case '/header': {
        Headers.prototype.set = () => {};
        return new Response(null, { headers: { 'x-euro': '\u00ff' }, status: 200, statusText: 'ok' }) && { status: 200 };
      }
      case '/half': return new Response(new ReadableStream({
        start: (controller) => controller.enqueue(new TextEncoder().encode('half')),
        async pull() {
          await pause(50);
          throw new Error('the source broke');
        },
      }));
      case '/echo': return new Response(request.body);
      case '/endless': return endless(env, key);
      case '/waits': return waits(request, env, key);
      case '/later':
        ctx.waitUntil(pause(300).then(() => env.KV.set(key, 'done')));
        return new Response('answered');
      case '/five': return new Response('12345', { headers: { 'content-length': '5' } });
      case '/status/204': return new Response(null, { status: 204 });
      case '/status/304': return new Response(null, { status: 304 });
      case '/redirect': return new Response(null, { status: 302, headers: { location: '/elsewhere' } });
      case '/self': return callSelf(env);
      default: return new Response('?', { status: 404 });
    }
  },
};
