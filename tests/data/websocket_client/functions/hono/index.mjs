import { Hono } from 'hono';
import { upgradeWebSocket } from 'hono/cloudflare-workers';

const app = new Hono();
app.get('/plain', (c) => c.text('plain'));
app.get(
  '/ws',
  upgradeWebSocket((c) => ({
    onMessage: (event, ws) => ws.send(`${c.req.query('name')}: ${event.data}`),
    onClose: () => console.log('hono is closed'),
  })),
);

export default app;
