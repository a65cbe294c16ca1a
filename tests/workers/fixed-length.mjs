// Bodies whose length is known before they are written.

const bytes = (text) => new TextEncoder().encode(text);

async function write(stream, ...chunks) {
  const writer = stream.writable.getWriter();
  for (const chunk of chunks) await writer.write(chunk);
  await writer.close();
}

const routes = {
  '/fixed': (env, ctx) => {
    const stream = new FixedLengthStream(11n);
    ctx.waitUntil(write(stream, bytes('hello '), bytes('world').buffer));
    return new Response(stream.readable);
  },
  '/identity': (env, ctx) => {
    const stream = new IdentityTransformStream();
    ctx.waitUntil(write(stream, bytes('any length')));
    return new Response(stream.readable);
  },
  '/upload': async (env, ctx) => {
    const stream = new FixedLengthStream(4);
    ctx.waitUntil(write(stream, bytes('four')));
    return fetch(`${env.ORIGIN}/echo`, { method: 'POST', body: stream.readable });
  },
  '/too-much': async () => {
    const stream = new FixedLengthStream(3);
    const read = new Response(stream.readable).text().catch((error) => error.message);
    return Response.json([await write(stream, bytes('four')).catch((error) => error.message), await read]);
  },
  '/too-little': async () => {
    const stream = new FixedLengthStream(5);
    const read = new Response(stream.readable).text().catch((error) => error.message);
    return Response.json([await write(stream, bytes('four')).catch((error) => error.message), await read]);
  },
  '/text': async () => {
    const stream = new IdentityTransformStream();
    new Response(stream.readable).text().catch(() => {});
    return new Response(await write(stream, 'text').then(() => 'written', (error) => error.name));
  },
  '/invalid': () => Response.json([-1, NaN, 2 ** 60].map((length) => {
    try {
      return new FixedLengthStream(length) && 'made';
    } catch (error) {
      return error.name;
    }
  })),
  '/echo': (env, ctx, request) => new Response(request.body),
  '/wait': async () => {
    const began = Date.now();
    await scheduler.wait(5);
    const aborted = await scheduler.wait(10_000, { signal: AbortSignal.timeout(1) }).catch((error) => error.name);
    return Response.json([Date.now() - began >= 5, aborted]);
  },
};

export default {
  fetch: (request, env, ctx) => routes[new URL(request.url).pathname](env, ctx, request),
};
