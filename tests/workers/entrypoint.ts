// A class for each request, and `env` for code that is not handed it.

import { WorkerEntrypoint, env, waitUntil } from 'cloudflare:workers';

interface Env { GREETING: string; KV: KVNamespace }

const topLevel = env.GREETING;
const count = () => env.KV.incr('calls');

export default class extends WorkerEntrypoint<Env> {
  #calls = 0;

  async fetch(request: Request): Promise<Response> {
    this.#calls += 1;
    waitUntil(Promise.resolve());
    this.ctx.waitUntil(Promise.resolve());
    return Response.json({
      path: new URL(request.url).pathname,
      calls: this.#calls,
      count: await count(),
      topLevel,
      same: env.GREETING === this.env.GREETING,
      known: ['GREETING', 'KV', 'NOTHING'].map((name) => name in env),
      listed: Object.keys(env).includes('ORIGIN'),
    });
  }
}
