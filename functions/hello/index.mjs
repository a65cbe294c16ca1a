// hello: the smallest web-standard function.
//
//   curl http://127.0.0.1:8080/hello/Ada                                    Hello, Ada!
//   curl -H 'Accept: application/json' http://127.0.0.1:8080/hello/Ada      {"greeting":"Hello","name":"Ada"}
//
// The name is the last segment of the path; GREETING comes from the config.

const MAX_NAME = 100;

function nameOf(url) {
  const segments = url.pathname.split('/').filter((segment) => segment !== '' && segment !== 'hello');
  return segments.length === 0 ? 'world' : decodeURIComponent(segments.at(-1));
}

export default {
  async fetch(request, env) {
    let name;
    try {
      name = nameOf(new URL(request.url));
    } catch {
      return new Response('The name has a malformed percent escape.\n', { status: 400 });
    }
    if (name.length > MAX_NAME) return new Response(`A name has at most ${MAX_NAME} characters.\n`, { status: 400 });
    const greeting = env.GREETING ?? 'Hello';
    if (request.headers.get('accept')?.includes('application/json')) return Response.json({ greeting, name });
    return new Response(`${greeting}, ${name}!\n`, { headers: { 'content-type': 'text/plain; charset=utf-8' } });
  },
};
