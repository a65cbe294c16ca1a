// A handler may be an instance: `this` is it.

class Counter {
  #calls = 0;

  async fetch(request, env, ctx) {
    this.#calls += 1;
    ctx.waitUntil(Promise.reject(new Error('only logged')));
    ctx.passThroughOnException();
    return Response.json({ calls: this.#calls, greeting: env.GREETING, props: ctx.props });
  }
}

export default new Counter();
