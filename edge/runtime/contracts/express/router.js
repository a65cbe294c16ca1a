// Router: https://expressjs.com/en/5x/api.html#router

import {
  ArrayIsArray,
  ArrayPrototypeFlat,
  ArrayPrototypeIncludes,
  ArrayPrototypeJoin,
  ArrayPrototypePush,
  PromisePrototypeThen,
  ArrayPrototypeSlice,
  Function,
  ObjectKeys,
  ObjectSetPrototypeOf,
  ReflectApply,
  StringPrototypeIndexOf,
  StringPrototypeSlice,
  StringPrototypeStartsWith,
  StringPrototypeToLowerCase,
  StringPrototypeToUpperCase,
  TypeError,
} from '../../bootstrap/primordials.js';
import { promiseOf } from '../../bootstrap/promise_of.js';
import { compilePattern } from './pattern.js';
import { isRegExp } from '../../node/internal/types.js';

const METHODS = ['get', 'post', 'put', 'patch', 'delete', 'options', 'head'];
const ERROR_ARITY = 4;

function flatten(handlers, what) {
  const all = ArrayPrototypeFlat(handlers, Infinity);
  if (all.length === 0) throw new TypeError(`${what} requires a handler`);
  for (let i = 0; i < all.length; i++) {
    if (typeof all[i] !== 'function') throw new TypeError(`${what} requires functions; handler ${i + 1} is ${all[i] === null ? 'null' : typeof all[i]}`);
  }
  return all;
}

/** Calls a handler; what it throws, or its promise rejects with, goes to next. */
function call(handler, args, next) {
  let result;
  try {
    result = ReflectApply(handler, undefined, args);
  } catch (error) {
    next(error ?? new TypeError('a handler threw nothing'));
    return;
  }
  const promise = promiseOf(result);
  if (promise !== null) PromisePrototypeThen(promise, undefined, (error) => next(error ?? new TypeError('a handler rejected without a reason')));
}

function runHandler(handler, error, req, res, next) {
  const wantsError = handler.length === ERROR_ARITY;
  if (error !== undefined) {
    if (wantsError) call(handler, [error, req, res, next], next);
    else next(error);
  } else if (wantsError) next();
  else call(handler, [req, res, next], next);
}

const isReal = (error) => error !== undefined && error !== null && error !== 'route' && error !== 'router';

/** The handlers of one path, by method: `router.route(path).get(...).post(...)`. */
export class Route {
  constructor(path) {
    this.path = path;
    this.stack = [];
    this.methods = { __proto__: null };
  }

  add(method, handlers) {
    const all = flatten(handlers, `Route.${method}()`);
    for (let i = 0; i < all.length; i++) ArrayPrototypePush(this.stack, { __proto__: null, method, handle: all[i] });
    this.methods[method] = true;
    return this;
  }

  all(...handlers) {
    return this.add('all', handlers);
  }

  handles(method) {
    return this.methods.all === true || this.methods[method] === true || (method === 'head' && this.methods.get === true);
  }

  /** Names for Allow. */
  allowed() {
    const names = ObjectKeys(this.methods);
    if (this.methods.get && !this.methods.head) ArrayPrototypePush(names, 'head');
    return names;
  }

  dispatch(req, res, done) {
    let method = StringPrototypeToLowerCase(req.method);
    if (method === 'head' && !this.methods.head) method = 'get';
    const { stack } = this;
    let at = 0;
    req.route = this;
    const next = (error) => {
      if (error === 'route') return done();
      if (error === 'router') return done(error);
      while (at < stack.length && stack[at].method !== 'all' && stack[at].method !== method) at++;
      if (at >= stack.length) return done(error ?? undefined);
      return runHandler(stack[at++].handle, isReal(error) ? error : undefined, req, res, next);
    };
    next();
  }
}

// One entry of a router: a route, or a middleware below a prefix.
class Layer {
  constructor(paths, options, handle, route) {
    const all = ArrayIsArray(paths) ? ArrayPrototypeFlat(paths, Infinity) : [paths];
    this.matchers = [];
    for (let i = 0; i < all.length; i++) ArrayPrototypePush(this.matchers, compilePattern(all[i], options));
    this.handle = handle;
    this.route = route;
  }

