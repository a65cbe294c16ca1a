// Runs the usual paths of the Express contract once while a snapshot is built, as web_warm_up.js does for the web contract.

import { PromisePrototypeThen, PromiseResolve } from '../bootstrap/primordials.js';
import { run } from './express.js';

const ignore = () => {};

function createInvocation(method, headers, body) {
  return {
    __proto__: null,
    request: {
      __proto__: null, method, url: 'http://host.example/path?name=value', path: '/path', query: 'name=value', basePath: '', headers, params: {},
      ip: '127.0.0.1', ips: [], httpVersion: '1.1', body, more: false,
    },
    env: { __proto__: null },
    bindings: { __proto__: null },
    head: ignore,
    respond: () => null,
    write: () => PromiseResolve(),
    end: ignore,
    waitUntil: ignore,
  };
}

function answer(req, res) {
  res.status(200).set('x-name', req.get('host')).json({ path: req.path, query: req.query.name, body: req.body });
}

/** To be called once, before any user code; it needs neither clock nor host. */
export function warmUpExpress() {
  const host = ['host', 'host.example'];
  PromisePrototypeThen(run(answer, createInvocation('GET', [host], null)), ignore, ignore);
  PromisePrototypeThen(run((req, res) => { res.send('text'); }, createInvocation('GET', [host], null)), ignore, ignore);
}
