// What the apps answer under Node: `node apps_reference.mjs PLAN` writes the answers to their requests into answers.json.
//
// PLAN is JSON: {folder, requests: {APP: [[method, target, headers?, body?]]}}; each app is in a folder of its own, with its packages.

import { readFile, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { createRequire } from 'node:module';

const { folder, requests } = JSON.parse(await readFile(process.argv[2], 'utf8'));
process.env.NODE_ENV = 'production';
console.error = () => {};

function load(name) {
  const require = createRequire(`${folder}/${name}/index.js`);
  if (name === 'middlewares') globalThis.Router = createRequire(`${folder}/express-app/index.js`)('express').Router;
  const listen = http.Server.prototype.listen;
  http.Server.prototype.listen = function refused() { return this; };
  const app = require(`${folder}/${name}/index.js`);
  http.Server.prototype.listen = listen;
  return app;
}

function listenerOf(name, app) {
  if (name === 'middlewares') {
    const outer = createRequire(`${folder}/express-app/index.js`)('express')();
    outer.disable('x-powered-by');
    outer.use(app);
    outer.use((req, res) => {
      res.writeHead(404, { 'Content-Security-Policy': "default-src 'none'", 'X-Content-Type-Options': 'nosniff', 'Content-Type': 'text/plain; charset=utf-8' });
      res.end(`Cannot ${req.method} ${req.originalUrl}`);
    });
    return outer;
  }
  if (typeof app === 'function') return app;
  return app.routing === undefined ? app.handler : (req, res) => app.ready().then(() => app.routing(req, res));
}

function ask(port, name, [method, path, headers = {}, body = '']) {
  const all = { Host: `${name}.example`, ...headers };
  if (body !== '' || method === 'POST' || method === 'PUT') all['Content-Length'] = Buffer.byteLength(body);
  return new Promise((resolve, reject) => {
    const sent = http.request({ port, host: '127.0.0.1', method, path, headers: all, agent: false }, async (response) => {
      const chunks = [];
      for await (const chunk of response) chunks.push(chunk);
      const pairs = [];
      for (let i = 0; i < response.rawHeaders.length; i += 2) pairs.push([response.rawHeaders[i], response.rawHeaders[i + 1]]);
      resolve({ status: response.statusCode, headers: pairs, body: Buffer.concat(chunks).toString('base64') });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const answers = {};
for (const name of Object.keys(requests)) {
  const server = http.createServer(listenerOf(name, load(name)));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  answers[name] = [];
  for (const request of requests[name]) answers[name].push(await ask(server.address().port, name, request));
  server.close();
}
await writeFile('answers.json', JSON.stringify(answers));
process.exit(0);
