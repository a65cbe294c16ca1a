// Read what comes by its content type: JSON, text, HTML, or something else.

async function gatherResponse(response) {
  const contentType = response.headers.get('content-type') || '';
  if (contentType.includes('application/json')) return { contentType, result: JSON.stringify(await response.json()) };
  if (contentType.includes('application/text')) return { contentType, result: await response.text() };
  if (contentType.includes('text/html')) return { contentType, result: await response.text() };
  return { contentType, result: await response.text() };
}

export default {
  async fetch(request, env) {
    const response = await fetch(new URL(new URL(request.url).pathname, env.ORIGIN), { cf: { cacheTtl: 5 } });
    const { contentType, result } = await gatherResponse(response);
    return new Response(result, { headers: { 'content-type': contentType } });
  },
};
