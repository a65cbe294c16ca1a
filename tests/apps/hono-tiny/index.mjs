// The smallest preset of Hono.

import { Hono } from 'hono/tiny';

const app = new Hono();

app.use('*', async (c, next) => {
  await next();
  c.header('X-Tiny', 'yes');
});
app.get('/hello/:name', (c) => c.text(`Hello ${c.req.param('name')}`));
app.post('/sum', async (c) => c.json({ sum: (await c.req.json()).reduce((a, b) => a + b, 0) }));

export default { fetch: app.fetch };
