// The headers of a response: names keep their case, values are checked as Node checks them.

import {
  ArrayIsArray,
  ArrayPrototypeMap,
  ArrayPrototypePush,
  RegExpPrototypeExec,
  SafeMap,
  String,
  StringPrototypeToLowerCase,
} from '../../bootstrap/primordials.js';
import { invalidCharacter, invalidName, undefinedHeader } from './errors.js';

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const FORBIDDEN = /[^\t\u0020-\u007e\u0080-\u00ff]/;

export function checkName(name) {
  if (typeof name !== 'string' || RegExpPrototypeExec(TOKEN, name) === null) throw invalidName(name);
}

function checkValue(name, value) {
  if (value === undefined) throw undefinedHeader(name);
  const all = ArrayIsArray(value) ? value : [value];
  for (let i = 0; i < all.length; i++) {
    if (all[i] === undefined) throw undefinedHeader(name);
    if (RegExpPrototypeExec(FORBIDDEN, String(all[i])) !== null) throw invalidCharacter(name);
  }
}

/** An ordered set of headers; a value is what was set: a string, a number, or an array of strings. */
export class ResponseHeaders {
  #entries = new SafeMap();

  set(name, value) {
    checkName(name);
    checkValue(name, value);
    this.#entries.set(StringPrototypeToLowerCase(name), { __proto__: null, name, value });
  }

  get(name) {
    return this.#entries.get(StringPrototypeToLowerCase(`${name}`))?.value;
  }

  has(name) {
    return this.#entries.has(StringPrototypeToLowerCase(`${name}`));
  }

  delete(name) {
    this.#entries.delete(StringPrototypeToLowerCase(`${name}`));
  }

  clear() {
    this.#entries.clear();
  }

  /** The names in lower case. */
  names() {
    return [...this.#entries.keys()];
  }

  /** The names as they were set. */
  rawNames() {
    return ArrayPrototypeMap([...this.#entries.values()], (entry) => entry.name);
  }

  /** Adds a value to those that are there. */
  append(name, value) {
    const existing = this.get(name);
    if (existing === undefined) return this.set(name, value);
    const all = ArrayIsArray(existing) ? [...existing] : [existing];
    const added = ArrayIsArray(value) ? value : [value];
    for (let i = 0; i < added.length; i++) ArrayPrototypePush(all, added[i]);
    return this.set(name, all);
  }

  /** `[name, value]` pairs for the wire, one per line. */
  pairs() {
    const pairs = [];
    const entries = [...this.#entries.values()];
    for (let i = 0; i < entries.length; i++) {
      const { name, value } = entries[i];
      if (!ArrayIsArray(value)) ArrayPrototypePush(pairs, [name, String(value)]);
      else for (let j = 0; j < value.length; j++) ArrayPrototypePush(pairs, [name, String(value[j])]);
    }
    return pairs;
  }
}
