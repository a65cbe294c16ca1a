// Signed links that expire: HMAC with crypto.subtle.

import { Buffer } from 'node:buffer';

const encoder = new TextEncoder();
const EXPIRY = 60;

export default {
  async fetch(request, env) {
    const key = await crypto.subtle.importKey('raw', encoder.encode(env.GREETING), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify']);
    const url = new URL(request.url);

    if (url.pathname.startsWith('/generate/')) {
      url.pathname = url.pathname.replace('/generate/', '/');
      const timestamp = Number(url.searchParams.get('now') ?? Math.floor(Date.now() / 1000));
      const mac = await crypto.subtle.sign('HMAC', key, encoder.encode(`${url.pathname}${timestamp}`));
      const base64Mac = Buffer.from(mac).toString('base64');
      url.search = '';
      url.searchParams.set('verify', `${timestamp}-${base64Mac}`);
      return new Response(`${url.pathname}${url.search}`);
    }

    if (!url.searchParams.has('verify')) return new Response('Missing query parameter', { status: 403 });
    const [timestamp, hmac] = url.searchParams.get('verify').split('-');
    const verified = await crypto.subtle.verify('HMAC', key, Buffer.from(hmac, 'base64'), encoder.encode(`${url.pathname}${Number(timestamp)}`));
    if (!verified) return new Response('Invalid MAC', { status: 403 });
    if (Date.now() / 1000 > Number(timestamp) + EXPIRY) return new Response(`URL expired at ${new Date((Number(timestamp) + EXPIRY) * 1000).toISOString()}`, { status: 403 });
    return new Response('welcome');
  },
};
