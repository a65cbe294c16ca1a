// openapi-backend: a document decides about routes and validation (by Ajv, which compiles schemas to code).

import { OpenAPIBackend } from 'openapi-backend';

const definition = {
  openapi: '3.0.3',
  info: { title: 'Pets', version: '1' },
  paths: {
    '/pets': {
      get: { operationId: 'listPets', parameters: [{ name: 'limit', in: 'query', schema: { type: 'integer', maximum: 10 } }], responses: { 200: { description: 'ok' } } },
      post: {
        operationId: 'addPet',
        requestBody: { content: { 'application/json': { schema: { type: 'object', required: ['name'], properties: { name: { type: 'string' } }, additionalProperties: false } } } },
        responses: { 201: { description: 'made' } },
      },
    },
    '/pets/{id}': { get: { operationId: 'getPet', parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'integer' } }], responses: { 200: { description: 'ok' } } } },
  },
};

const api = new OpenAPIBackend({
  definition,
  handlers: {
    listPets: (c) => Response.json({ pets: ['a', 'b'].slice(0, c.request.query.limit) }),
    addPet: (c) => Response.json(c.request.requestBody, { status: 201 }),
    getPet: (c) => Response.json({ id: Number(c.request.params.id) }),
    validationFail: (c) => Response.json({ errors: c.validation.errors }, { status: 400 }),
    notFound: () => new Response('not found', { status: 404 }),
    methodNotAllowed: () => new Response('not allowed', { status: 405 }),
  },
});

export default {
  async fetch(request) {
    await api.init();
    const url = new URL(request.url);
    return api.handleRequest({
      method: request.method,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: Object.fromEntries(request.headers),
      body: request.body ? await request.json() : undefined,
    });
  },
};
