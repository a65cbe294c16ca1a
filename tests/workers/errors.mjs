// Errors as answers, and an error that nobody catches.

const handlers = {
  '/caught': async () => {
    try {
      throw new TypeError('bad type', { cause: new Error('why') });
    } catch (e) {
      return new Response(`${e.name}: ${e.message} (${e.cause.message})`, { status: 500 });
    }
  },
  '/uncaught': async () => {
    throw new Error('nobody catches this');
  },
  '/nothing': async () => undefined,
  '/invalid': async (env) => fetch(`${env.ORIGIN}0`).then(() => new Response('reached'), (e) => new Response(e.name)),
};

export default {
  fetch: (request, env) => handlers[new URL(request.url).pathname](env),
};
