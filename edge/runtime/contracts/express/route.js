// router.route(path): https://expressjs.com/en/5x/api.html#router.route

import { ArrayPrototypePush, ObjectKeys, StringPrototypeToLowerCase } from '../../bootstrap/primordials.js';
import { flatten, isReal, runHandler } from './call.js';
import { METHODS } from './methods.js';

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

for (let i = 0; i < METHODS.length; i++) {
  const method = METHODS[i];
  Route.prototype[method] = function add(...handlers) {
    return this.add(method, handlers);
  };
}
