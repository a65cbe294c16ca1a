// The headers of a response, one by one and from a table.

export default {
  async fetch(request, env) {
    const response = await fetch(`${env.ORIGIN}/text`);
    const newResponse = new Response(response.body, response);
    newResponse.headers.append('x-workers-hello', 'Hello from a worker');
    newResponse.headers.append('x-workers-hello', 'again');
    newResponse.headers.delete('x-powered-by');
    newResponse.headers.set('x-origin', 'no');
    newResponse.headers.append('Set-Cookie', 'a=1');
    newResponse.headers.append('Set-Cookie', 'b=2');
    newResponse.headers.set('x-cookies', newResponse.headers.getSetCookie().length);
    return newResponse;
  },
};
