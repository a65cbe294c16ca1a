// h3, the server of Nitro and Nuxt.

import { H3, HTTPError, getQuery, getRouterParam, onError, readBody, redirect, setCookie, getCookie, createEventStream, handleCors } from 'h3';

const app = new H3({ silent: true });

app.use((event) => {
  event.res.headers.set('x-app', 'h3');
});
app.use(onError((error) => {
  if (error.status === 418) return new Response('a pot', { status: 418 });
}));
app.get('/hello/:name', (event) => ({ hello: getRouterParam(event, 'name'), query: getQuery(event) }));
app.get('/text', () => 'plain text');
app.get('/html', () => new Response('<p>html</p>', { headers: { 'content-type': 'text/html' } }));
app.post('/echo', async (event) => ({ body: await readBody(event) }));
app.get('/moved', () => redirect('/text', 302));
app.get('/cookie', (event) => {
  setCookie(event, 'seen', 'yes', { httpOnly: true, path: '/' });
  return getCookie(event, 'seen') ?? 'never seen';
});
app.get('/events', (event) => {
  const events = createEventStream(event);
  queueMicrotask(async () => {
    for (let n = 0; n < 3; n++) await events.push({ id: String(n), data: `tick ${n}` });
    await events.close();
  });
  return events.send();
});
app.all('/shared', (event) => handleCors(event, { origin: ['https://a.example'], methods: ['GET'] }) || 'shared');
app.get('/teapot', () => {
  throw new HTTPError({ status: 418, message: 'teapot' });
});
app.get('/refused', () => {
  throw new HTTPError({ status: 403, message: 'not yours', data: { why: 'test' } });
});

export default { fetch: app.fetch };
