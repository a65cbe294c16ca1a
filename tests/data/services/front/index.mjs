// The caller of tests/integration/test_serve_services.py: /HOW/BINDING/PATH calls PATH of a service.

const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

async function describe(promise) {
  try {
    await promise;
    return 'no error';
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
}

async function half(service, url) {
  const answer = await service.fetch(url);
  const reader = answer.body.getReader();
  const { value } = await reader.read();
  return Response.json({ status: answer.status, text: new TextDecoder().decode(value), error: await describe(reader.read()).then((text) => text.slice('Error: '.length)) });
}

async function pingpong(service, url) {
  const { readable, writable } = new TransformStream();
  const writer = writable.getWriter();
  const pending = service.fetch(url, { method: 'POST', body: readable, duplex: 'half' });
  const heard = [];
  writer.write(new TextEncoder().encode('a'));
  const reader = (await pending).body.getReader();
  for (const next of ['b', 'c', null]) {
    heard.push(new TextDecoder().decode((await reader.read()).value));
    if (next === null) await writer.close();
    else await writer.write(new TextEncoder().encode(next));
  }
  return Response.json(heard);
}

async function misuse(env) {
  const { fetch } = env.API;
  const calls = [() => env.API.fetch('/relative'), () => env.API.fetch('ftp://host/'), () => env.API.fetch('data:,x'), () => fetch('http://a/'), () => env.API.fetch()];
  return Response.json(await Promise.all(calls.map((call) => describe(call()))));
}

async function empty(service) {
  const ask = async (path, method = 'GET') => service.fetch(`https://api.internal${path}`, { method });
  const head = await ask('/five', 'HEAD');
  return Response.json({
    head: await head.text(), length: head.headers.get('content-length'), 204: await (await ask('/status/204')).text(), 304: await (await ask('/status/304')).text(),
  });
}

async function deep(service, count) {
  try {
    return await service.fetch(`https://front.internal/deep/SELF?n=${count + 1}`);
  } catch (error) {
    return new Response(`${count} ${error.code} ${error.message}`);
  }
}

async function many(service, url) {
  const controller = new AbortController();
  const calls = [];
  for (let n = 0; n <= 100; n++) calls.push(service.fetch(url, { signal: controller.signal }));
  const failed = await Promise.race(calls.map((call) => call.then(() => 'answered', (error) => error.message)));
  controller.abort();
  await Promise.allSettled(calls);
  return new Response(failed);
}

async function abort(service, url) {
  const controller = new AbortController();
  const call = service.fetch(url, { signal: controller.signal });
  pause(200).then(() => controller.abort());
  return new Response((await describe(call)).split(':')[0]);
}

export default {
  async fetch(request, env) {
    const { pathname, search, searchParams } = new URL(request.url);
    const [, how, binding, ...rest] = pathname.split('/');
    const service = env[binding];
    const url = `https://api.internal/${rest.join('/')}${search}`;
    switch (how) {
      case 'call': return service.fetch(new Request(url, request));
      case 'caught': return service.fetch(url).then(() => new Response('no error'), ({ name, code, message, stack }) => Response.json({ name, code, message, stack }));
      case 'half': return half(service, url);
      case 'pingpong': return pingpong(service, url);
      case 'misuse': return misuse(env);
      case 'empty': return empty(service);
      case 'deep': return deep(service, Number(searchParams.get('n')));
      case 'many': return many(service, url);
      case 'abort': return abort(service, url);
      default: return new Response('?', { status: 404 });
    }
  },
};
