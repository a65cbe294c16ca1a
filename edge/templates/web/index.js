// A function in the web contract: a Request comes in, a Response goes out.

/**
 * @typedef {object} Env What function.toml and the gateway's config give this function.
 * @property {string} GREETING
 * @property {KVNamespace} KV
 */

/** @type {ExportedHandler<Env>} */
export default {
  async fetch(request, env, ctx) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/") {
      ctx.waitUntil(env.KV.incr("greeted"));
      return new Response(`${env.GREETING}, ${searchParams.get("name") ?? "world"}!\n`);
    }
    if (pathname === "/greeted" && request.method === "GET") {
      return Response.json({ greeted: (await env.KV.get("greeted")) ?? 0 });
    }
    return new Response("There is nothing here.\n", { status: 404 });
  },
};
