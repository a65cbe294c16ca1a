// What a request says about itself.

export default {
  async fetch(request) {
    console.log(new Map(request.headers));
    console.log(`headers: ${JSON.stringify(Object.fromEntries(request.headers))}\n`);
    const requestHeaders = JSON.stringify([...request.headers].filter(([name]) => name.startsWith('x-')));
    return new Response(requestHeaders, { headers: { 'content-type': 'application/json' } });
  },
};
