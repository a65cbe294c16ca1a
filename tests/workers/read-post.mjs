// Read the body of a request, whatever it holds.

async function readRequestBody(request) {
  const contentType = request.headers.get('content-type');
  if (contentType.includes('application/json')) return JSON.stringify(await request.json());
  if (contentType.includes('application/text')) return request.text();
  if (contentType.includes('text/html')) return request.text();
  if (contentType.includes('form')) {
    const formData = await request.formData();
    const body = {};
    for (const entry of formData.entries()) body[entry[0]] = entry[1] instanceof File ? await entry[1].text() : entry[1];
    return JSON.stringify(body);
  }
  return 'a file';
}

export default {
  async fetch(request) {
    const { url } = request;
    if (url.includes('form')) return new Response('<form method="post"></form>', { headers: { 'content-type': 'text/html' } });
    if (request.method === 'POST') return new Response(`The request body sent in was ${await readRequestBody(request)}`);
    if (request.method === 'GET') return new Response('The request was a GET');
    return new Response('other');
  },
};
