// Date and Math.random that tell a snapshot build when they are read.  Identity is the same at every snapshot
// level, so that nothing a package keeps (`const D = Date`) can tell whether it was built or run.

import { Date, DatePrototypeToString, ObjectDefineProperty, Proxy, ReflectConstruct } from '../bootstrap/primordials.js';
import { impure } from '../bootstrap/state.js';
import { random as draw, readClock } from '../bootstrap/tape.js';

function now() {
  impure('the clock');
  return readClock();
}

function random() {
  impure('Math.random');
  return draw();
}

// A proxy without a `get` trap: only calls and constructions pass here, all else is the builtin's own.
const ClockedDate = new Proxy(Date, {
  __proto__: null,
  apply() {
    return DatePrototypeToString(new Date(now()));
  },
  construct(target, args, newTarget) {
    return ReflectConstruct(target, args.length === 0 ? [now()] : args, newTarget === ClockedDate ? target : newTarget);
  },
});

ObjectDefineProperty(Date, 'now', { __proto__: null, value: { now }.now, writable: true, enumerable: false, configurable: true });
ObjectDefineProperty(Date.prototype, 'constructor', { __proto__: null, value: ClockedDate, writable: true, enumerable: false, configurable: true });

export const globals = { Date: ClockedDate };
export const mathRandom = { random }.random;
