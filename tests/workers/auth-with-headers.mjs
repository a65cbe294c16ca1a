// Let in who knows a header.

const PRESHARED_AUTH_HEADER_KEY = 'X-Custom-PSK';

export default {
  async fetch(request, env) {
    const psk = request.headers.get(PRESHARED_AUTH_HEADER_KEY);
    if (psk === env.GREETING) return fetch(new Request(`${env.ORIGIN}/text`, request));
    return new Response('Sorry, you have supplied an invalid key.', { status: 403 });
  },
};
