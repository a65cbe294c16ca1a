// Images are for our own pages.

const HOMEPAGE_URL = 'https://tutorial.example/';
const PROTECTED_TYPE = 'image/';

export default {
  async fetch(request, env) {
    const response = await fetch(new URL(new URL(request.url).pathname, env.ORIGIN));
    const referer = request.headers.get('Referer');
    const contentType = response.headers.get('Content-Type') || '';
    if (contentType.startsWith(PROTECTED_TYPE)) {
      const referrerHostname = referer ? new URL(referer).hostname : null;
      const hostname = new URL(request.url).hostname;
      if (referrerHostname && referrerHostname !== hostname) return Response.redirect(HOMEPAGE_URL, 302);
    }
    return response;
  },
};
