// Performance: https://www.w3.org/TR/hr-time-3/, with https://w3c.github.io/performance-timeline/ and
// https://w3c.github.io/user-timing/, which come when they are called.

import { TypeError } from '../bootstrap/primordials.js';
import { sinceOrigin, timeOrigin } from '../bootstrap/time_origin.js';
import { EventTarget } from '../events/index.js';
import { defineInterface, illegalConstructor, isObject, requireArguments, toDOMString } from '../webidl/index.js';

const TOKEN = { __proto__: null };
const timeline = () => import('./timeline.js');
const userTiming = () => import('./user_timing.js');

let check;

class Performance extends EventTarget {
  #brand = true;

  static {
    check = (value) => {
      if (!isObject(value) || !(#brand in value)) throw new TypeError('Illegal invocation: not a Performance');
    };
  }

  constructor(token = undefined) {
    if (token !== TOKEN) illegalConstructor();
    super();
  }

  now() {
    check(this);
    return sinceOrigin();
  }

  get timeOrigin() {
    check(this);
    return timeOrigin();
  }

  toJSON() {
    check(this);
    return { timeOrigin: timeOrigin() };
  }

  getEntries() {
    check(this);
    return timeline().timelineEntries();
  }

  getEntriesByType(type) {
    check(this);
    requireArguments(arguments.length, 1, 'Performance.getEntriesByType');
    return timeline().timelineEntries(undefined, toDOMString(type));
  }

  getEntriesByName(name, type = undefined) {
    check(this);
    requireArguments(arguments.length, 1, 'Performance.getEntriesByName');
    return timeline().timelineEntries(toDOMString(name), type === undefined ? undefined : toDOMString(type));
  }

  // eslint-disable-next-line no-unused-vars -- counts for `length`
  mark(markName, markOptions = undefined) {
    check(this);
    return userTiming().mark(arguments);
  }

  // eslint-disable-next-line no-unused-vars -- counts for `length`
  measure(measureName, startOrMeasureOptions = undefined, endMark = undefined) {
    check(this);
    return userTiming().measure(arguments);
  }

  clearMarks() {
    check(this);
    userTiming().clear('mark', arguments);
  }

  clearMeasures() {
    check(this);
    userTiming().clear('measure', arguments);
  }
}
defineInterface(Performance, 'Performance');

export const globals = { Performance, performance: new Performance(TOKEN) };
