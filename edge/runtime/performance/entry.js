// PerformanceEntry: https://w3c.github.io/performance-timeline/#the-performanceentry-interface

import { TypeError } from '../bootstrap/primordials.js';
import { defineInterface, illegalConstructor, isObject } from '../webidl/index.js';

/** Whoever has it may make entries. */
export const TOKEN = { __proto__: null };

let fieldsOf;

export class PerformanceEntry {
  #fields;

  static {
    fieldsOf = (value) => {
      if (!isObject(value) || !(#fields in value)) throw new TypeError('Illegal invocation: not a PerformanceEntry');
      return value.#fields;
    };
  }

  /** `fields` are {name, entryType, startTime, duration, detail}; it gets an id when it is queued. */
  constructor(token = undefined, fields = undefined) {
    if (token !== TOKEN) illegalConstructor();
    this.#fields = fields;
  }

  get id() { return fieldsOf(this).id ?? 0; }
  get name() { return fieldsOf(this).name; }
  get entryType() { return fieldsOf(this).entryType; }
  get startTime() { return fieldsOf(this).startTime; }
  get duration() { return fieldsOf(this).duration; }
  get navigationId() { return fieldsOf(this) && 0; }

  toJSON() {
    const { id = 0, name, entryType, startTime, duration, detail } = fieldsOf(this);
    return { id, name, entryType, startTime, duration, navigationId: 0, detail };
  }
}
defineInterface(PerformanceEntry, 'PerformanceEntry');

/** The fields of an entry; a TypeError for anything else. */
export function entryFields(entry) {
  return fieldsOf(entry);
}
