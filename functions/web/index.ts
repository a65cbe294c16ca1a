// web: a web-standard function in TypeScript, with routes and a streaming answer.
//
//   curl http://127.0.0.1:8080/web/                    what there is
//   curl -N 'http://127.0.0.1:8080/web/count?to=5'     lines, one every 200 ms, as they are made
//   curl -d 'some text' http://127.0.0.1:8080/web/sha256
//   curl http://127.0.0.1:8080/web/me                  what the gateway tells about the request

interface Env {
  readonly [name: string]: string | undefined;
}

type Handler = (request: Request, url: URL, env: Env) => Response | Promise<Response>;

const MAX_COUNT = 50;
const STEP_MS = 200;
const encoder = new TextEncoder();

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Made as fast as the client reads: `pull` is called when there is room, `cancel` when the client left. */
function count(to: number): ReadableStream<Uint8Array> {
  let next = 1;
  return new ReadableStream({
    async pull(controller) {
      if (next > 1) await pause(STEP_MS);
      controller.enqueue(encoder.encode(`${next}\n`));
      if (next++ >= to) controller.close();
    },
  });
}

const routes: Record<string, Handler> = {
  'GET /': () => Response.json({ routes: Object.keys(routes) }),

  'GET /count': (_request, url) => {
    const to = Number(url.searchParams.get('to') ?? 10);
    if (!Number.isInteger(to) || to < 1 || to > MAX_COUNT) return problem(400, `to must be a whole number from 1 to ${MAX_COUNT}`);
    return new Response(count(to), { headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' } });
  },

  'POST /sha256': async (request) => {
    const digest = await crypto.subtle.digest('SHA-256', await request.arrayBuffer());
    return new Response(`${new Uint8Array(digest).toHex()}\n`);
  },

  'GET /me': (request, url) => Response.json({ method: request.method, url: url.href, headers: Object.fromEntries(request.headers) }),
};

function problem(status: number, detail: string): Response {
  return Response.json({ status, detail }, { status, headers: { 'content-type': 'application/problem+json' } });
}

/** The path below the function's own prefix. */
function pathOf(url: URL): string {
  return url.pathname.replace(/^\/web(?=\/|$)/, '') || '/';
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const url = new URL(request.url);
    const path = pathOf(url);
    const handler = routes[`${request.method} ${path}`];
    if (handler) return handler(request, url, env);
    const allowed = Object.keys(routes).filter((route) => route.endsWith(` ${path}`)).map((route) => route.split(' ')[0]!);
    if (allowed.length === 0) return problem(404, `there is nothing at ${path}`);
    const response = problem(405, `${path} takes ${allowed.join(', ')}`);
    response.headers.set('allow', allowed.join(', '));
    return response;
  },
};
