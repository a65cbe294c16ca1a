// ky: a client around fetch, with retries, hooks and timeouts.

import ky, { HTTPError, TimeoutError } from 'ky';

export default {
  async fetch(request, env) {
    const api = ky.create({
      headers: { 'x-client': 'ky' },
      retry: { limit: 2, delay: () => 1, statusCodes: [503] },
      timeout: 2000,
    });
    const attempts = {
      json: () => api.get(`${env.ORIGIN}/json`).json(),
      post: () => api.post(`${env.ORIGIN}/echo`, { json: { a: 1 } }).json(),
      form: () => api.put(`${env.ORIGIN}/echo`, { body: new URLSearchParams({ b: '2' }) }).json(),
      missing: () => api.get(`${env.ORIGIN}/status/404`).text().catch((error) => [error instanceof HTTPError, error.response.status]),
      retried: () => api.get(`${env.ORIGIN}/status/503`).text().catch((error) => [error.name, error.response.status]),
      slow: () => api.get(`${env.ORIGIN}/slow`, { timeout: 30, retry: 0 }).text().catch((error) => error instanceof TimeoutError),
    };
    const found = {};
    for (const [name, attempt] of Object.entries(attempts)) found[name] = await attempt();
    return Response.json(found);
  },
};
