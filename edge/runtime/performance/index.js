// Performance: https://www.w3.org/TR/hr-time-3/

import { impure, isBuilding, monotonicNow, now } from '../bootstrap/host.js';
import { EventTarget } from '../events/index.js';
import { defineInterface, illegalConstructor, isObject } from '../webidl/index.js';
import { MathMax, TypeError } from '../bootstrap/primordials.js';

const TOKEN = { __proto__: null };
let origin = -1;
let monotonicOrigin = 0;

// The origin is the step of the clock before the first look at it, so that it is never part of a snapshot, and now() is positive.
function begin() {
  impure('the clock');
  if (origin >= 0 || isBuilding()) return;
  origin = now() - 1;
  monotonicOrigin = monotonicNow() - 1;
}

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
    begin();
    return MathMax(0, monotonicNow() - monotonicOrigin);
  }

  get timeOrigin() {
    Performance.#check(this);
    begin();
    return MathMax(0, origin);
  }

  toJSON() {
    Performance.#check(this);
    begin();
    return { timeOrigin: MathMax(0, origin) };
  }
}
defineInterface(Performance, 'Performance');

export const globals = { Performance, performance: new Performance(TOKEN) };
