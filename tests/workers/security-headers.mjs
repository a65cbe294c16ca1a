// The headers of a safe site, on HTML only.

const DEFAULT_SECURITY_HEADERS = {
  'Permissions-Policy': 'interest-cohort=()',
  'X-XSS-Protection': '0',
  'X-Frame-Options': 'DENY',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'strict-origin-when-cross-origin',
  'Cross-Origin-Opener-Policy': 'same-origin; report-to="default";',
};
const BLOCKED_HEADERS = ['Public-Key-Pins', 'X-Powered-By', 'X-AspNet-Version'];

export default {
  async fetch(request, env) {
    const response = await fetch(new URL(new URL(request.url).pathname, env.ORIGIN));
    const newHeaders = new Headers(response.headers);
    if (newHeaders.has('Content-Type') && !newHeaders.get('Content-Type').includes('text/html')) {
      return new Response(response.body, { status: response.status, statusText: response.statusText, headers: newHeaders });
    }
    Object.keys(DEFAULT_SECURITY_HEADERS).map((name) => newHeaders.set(name, DEFAULT_SECURITY_HEADERS[name]));
    BLOCKED_HEADERS.forEach((name) => newHeaders.delete(name));
    return new Response(response.body, { status: response.status, statusText: response.statusText, headers: newHeaders });
  },
};
