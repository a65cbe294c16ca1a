const fastify = require('fastify')();

fastify.addHook('onSend', async (request, reply) => { reply.header('x-hook', '1'); });
fastify.get('/', async () => ({ hello: 'world' }));
fastify.get('/user/:id', { schema: { params: { type: 'object', properties: { id: { type: 'integer' } } } } }, async (request) => ({ id: request.params.id, query: request.query }));
fastify.post('/echo', async (request) => request.body);
fastify.get('/fails', async () => { throw Object.assign(new Error('broken'), { statusCode: 409 }); });
fastify.get('/inject', async () => (await fastify.inject('/')).json());
module.exports = fastify;
