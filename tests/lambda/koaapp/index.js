const Koa = require('koa');
const serverless = require('serverless-http');

const app = new Koa();
app.use(async (ctx) => {
  ctx.set('x-a', 'b');
  ctx.body = { path: ctx.path, q: ctx.query };
});

exports.handler = serverless(app);
