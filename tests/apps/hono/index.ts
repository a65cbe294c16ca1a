// An API in Hono with the middleware and helpers that such programs use.

import { Hono } from 'hono';
import { basicAuth } from 'hono/basic-auth';
import { bearerAuth } from 'hono/bearer-auth';
import { bodyLimit } from 'hono/body-limit';
import { compress } from 'hono/compress';
import { deleteCookie, getCookie, getSignedCookie, setCookie, setSignedCookie } from 'hono/cookie';
import { cors } from 'hono/cors';
import { csrf } from 'hono/csrf';
import { etag } from 'hono/etag';
import { createFactory } from 'hono/factory';
import { html, raw } from 'hono/html';
import { HTTPException } from 'hono/http-exception';
import { decode, jwt, sign, verify } from 'hono/jwt';
import { logger } from 'hono/logger';
import { methodOverride } from 'hono/method-override';
import { poweredBy } from 'hono/powered-by';
import { prettyJSON } from 'hono/pretty-json';
import { requestId } from 'hono/request-id';
import { secureHeaders } from 'hono/secure-headers';
import { stream, streamSSE, streamText } from 'hono/streaming';
import { timeout } from 'hono/timeout';
import { appendTrailingSlash, trimTrailingSlash } from 'hono/trailing-slash';
import { validator } from 'hono/validator';
import { accepts } from 'hono/accepts';
import { proxy } from 'hono/proxy';
import { zValidator } from '@hono/zod-validator';
import { z } from 'zod';

type Env = { Bindings: { GREETING: string; SECRET: string; ORIGIN: string }; Variables: { user: string } };

const app = new Hono<Env>();
const SECRET = 'a secret of the tests';

app.use(poweredBy());
app.use('/logged/*', logger((text) => console.log(text.replace(/\d+m?s$/, 'soon'))));
app.use('/etag/*', etag());
app.use('/cors/*', cors({ origin: ['https://a.example', 'https://b.example'], allowMethods: ['GET', 'PUT'], credentials: true, maxAge: 60 }));
app.use('/basic/*', basicAuth({ username: 'ada', password: 'lovelace' }));
app.use('/bearer/*', bearerAuth({ token: 'letmein' }));
app.use('/secure/*', secureHeaders());
app.use('/csrf/*', csrf());
app.use('/pretty/*', prettyJSON());
app.use('/limited/*', bodyLimit({ maxSize: 10, onError: (c) => c.text('too much', 413) }));
app.use('/id/*', requestId({ generator: () => 'fixed' }));
app.use('/slow/*', timeout(30));
app.use('/packed/*', compress({ threshold: 1 }));
app.use('/private/*', jwt({ secret: SECRET, alg: 'HS256' }));

app.get('/', (c) => c.text(`${c.env.GREETING}, ${c.req.query('name') ?? 'world'}`));
app.get('/json', (c) => c.json({ ok: true, list: [1, 2, { three: 'ü' }] }));
app.get('/users/:id{[0-9]+}', (c) => c.json({ id: Number(c.req.param('id')) }));
app.get('/users/:name/posts/:post?', (c) => c.json(c.req.param()));
app.get('/files/*', (c) => c.text(c.req.path));
app.get('/query', (c) => c.json({ all: c.req.query(), tags: c.req.queries('tag') }));
app.get('/header', (c) => c.text(c.req.header('X-Custom') ?? 'none', 201, { 'X-Answer': 'yes' }));
app.get('/redirect', (c) => c.redirect('/json', 307));
app.get('/html', (c) => c.html(html`<p>${c.req.query('q')}${raw('<br>')}</p>`));
app.get('/body', (c) => c.body(new Uint8Array([0, 1, 254, 255]), 200, { 'Content-Type': 'application/octet-stream' }));
app.all('/method', (c) => c.text(c.req.method));
app.on(['PUT', 'PATCH'], ['/multi/a', '/multi/b'], (c) => c.text(`${c.req.method} ${c.req.path}`));

app.post('/echo', async (c) => c.json(await c.req.json()));
app.post('/form', async (c) => {
  const body = await c.req.parseBody({ all: true });
  const described = Object.entries(body).map(([name, value]) => [name, value instanceof File ? [value.name, value.type, value.size] : value]);
  return c.json(Object.fromEntries(described));
});
app.post('/bytes', async (c) => c.text(String((await c.req.arrayBuffer()).byteLength)));
app.post('/blob', async (c) => c.text((await c.req.blob()).type));

app.get('/cookies', async (c) => {
  setCookie(c, 'theme', 'dark', { path: '/', httpOnly: true, sameSite: 'Lax', maxAge: 3600 });
  deleteCookie(c, 'old');
  await setSignedCookie(c, 'signed', 'value', SECRET);
  return c.json(getCookie(c));
});
app.get('/cookies/signed', async (c) => c.json({ signed: await getSignedCookie(c, SECRET, 'signed') }));

