// Which export of the main module is the function, and by which contract it is called (CONTRACT, section 4).

import { StringPrototypeLastIndexOf, StringPrototypeSlice } from './primordials.js';
import { BadFunction } from './failures.js';
import { getMain, isEsModule, load } from './modules.js';
import { isNamespace } from '../realtime/registry.js';

const CONTRACTS = { __proto__: null, express: true, web: true, event: true };

function isObject(value) {
  return typeof value === 'object' && value !== null;
}

function isWebHandler(value) {
  return (isObject(value) || typeof value === 'function') && (typeof value.fetch === 'function' || typeof value.scheduled === 'function');
}

// A class whose instances handle requests, as those that extend WorkerEntrypoint: one instance for each.
function isEntrypoint(value) {
  return typeof value === 'function' && isObject(value.prototype) && typeof value.prototype.fetch === 'function';
}

function instances(Entrypoint) {
  const handler = { __proto__: null, fetch: (request, env, ctx) => new Entrypoint(ctx, env).fetch(request) };
  if (typeof Entrypoint.prototype.scheduled === 'function') handler.scheduled = (controller, env, ctx) => new Entrypoint(ctx, env).scheduled(controller);
  return handler;
}

function named(exports, handler) {
  const name = StringPrototypeSlice(handler, StringPrototypeLastIndexOf(handler, '.') + 1);
  const value = exports[name];
  if (typeof value !== 'function' && !isWebHandler(value)) {
    throw new BadFunction(`the package has no export "${name}" that can be called (handler = "${handler}")`);
  }
  return { __proto__: null, value, name };
}

function declared(exports, wanted) {
  const own = (isObject(exports) || typeof exports === 'function') && isObject(exports.config) ? exports.config.contract : undefined;
  const contract = wanted || own || '';
  if (contract !== '' && !CONTRACTS[contract]) throw new BadFunction(`config.contract is "${contract}"; it may be express, web or event`);
  return contract;
}

const chosen = (value, contract) => ({ __proto__: null, value, contract });

// Apps and routers of Express are functions that have a function for the whole of a request.
const isRouter = (value) => typeof value.handle === 'function';

/** The handler of an app of a framework that is no function, null for what is none; `import()` is synchronous here. */
function listeningApp(value) {
  if (!isObject(value) || typeof value.listen !== 'function') return null;
  return import('../contracts/express/app_handler.js').handlerOfApp(value);
}

function choose(exports, esModule, contract) {
  if (typeof exports === 'function') return chosen(exports, contract || (isWebHandler(exports) ? 'web' : 'express'));
  if (!isObject(exports)) return chosen(undefined, contract);
  const fallback = exports.default;
  if (isWebHandler(fallback)) return chosen(fallback, contract || 'web');
  if (isEntrypoint(fallback)) return chosen(instances(fallback), 'web');
  if (isNamespace(fallback)) return chosen(fallback, 'express');
  if (typeof fallback === 'function') return chosen(fallback, contract || ((esModule || exports.__esModule) && !isRouter(fallback) ? 'web' : 'express'));
  const app = listeningApp(fallback) ?? listeningApp(exports);
  if (app !== null) return chosen(app, contract || 'express');
  if (isObject(fallback) && typeof fallback.handler === 'function') return chosen(fallback.handler, contract || 'event');
  if (typeof exports.handler === 'function') return chosen(exports.handler, contract || 'event');
  if (isWebHandler(exports)) return chosen(exports, contract || 'web');
  return chosen(undefined, contract);
}

function describeExports(exports) {
  if (!isObject(exports)) return `module.exports is ${exports === null ? 'null' : typeof exports}`;
  const names = Object.keys(exports);
  return names.length === 0 ? 'it exports nothing' : `it exports ${names.slice(0, 10).join(', ')}`;
}

/** `{value, contract}`: the handler of a module and how it is called; throws BadFunction when nothing can be called. */
export function findHandler(wantedContract, handler, main = getMain()) {
  const exports = load(main);
  const contract = declared(exports, wantedContract);
  if (handler !== '') {
    const { value, name } = named(exports, handler);
    return chosen(value, contract || (isWebHandler(value) ? 'web' : name === 'handler' ? 'event' : isEsModule(main) ? 'web' : 'express'));
  }
  const found = choose(exports, isEsModule(main), contract);
  if (found.value === undefined && (contract === '' || contract === 'web')) {
    const value = import('../service_worker/handler.js').createListeningHandler();
    if (value !== undefined) return chosen(value, 'web');
  }
  const callable = typeof found.value === 'function' || (found.contract === 'web' && isWebHandler(found.value));
  if (!callable) {
    throw new BadFunction(`${main} exports nothing that can be called: ${describeExports(exports)} (export a function (req, res), { fetch }, or a function named handler; or listen to "fetch")`);
  }
  return found;
}
