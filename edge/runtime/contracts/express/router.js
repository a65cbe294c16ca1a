// Router: https://expressjs.com/en/5x/api.html#router

import {
  ArrayIsArray,
  ArrayPrototypePush,
  ArrayPrototypeSlice,
  Function,
  ObjectSetPrototypeOf,
  ReflectApply,
  TypeError,
} from '../../bootstrap/primordials.js';
import { isRegExp } from '../../node/internal/types.js';
import { flatten } from './call.js';
import { Layer } from './layer.js';
import { METHODS } from './methods.js';
import { Route } from './route.js';
import { startWalk } from './walk.js';

/** Makes a router, which is itself a handler `(req, res, next)`.  Options: caseSensitive, strict, mergeParams. */
export function Router(options) {
  function router(req, res, next) {
    router.handle(req, res, next);
  }
  ObjectSetPrototypeOf(router, Router.prototype);
  router.stack = [];
  router.settings = { __proto__: null, caseSensitive: false, strict: false, mergeParams: false, ...options };
  router.processors = { __proto__: null };
  return router;
}

Router.prototype = ObjectSetPrototypeOf({ constructor: Router }, Function.prototype);

Router.prototype.route = function route(path) {
  const made = new Route(path);
  const { strict, caseSensitive } = this.settings;
  const layer = new Layer(path, { __proto__: null, end: true, strict, sensitive: caseSensitive }, (req, res, next) => made.dispatch(req, res, next), made);
  ArrayPrototypePush(this.stack, layer);
  return made;
};

/** `use([path,] ...handlers)`: handlers for everything below a path, which they do not see in req.url. */
Router.prototype.use = function use(...args) {
  const withPath = isPath(args[0]);
  const handlers = flatten(withPath ? ArrayPrototypeSlice(args, 1) : args, 'Router.use()');
  const options = { __proto__: null, end: false, strict: false, sensitive: this.settings.caseSensitive };
  for (let i = 0; i < handlers.length; i++) ArrayPrototypePush(this.stack, new Layer(withPath ? args[0] : '/', options, unhindered(handlers[i])));
  return this;
};

// cookie-parser passes by a request whose cookies have been read already, and would read no signed ones then.
function unhindered(handler) {
  if (handler.name !== 'cookieParser') return handler;
  return (req, res, next) => {
    req.cookies = undefined;
    ReflectApply(handler, undefined, [req, res, next]);
  };
}

function isPath(value) {
  let first = value;
  while (ArrayIsArray(first) && first.length > 0) first = first[0];
  return typeof first === 'string' || isRegExp(first);
}

/** `param(name, (req, res, next, value, name))` runs before the handlers of routes that have `:name`. */
Router.prototype.param = function param(name, processor) {
  if (typeof name !== 'string' || typeof processor !== 'function') throw new TypeError('Router.param() requires a name and a function');
  ArrayPrototypePush((this.processors[name] ??= []), processor);
  return this;
};

for (let i = 0; i < METHODS.length; i++) {
  const method = METHODS[i];
  Router.prototype[method] = function add(path, ...handlers) {
    this.route(path).add(method, handlers);
    return this;
  };
}

Router.prototype.all = function all(path, ...handlers) {
  this.route(path).add('all', handlers);
  return this;
};

/** Runs the handlers that fit a request; `out` is called when none of them has answered. */
Router.prototype.handle = function handle(req, res, out) {
  startWalk(this, req, res, out);
};