  match(path) {
    for (let i = 0; i < this.matchers.length; i++) {
      const found = this.matchers[i](path);
      if (found !== null) return found;
    }
    return null;
  }
}

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
  for (let i = 0; i < handlers.length; i++) ArrayPrototypePush(this.stack, new Layer(withPath ? args[0] : '/', options, handlers[i]));
  return this;
};

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
  Route.prototype[method] = function add(...handlers) {
    return this.add(method, handlers);
  };
}

Router.prototype.all = function all(path, ...handlers) {
  this.route(path).add('all', handlers);
  return this;
};

/** The path of req.url, which middlewares may rewrite. */
function pathOf(req) {
  const end = StringPrototypeIndexOf(req.url, '?');
  return end < 0 ? req.url : StringPrototypeSlice(req.url, 0, end);
}

// Runs the processors of the parameters that a layer brought, each value once per request.
function processParams(router, called, req, res, done) {
  const names = ObjectKeys(router.processors);
  const jobs = [];
  for (let i = 0; i < names.length; i++) {
    const value = req.params[names[i]];
    if (value === undefined || called[names[i]] === value) continue;
    called[names[i]] = value;
    const list = router.processors[names[i]];
    for (let j = 0; j < list.length; j++) ArrayPrototypePush(jobs, { __proto__: null, run: list[j], name: names[i] });
  }
  let at = 0;
  const next = (error) => {
    if (error !== undefined && error !== null) return done(error);
    const job = jobs[at++];
    if (job === undefined) return done();
    return call(job.run, [req, res, next, req.params[job.name], job.name], next);
  };
  next();
}

/** Takes a prefix off req.url for the handlers below it.  Returns the undo, which keeps what they rewrote. */
function enterPrefix(req, prefix) {
  const { baseUrl } = req;
  const rest = StringPrototypeSlice(req.url, prefix.length);
  const slashed = StringPrototypeStartsWith(rest, '/');
  req.url = slashed ? rest : `/${rest}`;
  req.baseUrl = `${baseUrl}${prefix}`;
  return () => {
    req.baseUrl = baseUrl;
    req.url = `${prefix}${slashed ? req.url : StringPrototypeSlice(req.url, 1)}`;
  };
}

function answerOptions(res, methods) {
  const list = ArrayPrototypeJoin(methods, ', ');
  res.setHeader('Allow', list);
  res.type('txt');
  res.send(list);
}

Router.prototype.handle = function handle(req, res, out) {
  const router = this;
  const { stack, settings } = router;
  const { baseUrl, params: outer, next: outerNext } = req;
  const called = { __proto__: null };
  const allowed = [];
  let at = 0;
  let undo = null;

  function finish(error) {
    req.baseUrl = baseUrl;
    req.params = outer;
    req.next = outerNext;
    if (error === undefined && req.method === 'OPTIONS' && allowed.length > 0 && !res.headersSent) return answerOptions(res, allowed);
    return out(error);
  }

  function leave() {
    if (undo !== null) undo();
    undo = null;
  }

  function next(reason) {
    leave();
    if (reason === 'router') return finish();
    const error = isReal(reason) ? reason : undefined;
    let found;
    try {
      found = search(error);
    } catch (thrown) {
      return next(thrown);
    }
    if (found === null) return finish(error);
    req.params = { __proto__: null, ...(settings.mergeParams ? outer : req.routeParams), ...found.params };
    return processParams(router, called, req, res, (problem) => {
      if (problem !== undefined) return next(problem);
      return enter(found, error);
    });
  }

  function search(error) {
    const path = pathOf(req);
    while (at < stack.length) {
      const layer = stack[at++];
      const match = layer.match(path);
      if (match === null || (layer.route !== undefined && !serves(layer.route, error))) continue;
      return { __proto__: null, layer, path: match.path, params: match.params };
    }
    return null;
  }

  function serves(route, error) {
    if (error !== undefined) return false;
    if (route.handles(StringPrototypeToLowerCase(req.method))) return true;
    if (req.method === 'OPTIONS') addAllowed(route);
    return false;
  }

  function addAllowed(route) {
    const names = route.allowed();
    for (let i = 0; i < names.length; i++) {
      const name = StringPrototypeToUpperCase(names[i]);
      if (!ArrayPrototypeIncludes(allowed, name)) ArrayPrototypePush(allowed, name);
    }
  }

  function enter({ layer, path }, error) {
    if (layer.route === undefined && path !== '') undo = enterPrefix(req, path);
    runHandler(layer.handle, error, req, res, next);
  }

  req.next = next;
  next();
};
