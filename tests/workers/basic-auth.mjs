// HTTP basic authentication, compared in constant time.

import { Buffer } from 'node:buffer';

const encoder = new TextEncoder();

function timingSafeEqual(a, b) {
  const aBytes = encoder.encode(a);
  const bBytes = encoder.encode(b);
  if (aBytes.byteLength !== bBytes.byteLength) return false;
  return crypto.subtle.timingSafeEqual(aBytes, bBytes);
}

export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    switch (url.pathname) {
      case '/':
        return new Response('Anyone can access the homepage.');
      case '/logout':
        return new Response('Logged out.', { status: 401 });
      case '/admin': {
        const unauthorized = new Response('You need to login.', { status: 401, headers: { 'WWW-Authenticate': 'Basic realm="my scope", charset="UTF-8"' } });
        const authorization = request.headers.get('Authorization');
        if (!authorization) return unauthorized;
        const [scheme, encoded] = authorization.split(' ');
        if (!encoded || scheme !== 'Basic') return new Response('Malformed authorization header.', { status: 400 });
        const credentials = Buffer.from(encoded, 'base64').toString();
        const index = credentials.indexOf(':');
        const user = credentials.substring(0, index);
        const pass = credentials.substring(index + 1);
        if (!timingSafeEqual('admin', user) || !timingSafeEqual(env.GREETING, pass)) return unauthorized;
        return new Response('You have private access.', { status: 200, headers: { 'Cache-Control': 'no-store' } });
      }
    }
    return new Response('Not Found.', { status: 404 });
  },
};
