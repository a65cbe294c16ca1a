// One entry of a router: a route, or a middleware below a prefix.

import { ArrayIsArray, ArrayPrototypeFlat, ArrayPrototypePush } from '../../bootstrap/primordials.js';
import { compilePattern } from './pattern.js';

export class Layer {
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
