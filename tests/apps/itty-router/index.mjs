// itty-router: its three routers, and the helpers around them.

import { AutoRouter, IttyRouter, Router, cors, error, json, html, png, status, text, withContent, withCookies, withParams } from 'itty-router';

const { preflight, corsify } = cors({ origin: ['https://a.example'], credentials: true, allowMethods: 'GET,POST' });

const api = AutoRouter({ base: '/api', before: [preflight], finally: [corsify] });
api
  .get('/todos/:id', ({ id, query }) => ({ id, query }))
  .get('/files/:path+', ({ params }) => params.path)
  .get('/optional/:a?/:b?', ({ params }) => params)
  .get('/image.:ext', ({ params }) => params.ext)
  .post('/todos', withContent, ({ content }) => json({ content }, { status: 201 }))
  .delete('/todos/:id', () => status(204))
  .get('/teapot', () => error(418, 'short and stout'))
  .get('/fails', () => {
    throw new Error('on purpose');
  });

const plain = IttyRouter({ base: '/plain' });
plain.get('/cookies', withCookies, ({ cookies }) => json(cookies)).all('*', withParams, ({ method }) => text(method));

const router = Router({ catch: error, finally: [json] });
router
  .all('/api/*', api.fetch)
  .all('/plain/*', plain.fetch)
  .get('/html', () => html('<h1>itty</h1>'))
  .get('/png', () => png(new Uint8Array([137, 80, 78, 71])))
  .get('/env', (request, env, ctx) => {
    ctx.waitUntil(Promise.resolve());
    return { greeting: env.GREETING };
  })
  .all('*', () => error(404));

export default { ...router };
