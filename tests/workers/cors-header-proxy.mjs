// A proxy that adds the headers of CORS.

const corsHeaders = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Methods': 'GET,HEAD,POST,OPTIONS',
  'Access-Control-Max-Age': '86400',
};
const PROXY_ENDPOINT = '/corsproxy/';

async function handleRequest(request, env) {
  const url = new URL(request.url);
  let apiUrl = url.searchParams.get('apiurl');
  if (apiUrl == null) apiUrl = `${env.ORIGIN}/json`;
  request = new Request(apiUrl, request);
  request.headers.set('Origin', new URL(apiUrl).origin);
  let response = await fetch(request);
  response = new Response(response.body, response);
  response.headers.set('Access-Control-Allow-Origin', '*');
  response.headers.append('Vary', 'Origin');
  return response;
}

async function handleOptions(request) {
  const { headers } = request;
  if (headers.get('Origin') !== null && headers.get('Access-Control-Request-Method') !== null && headers.get('Access-Control-Request-Headers') !== null) {
    return new Response(null, { headers: { ...corsHeaders, 'Access-Control-Allow-Headers': headers.get('Access-Control-Request-Headers') } });
  }
  return new Response(null, { headers: { Allow: 'GET, HEAD, POST, OPTIONS' } });
}

export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    if (!url.pathname.startsWith(PROXY_ENDPOINT)) return new Response('demo page', { headers: { 'content-type': 'text/html' } });
    if (request.method === 'OPTIONS') return handleOptions(request);
    if (['GET', 'HEAD', 'POST'].includes(request.method)) return handleRequest(request, env);
    return new Response(null, { status: 405, statusText: 'Method Not Allowed' });
  },
};
