// Performance: https://www.w3.org/TR/hr-time-3/

import { sinceOrigin, timeOrigin } from '../bootstrap/time_origin.js';
import { EventTarget } from '../events/index.js';
import { defineInterface, illegalConstructor, isObject } from '../webidl/index.js';
import { TypeError } from '../bootstrap/primordials.js';

const TOKEN = { __proto__: null };

class Performance extends EventTarget {
  #brand = true;

  constructor(token = undefined) {
    if (token !== TOKEN) illegalConstructor();
    super();
  }

  static #check(value) {
    if (!isObject(value) || !(#brand in value)) throw new TypeError('Illegal invocation: not a Performance');
  }

  now() {
    Performance.#check(this);
    return sinceOrigin();
  }

  get timeOrigin() {
    Performance.#check(this);
    return timeOrigin();
  }

  toJSON() {
    Performance.#check(this);
    return { timeOrigin: timeOrigin() };
  }
}
defineInterface(Performance, 'Performance');

export const globals = { Performance, performance: new Performance(TOKEN) };
