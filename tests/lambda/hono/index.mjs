import { Hono } from 'hono';
import { handle } from 'hono/aws-lambda';
import { getCookie, setCookie } from 'hono/cookie';

const app = new Hono();
app.get('/hello/:name', (c) => {
  setCookie(c, 'a', '1');
  setCookie(c, 'b', '2');
  const { lambdaContext, event } = c.env;
  return c.json({
    name: c.req.param('name'),
    q: c.req.queries('q'),
    cookie: getCookie(c, 'x'),
    function: lambdaContext.functionName,
    version: event.version,
  });
});
app.post('/echo', async (c) => c.body(await c.req.arrayBuffer(), 200, { 'content-type': 'image/png' }));

export const handler = handle(app);
