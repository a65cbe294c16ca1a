// The value of one cookie.

import { parse } from './cookie.mjs';

const COOKIE_NAME = '__uid';

export default {
  async fetch(request) {
    const cookie = parse(request.headers.get('Cookie') || '');
    if (cookie[COOKIE_NAME] != null) return new Response(cookie[COOKIE_NAME]);
    return new Response('No cookie with name: ' + COOKIE_NAME);
  },
};
