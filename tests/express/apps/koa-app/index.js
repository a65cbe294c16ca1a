const Koa = require('koa');
const { Readable } = require('node:stream');

const app = new Koa();
app.on('error', () => {});
app.use(async (ctx, next) => { await next(); ctx.set('X-Koa', '1'); });
app.use(async (ctx) => {
  if (ctx.path === '/json') ctx.body = { query: ctx.query, host: ctx.host, method: ctx.method, secure: ctx.secure, accepts: ctx.accepts('json', 'html') };
  else if (ctx.path === '/stream') ctx.body = Readable.from(['one ', 'two']);
  else if (ctx.path === '/buffer') ctx.body = Buffer.from('bytes');
  else if (ctx.path === '/throw') ctx.throw(403, 'not you');
  else if (ctx.path === '/fails') throw new Error('inner');
  else if (ctx.path === '/cookie') { ctx.cookies.set('a', 'b'); ctx.body = ctx.cookies.get('seen') ?? 'none'; }
  else if (ctx.path === '/read') { let text = ''; for await (const chunk of ctx.req) text += chunk; ctx.body = text; }
  else if (ctx.path === '/redirect') ctx.redirect('/json');
  else if (ctx.path === '/empty') ctx.status = 204;
});
module.exports = app.callback();
