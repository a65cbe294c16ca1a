// Modules that wait at their top level, in the order of their imports; the request comes when all have ended.

import { order } from './order.mjs';
import './first.mjs';
import second, { names } from './second.mjs';
import './third.mjs';

const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode('abc'));
order.push('main');
const { late } = await (import ('./late.mjs'));
for await (const word of (async function* words() { yield 'for'; yield 'await'; })()) order.push(word);

export default {
  async fetch(request, env) {
    const again = await import('./second.mjs');
    const broken = await import('./broken.mjs').catch((error) => error.message);
    return Response.json({ order, second, names, same: again.default === second, late, broken, digest: new Uint8Array(digest).toHex().slice(0, 8), greeting: env.GREETING });
  },
};
