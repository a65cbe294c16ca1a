// Return JSON.

export default {
  async fetch() {
    return Response.json({ hello: 'world', at: [1, 2, null] }, { headers: { 'cache-control': 'no-store' } });
  },
};
