// As `deno serve` takes it.

import { assertEquals } from './assert.ts';

export default {
  fetch(request: Request): Response {
    const { pathname } = new URL(request.url);
    assertEquals(typeof Deno, 'undefined');
    if (pathname === '/meta') return Response.json({ main: import.meta.main, file: import.meta.filename, dir: import.meta.dirname, url: import.meta.url, assert: import.meta.resolve('./assert.ts') });
    return new Response(`Hello from ${pathname}`);
  },
} satisfies Deno.ServeDefaultExport;
