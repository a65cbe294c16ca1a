// The function of tests/integration/test_serve_background.py: what it does is in its path.

const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

async function later(env, key, ms) {
  await pause(ms);
  await env.KV.set(key, 'done');
}

async function throwing() {
  await pause(50);
  throw new Error('the source broke');
}

const answered = () => new Response('answered');
const begin = (env, key) => env.KV.set(`${key}-begun`, 1);

const paths = {
  '/work': ({ env, ctx, key }) => {
    ctx.waitUntil(later(env, key, 300));
    return answered();
  },
  '/reject': ({ env, ctx, key }) => {
    ctx.waitUntil(Promise.reject(new Error('background broke')));
    ctx.waitUntil(later(env, key, 50));
    return answered();
  },
  '/throw': ({ env, ctx, key }) => {
    ctx.waitUntil(later(env, key, 100));
    throw new Error('front broke');
  },
  '/throw-late': ({ env, ctx, key }) => {
    ctx.waitUntil(later(env, key, 200));
    return new Response(new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode('half')),
      pull: throwing,
    }));
  },
  '/never': ({ ctx }) => {
    ctx.waitUntil(new Promise(() => {}));
    return answered();
  },
  '/long': ({ env, ctx, key }) => {
    ctx.waitUntil(later(env, key, 60000));
    return answered();
  },
  '/nested': ({ env, ctx, key }) => {
    ctx.waitUntil(pause(50).then(() => ctx.waitUntil(later(env, key, 50))));
    return answered();
  },
  '/spin': ({ ctx }) => {
    ctx.waitUntil(pause(10).then(() => { for (;;); }));
    return answered();
  },
  '/hang': async ({ env, ctx, key }) => {
    ctx.waitUntil(later(env, key, 700));
    await begin(env, key);
    await pause(20000);
    return answered();
  },
  '/signal': async ({ request, env, key }) => {
    await begin(env, key);
    const aborted = new Promise((resolve) => { request.signal.addEventListener('abort', resolve); });
    await Promise.race([pause(20000), aborted]);
    await env.KV.set(key, `${request.signal.reason.name}: ${request.signal.reason.message}`);
    return answered();
  },
  '/upload': async ({ request, env, key }) => {
    let size = 0;
    await begin(env, key);
    try {
      for await (const chunk of request.body) size += chunk.length;
    } catch (error) {
      await env.KV.set(key, `${size} ${error.name} ${request.signal.aborted}`);
      throw error;
    }
    return answered();
  },
  '/stream': ({ env, key }) => new Response(new ReadableStream({
    async pull(controller) {
      await begin(env, key);
      await pause(20);
      controller.enqueue(new Uint8Array(10));
    },
    async cancel(reason) {
      await pause(30);
      await env.KV.set(key, `cancelled: ${reason.name}`);
    },
  })),
  '/waiting-pull': ({ env, key }) => new Response(new ReadableStream({
    async pull() {
      await begin(env, key);
      await pause(20000);
    },
    cancel: (reason) => env.KV.set(key, `cancelled: ${reason.name}`),
  })),
  '/cancel-hangs': ({ env, key }) => new Response(new ReadableStream({
    async pull(controller) {
      await begin(env, key);
      await pause(20);
      controller.enqueue(new Uint8Array(10));
    },
    async cancel() {
      for (;;) {
        await env.KV.incr(key);
        await pause(20);
      }
    },
  })),
  '/sse': () => new Response(new ReadableStream({
    async pull(controller) {
      controller.enqueue(new TextEncoder().encode(`data: ${Date.now()}\n\n`));
      await pause(40);
    },
  }), { headers: { 'content-type': 'text/event-stream' } }),
};

export default {
  fetch(request, env, ctx) {
    const { pathname, searchParams } = new URL(request.url);
    return paths[pathname.replace('/web', '')]({ request, env, ctx, key: searchParams.get('key') });
  },
};
