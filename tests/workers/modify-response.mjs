// Change status, headers and body of what the origin says.

const headerNameSrc = 'foo';
const headerNameDst = 'Last-Modified';

export default {
  async fetch(request, env) {
    const originalResponse = await fetch(`${env.ORIGIN}/json`);
    let response = new Response(originalResponse.body, { status: 404, statusText: 'some message', headers: originalResponse.headers });
    const originalBody = await response.clone().json();
    const body = JSON.stringify({ foo: 'bar', ...originalBody });
    response = new Response(body, response);
    response.headers.set('foo', 'bar');
    const src = response.headers.get(headerNameSrc);
    if (src != null) response.headers.set(headerNameDst, src);
    response.headers.delete('x-powered-by');
    return response;
  },
};
