// Sunder: middleware in the manner of Koa.

import { Router, Sunder } from 'sunder';
import { renderErrorsAsJSON } from 'sunder/middleware/render';

const app = new Sunder();
const router = new Router();

router.get('/hello/:name', ({ response, params }) => {
  response.body = `Hello ${params.name}`;
});
router.post('/echo', async ({ request, response }) => {
  response.body = await request.json();
  response.set('x-echo', '1');
});
router.get('/teapot', (context) => {
  context.throw(418, 'short and stout');
});

app.use(renderErrorsAsJSON);
app.use(router.middleware);

export default {
  fetch: (request, env, ctx) => app.fetch(request, env, ctx),
};
