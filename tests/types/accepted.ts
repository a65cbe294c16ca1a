// What a function may write, and what the compiler refuses: each line behind @ts-expect-error must be an error.

interface Env {
  NAME: string;
  KV: KVNamespace;
  OTHER: Fetcher;
}

export default {
  async fetch(request, env, ctx) {
    const name: string = env.NAME;
    // @ts-expect-error an Env has only what it declares
    env.MISSING;
    ctx.waitUntil(env.KV.put('key', name, { expirationTtl: 60, metadata: { by: name } }));
    // @ts-expect-error waitUntil takes a promise
    ctx.waitUntil(1);
    const { value, metadata } = await env.KV.getWithMetadata<string, { by: string }>('key');
    const inner = await env.OTHER.fetch('http://other/path', { method: 'POST', body: request.body, signal: request.signal });
    const listed = await env.KV.list({ prefix: 'a', limit: 10 });
    const cursor: string | undefined = listed.list_complete ? undefined : listed.cursor;
    return Response.json({ value, by: metadata?.by, status: inner.status, cursor, keys: listed.keys.map((key) => key.name) });
  },
  async scheduled(controller, env) {
    await env.KV.set(controller.cron, new Date(controller.scheduledTime).toISOString(), 1000);
  },
} satisfies ExportedHandler<Env>;

// @ts-expect-error a handler answers with a Response
export const wrong = { fetch: () => 'text' } satisfies ExportedHandler;

export const handler: EventHandler = async (event, context) => {
  const method: string = event.requestContext.http.method;
  const query: string | undefined = event.queryStringParameters?.name;
  return { statusCode: 200, headers: { 'x-ms': context.getRemainingTimeInMillis() }, body: `${method} ${query}`, cookies: ['a=1'] };
};

const router = Router({ mergeParams: true });
router.use('/api', (req, res, next) => (req.get('x-key') ? next() : res.status(401).json({ error: 'no key' })));
router.route('/things/:id').get(async (req, res) => { res.json(await kv.get(req.params.id)); }).delete((req, res) => res.sendStatus(204));
router.get('/proxy', async (req, res) => res.pipeFrom(await fetch('https://example.com/', { signal: req.signal })));
router.use((error: Error, req: ExpressRequest, res: ExpressResponse, next: ExpressNext) => { if (res.headersSent) next(error); else res.status(500).send(error.message); });
export { router };

export const config = { contract: 'web' } satisfies FunctionConfig;
// @ts-expect-error there is no such contract
export const bad = { contract: 'lambda' } satisfies FunctionConfig;

addEventListener('fetch', (event) => {
  event.respondWith(fetch(event.request));
  event.waitUntil(sleep(10));
});
addEventListener('unhandledrejection', (event) => console.error(event.reason, event.promise));
addEventListener('error', (event) => { console.log('%s:%d', event.filename, event.lineno); });

export async function streams(response: Response): Promise<string[]> {
  const words: string[] = [];
  const upper = new TransformStream<string, string>({ transform: (chunk, controller) => controller.enqueue(chunk.toUpperCase()) });
  if (response.body === null) return words;
  for await (const word of response.body.pipeThrough(new DecompressionStream('gzip')).pipeThrough(new TextDecoderStream()).pipeThrough(upper)) words.push(word);
  const source = new ReadableStream({ type: 'bytes', pull(controller) { controller.byobRequest?.respond(1); } });
  const { value } = await source.getReader({ mode: 'byob' }).read(new Uint8Array(8));
  const byte: number | undefined = value?.[0];
  words.push(String(byte));
  const [left, right] = ReadableStream.from(['a', 'b']).tee();
  await Promise.all([left.pipeTo(new WritableStream({ write: (chunk: string) => { words.push(chunk); } })), right.cancel()]);
  return words;
}

export async function crypt(text: string): Promise<string> {
  const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, new TextEncoder().encode(text));
  const pair = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify']);
  const jwk = await crypto.subtle.exportKey('jwk', pair.publicKey);
  return `${jwk.kty} ${Buffer.from(sealed).toString('base64url')} ${new Uint8Array(sealed).toHex()}`;
}

export async function times(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 1));
  await new Promise<void>((resolve) => setImmediate(resolve));
  const every = setInterval((n: number) => { console.log(n); clearInterval(every); }, 1, 7);
  await scheduler.wait(1, { signal: AbortSignal.timeout(10) });
  // @ts-expect-error the callback wants a number
  setTimeout((n: number) => n, 1, 'text');
}

export function web(): unknown[] {
  const url = new URL('?a=1', 'https://example.com/');
  const form = new FormData();
  form.append('file', new File(['text'], 'name.txt', { type: 'text/plain' }));
  const [entry] = form;
  const pattern = new URLPattern({ pathname: '/:id' }).exec('https://example.com/7')?.pathname.groups['id'];
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = (event) => console.log(event.data);
  port2.postMessage(structuredClone({ a: [1n, new Map()] }));
  const timer = setTimeout((a: number, b: string) => console.log(a, b), 10, 1, 'b');
  clearTimeout(timer);
  const signal = AbortSignal.any([AbortSignal.timeout(100), new AbortController().signal]);
  return [url.searchParams.get('a'), entry, pattern, signal.aborted, performance.now(), navigator.userAgent, import.meta.url, process.env.NAME, performance.mark('m').startTime];
}

export async function wasm(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
  const { instance } = await WebAssembly.instantiate(bytes, { env: { now: Date.now } });
  return instance.exports.run();
}

// -- what is no part of a function

// @ts-expect-error there is no page
document;
// @ts-expect-error nor a window
window;
// @ts-expect-error nor its storage
localStorage;
// @ts-expect-error nor Deno
Deno;
// @ts-expect-error nor synchronous requests
XMLHttpRequest;