app.get('/logged/in', (c) => c.text('logged'));
app.get('/etag/page', (c) => c.text('the same each time'));
app.all('/cors/page', (c) => c.text('shared'));
app.get('/basic/page', (c) => c.text('welcome'));
app.get('/bearer/page', (c) => c.text('welcome'));
app.get('/secure/page', (c) => c.text('safe'));
app.post('/csrf/page', (c) => c.text('posted'));
app.get('/pretty/page', (c) => c.json({ a: { b: 1 } }));
app.post('/limited/page', async (c) => c.text(await c.req.text()));
app.get('/id/page', (c) => c.text(c.get('requestId')));
app.get('/slow/page', async (c) => {
  await new Promise((resolve) => setTimeout(resolve, 2000));
  return c.text('late');
});
app.get('/packed/page', (c) => c.text('abc '.repeat(100)));
app.get('/private/page', (c) => c.json(c.get('jwtPayload')));

app.get('/token', async (c) => {
  const token = await sign({ sub: 'ada', role: 'admin' }, SECRET);
  const payload = await verify(token, SECRET, 'HS256');
  return c.json({ token, payload, header: decode(token).header });
});

app.get('/stream/text', (c) => streamText(c, async (out) => {
  for (const word of ['one', 'two', 'three']) {
    await out.writeln(word);
    await out.sleep(2);
  }
}));
app.get('/stream/bytes', (c) => stream(c, async (out) => {
  await out.write(new Uint8Array([1, 2, 3]));
  await out.pipe(new Response('piped').body!);
}));
app.get('/stream/events', (c) => streamSSE(c, async (out) => {
  for (let id = 0; id < 3; id++) {
    await out.writeSSE({ data: `tick\n${id}`, event: 'time', id: String(id) });
    await out.sleep(1);
  }
}));

app.post('/validated', validator('form', (value, c) => {
  if (typeof value.name !== 'string') return c.text('no name', 400);
  return { name: value.name };
}), (c) => c.json(c.req.valid('form')));
app.post('/schema', zValidator('json', z.object({ name: z.string().min(2), age: z.number().int() })), (c) => c.json({ got: c.req.valid('json') }));
app.get('/schema', zValidator('query', z.object({ page: z.coerce.number().default(1) })), (c) => c.json(c.req.valid('query')));

const factory = createFactory<Env>();
const setUser = factory.createMiddleware(async (c, next) => {
  c.set('user', 'ada');
  await next();
  c.res.headers.set('X-User', c.get('user'));
});
app.get('/made', ...factory.createHandlers(setUser, (c) => c.text(c.var.user)));

const accounts = new Hono<Env>().basePath('/accounts');
accounts.get('/:account', (c) => c.text(`account ${c.req.param('account')}`));
accounts.notFound((c) => c.text('no account', 404));
app.route('/v1', accounts);

const overridden = new Hono().use(methodOverride({ app: new Hono().delete('/overridden/thing', (c) => c.text('deleted')) }));
overridden.delete('/thing', (c) => c.text('deleted'));
app.route('/overridden', overridden);

const slashes = new Hono();
slashes.use('/trim/*', trimTrailingSlash());
slashes.use('/append/*', appendTrailingSlash());
slashes.get('/trim/page', (c) => c.text('trimmed'));
slashes.get('/append/page/', (c) => c.text('appended'));
app.route('/slashes', slashes);

app.get('/accepts', (c) => c.text(accepts(c, { header: 'Accept-Language', supports: ['en', 'ja', 'zh'], default: 'en' })));
app.get('/proxy', (c) => proxy(`${c.env.ORIGIN}/json`, { headers: { ...c.req.header(), 'X-Forwarded-Host': c.req.header('host') } }));
app.get('/background', (c) => {
  c.executionCtx.waitUntil(Promise.resolve());
  c.executionCtx.passThroughOnException();
  return c.text('answered');
});
app.mount('/mounted', (request: Request) => new Response(new URL(request.url).pathname));
app.get('/internal', async () => new Response((await (await app.request('/json')).text()).toUpperCase()));

app.get('/fails', () => {
  throw new Error('on purpose');
});
app.get('/refused', () => {
  throw new HTTPException(403, { message: 'not yours' });
});
app.get('/refused/response', () => {
  throw new HTTPException(401, { res: new Response('log in', { status: 401, headers: { 'WWW-Authenticate': 'Custom' } }) });
});
app.onError((error, c) => (error instanceof HTTPException ? error.getResponse() : c.json({ error: error.message }, 500)));
app.notFound((c) => c.json({ missing: c.req.path }, 404));

export default app;
