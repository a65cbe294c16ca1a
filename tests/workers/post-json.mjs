// Send JSON and wait for the answer.

export default {
  async fetch(request, env) {
    const body = { results: ['default data to send'], errors: null, msg: 'I sent this to the fetch' };
    const init = { body: JSON.stringify(body), method: 'POST', headers: { 'content-type': 'application/json;charset=UTF-8' } };
    const response = await fetch(`${env.ORIGIN}/echo`, init);
    const { type, method, body: echoed } = await response.json();
    return Response.json({ type, method, echoed: JSON.parse(echoed) });
  },
};
