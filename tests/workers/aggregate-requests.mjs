// Ask two services at once.

export default {
  async fetch(request, env) {
    const responses = await Promise.all([fetch(`${env.ORIGIN}/json`), fetch(`${env.ORIGIN}/echo?second`)]);
    const results = await Promise.all(responses.map((r) => r.json()));
    return new Response(JSON.stringify(results), { headers: { 'content-type': 'application/json;charset=UTF-8' } });
  },
};
