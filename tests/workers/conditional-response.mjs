// Different answers by what is asked, and how.

const BLOCKED_HOSTNAMES = ['nope.mywebsite.example', 'bye.website.example'];

export default {
  async fetch(request) {
    const url = new URL(request.url);
    if (BLOCKED_HOSTNAMES.includes(url.hostname)) return new Response('Blocked Host', { status: 403 });
    if (/\.(doc|xml)$/.test(url.pathname)) return new Response('Blocked Extension', { status: 403 });
    if (request.method === 'POST') return new Response('Response for POST');
    const userAgent = request.headers.get('User-Agent') || '';
    if (userAgent.includes('bot')) return new Response('Block User Agent containing bot', { status: 403 });
    if (request.cf && request.cf.asn === 64512) return new Response('Block the ASN 64512 response', { status: 403 });
    console.error('Getting Client with a host of %s', url.host);
    return new Response(`the host ${url.hostname}`);
  },
};
