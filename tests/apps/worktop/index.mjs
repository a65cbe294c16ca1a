// worktop, which registers its router as a listener of "fetch", as a service worker does.

import { Router, listen } from 'worktop';
import { parse, stringify } from 'worktop/cookie';
import { preflight } from 'worktop/cors';

const API = new Router();

API.prepare = preflight({ maxage: 60 });
API.add('GET', '/greet/:name', (req, res) => {
  res.setHeader('x-framework', 'worktop');
  res.send(200, `${GREETING}, ${req.params.name}!`);
});
API.add('POST', '/echo', async (req, res) => {
  res.send(201, await req.body());
});
API.add('GET', /^[/]regex[/](?<id>\d+)$/, (req, res) => res.send(200, { id: req.params.id, query: [...req.query] }));
API.add('GET', '/cookie', (req, res) => {
  res.setHeader('set-cookie', stringify('a', 'b c', { httponly: true, maxage: 10 }));
  res.send(200, parse(req.headers.get('cookie') ?? ''));
});
API.add('GET', '/fails', () => {
  throw new Error('on purpose');
});

listen(API.run);
