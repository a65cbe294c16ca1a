// One request on its way through the handlers of a router.

import {
  ArrayPrototypeIncludes, ArrayPrototypeJoin, ArrayPrototypePush, ArrayPrototypeSort, StringPrototypeEndsWith, StringPrototypeIndexOf, StringPrototypeSlice,
  StringPrototypeStartsWith, StringPrototypeToLowerCase, StringPrototypeToUpperCase,
} from '../../bootstrap/primordials.js';
import { queueMicrotask } from '../../events/index.js';
import { isReal, runHandler } from './call.js';
import { processParams } from './params.js';

// So many handlers may call the next one at once before the stack is given a rest.
const MAX_DEPTH = 100;

/** The path of req.url, which middlewares may rewrite. */
function pathOf(req) {
  const end = StringPrototypeIndexOf(req.url, '?');
  return end < 0 ? req.url : StringPrototypeSlice(req.url, 0, end);
}

/** Whether a prefix that matched ends where a segment ends. */
function isPrefix(path, prefix) {
  const next = path[prefix.length];
  return StringPrototypeStartsWith(path, prefix) && (next === undefined || next === '/' || StringPrototypeEndsWith(prefix, '/'));
}

const isRoot = (url) => url === '/' || StringPrototypeStartsWith(url, '/?');

/** Takes a prefix off req.url for the handlers below it.  Returns the undo, which keeps what they rewrote. */
function enterPrefix(req, prefix) {
  const { baseUrl } = req;
  const rest = StringPrototypeSlice(req.url, prefix.length);
  const added = !StringPrototypeStartsWith(rest, '/');
  const endsWithSlash = StringPrototypeEndsWith(prefix, '/');
  req.url = added ? `/${rest}` : rest;
  req.baseUrl = `${baseUrl}${endsWithSlash ? StringPrototypeSlice(prefix, 0, -1) : prefix}`;
  return () => {
    req.baseUrl = baseUrl;
    const drops = added && (isRoot(req.url) || (endsWithSlash && StringPrototypeStartsWith(req.url, '/')));
    req.url = `${prefix}${drops ? StringPrototypeSlice(req.url, 1) : req.url}`;
  };
}

function answerOptions(res, methods) {
  const list = ArrayPrototypeJoin(ArrayPrototypeSort(methods), ', ');
  res.setHeader('Allow', list);
  res.setHeader('Content-Length', list.length);
  res.setHeader('Content-Type', 'text/plain');
  res.setHeader('X-Content-Type-Options', 'nosniff');
  res.end(list);
}

class Walk {
  constructor(router, req, res, out) {
    this.router = router;
    this.req = req;
    this.res = res;
    this.out = out;
    this.baseUrl = req.baseUrl;
    this.params = req.params;
    this.outerNext = req.next;
    this.called = { __proto__: null };
    this.allowed = [];
    this.at = 0;
    this.depth = 0;
    this.undo = null;
    this.next = (reason) => this.go(reason);
  }

  go(reason) {
    this.undo?.();
    this.undo = null;
    if (reason === 'router') {
      this.finish();
      return;
    }
    if (++this.depth > MAX_DEPTH) {
      this.depth = 0;
      queueMicrotask(() => this.go(reason));
      return;
    }
    this.step(isReal(reason) ? reason : undefined);
  }

  step(error) {
    let found;
    try {
      found = this.search(error);
    } catch (thrown) {
      this.go(thrown);
      return;
    }
    if (found === null) {
      this.finish(error);
      return;
    }
    const { req } = this;
    req.params = { __proto__: null, ...(this.router.settings.mergeParams ? this.params : req.routeParams), ...found.params };
    processParams(this.router, this.called, req, this.res, (problem) => (problem === undefined ? this.enter(found, error) : this.go(problem)));
  }

  search(error) {
    const path = pathOf(this.req);
    const { stack } = this.router;
    while (this.at < stack.length) {
      const layer = stack[this.at++];
      const match = layer.match(path);
      if (match === null || (layer.route !== undefined && !this.serves(layer.route, error))) continue;
      if (layer.route === undefined && !isPrefix(path, match.path)) continue;
      return { __proto__: null, layer, path: match.path, params: match.params };
    }
    return null;
  }

  serves(route, error) {
    if (error !== undefined) return false;
    const { req } = this;
    if (route.handles(StringPrototypeToLowerCase(req.method))) return true;
    if (req.method === 'OPTIONS') this.allow(route.allowed());
    return false;
  }

  allow(names) {
    for (let i = 0; i < names.length; i++) {
      const name = StringPrototypeToUpperCase(names[i]);
      if (!ArrayPrototypeIncludes(this.allowed, name)) ArrayPrototypePush(this.allowed, name);
    }
  }

  enter({ layer, path }, error) {
    if (layer.route === undefined && path !== '') this.undo = enterPrefix(this.req, path);
    runHandler(layer.handle, error, this.req, this.res, this.next);
  }

  finish(error) {
    const { req, res } = this;
    req.baseUrl = this.baseUrl;
    req.params = this.params;
    req.next = this.outerNext;
    if (error === undefined && req.method === 'OPTIONS' && this.allowed.length > 0 && !res.headersSent) answerOptions(res, this.allowed);
    else this.out(error);
  }
}

export function startWalk(router, req, res, out) {
  const walk = new Walk(router, req, res, out);
  req.next = walk.next;
  walk.go();
}
