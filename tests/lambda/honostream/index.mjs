import { Hono } from 'hono';
import { streamHandle } from 'hono/aws-lambda';
import { streamText } from 'hono/streaming';

const app = new Hono();
app.get('/lines', (c) =>
  streamText(c, async (stream) => {
    for (let i = 0; i < 3; i++) {
      await stream.writeln(`line ${i}`);
      await stream.sleep(2);
    }
  }),
);
app.get('/created', (c) => c.text('created', 201, { 'x-a': 'b' }));

export const handler = streamHandle(app);
