// What Express answers: `node reference.mjs PLAN` serves every handler of PLAN with Express and writes its answers into answers.json.
//
// PLAN is JSON: {root, files, cases: [{source, requests: [{method, target, headers, body}]}]}.  A source is the text of a CommonJS module that
// exports a handler; it
// finds `Router` as a global, as
// functions do, and its files in `__dirname`.

import { writeFile, readFile } from 'node:fs/promises';
import http from 'node:http';
import { createRequire } from 'node:module';

const { root, files, cases } = JSON.parse(await readFile(process.argv[2], 'utf8'));
const require = createRequire(`${root}/index.js`);
const express = require('express');
const cookieParser = require('cookie-parser');

globalThis.Router = express.Router;
process.env.NODE_ENV = 'test';

function fail(res, status, text) {
  for (const name of ['Content-Encoding', 'Content-Language', 'Content-Range']) res.removeHeader(name);
  res.writeHead(status, { 'X-Content-Type-Options': 'nosniff', 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': Buffer.byteLength(text) });
  res.end(text);
}

function serve(source) {
  const module = { exports: {} };
  new Function('module', 'exports', 'require', '__dirname', source)(module, module.exports, require, files);
  const app = express();
  app.disable('x-powered-by');
  app.set('query parser', 'simple');
  app.use(cookieParser());
  app.use(express.json(), express.urlencoded({ extended: true }), express.text({ type: 'text/*' }));
  app.use((req, res, next) => {
    req.body ??= {};
    next();
  });
  app.use(module.exports);
  // What the contract decides otherwise than Express: see docs/decisions/express.md.
  app.use((req, res) => fail(res, 404, `Cannot ${req.method} ${req.originalUrl.split('?')[0]}`));
  app.use((error, req, res, next) => {
    if (!(error?.status >= 400 && error.status < 500)) res.setHeader('X-Failed', '1');
    const status = error?.status >= 400 && error.status < 500 ? error.status : 500;
    for (const name of Object.keys(error?.headers ?? {})) res.setHeader(name, error.headers[name]);
    fail(res, status, status === 500 ? '' : error.syscall ? http.STATUS_CODES[status] : error.message);
  });
  return http.createServer(app);
}

function ask(port, { method, target, headers, body }) {
  return new Promise((resolve, reject) => {
    const sent = http.request({ port, host: '127.0.0.1', method, path: target, headers: headers.flat(), agent: false, setHost: false }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', () => resolve({ status: 0, headers: [], body: 'aborted' }));
      response.on('end', () => {
        const pairs = [];
        for (let i = 0; i < response.rawHeaders.length; i += 2) pairs.push([response.rawHeaders[i], response.rawHeaders[i + 1]]);
        resolve({ status: response.statusCode, message: response.statusMessage, headers: pairs, body: Buffer.concat(chunks).toString('latin1') });
      });
    });
    sent.on('error', () => resolve({ status: 0, headers: [], body: 'no answer' }));
    sent.setTimeout(3000, () => sent.destroy());
    sent.end(Buffer.from(body, 'latin1'));
  });
}

async function answersOf({ source, requests }) {
  const server = serve(source);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  const answers = await Promise.all(requests.map((request) => ask(port, request)));
  server.close();
  server.closeAllConnections();
  return answers;
}

const answers = [];
for (let i = 0; i < cases.length; i += 16) answers.push(...(await Promise.all(cases.slice(i, i + 16).map(answersOf))));
await writeFile('answers.json', JSON.stringify(answers));
process.exit(0);
