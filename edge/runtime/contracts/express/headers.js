// The headers of a response: names keep their case, values are checked as Node checks them.

import {
  ArrayIsArray,
  ArrayPrototypeConcat,
  ArrayPrototypePush,
  SafeMap,
  String,
  StringPrototypeToLowerCase,
} from '../../bootstrap/primordials.js';
import { isFieldValue, isToken } from '../../http/syntax.js';
import { invalidCharacter, invalidName, undefinedHeader } from './errors.js';

export function checkName(name) {
  if (typeof name !== 'string' || !isToken(name)) throw invalidName(name);
}

function checkValue(name, value) {
  if (value === undefined) throw undefinedHeader(name);
  const all = ArrayIsArray(value) ? value : [value];
  for (let i = 0; i < all.length; i++) {
    if (all[i] === undefined) throw undefinedHeader(name);
    if (!isFieldValue(String(all[i]))) throw invalidCharacter(name);
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
    const names = [];
    this.#entries.forEach((entry, name) => ArrayPrototypePush(names, name));
    return names;
  }

  /** The names as they were set. */
  rawNames() {
    const names = [];
    this.#entries.forEach((entry) => ArrayPrototypePush(names, entry.name));
    return names;
  }

  /** Adds a value to those that are there. */
  append(name, value) {
    const existing = this.get(name);
    if (existing === undefined) return this.set(name, value);
    return this.set(name, ArrayPrototypeConcat(ArrayIsArray(existing) ? existing : [existing], value));
  }

  /** `[name, value]` pairs for the wire, one per line. */
  pairs() {
    const pairs = [];
    this.#entries.forEach(({ name, value }) => {
      if (!ArrayIsArray(value)) ArrayPrototypePush(pairs, [name, String(value)]);
      else for (let i = 0; i < value.length; i++) ArrayPrototypePush(pairs, [name, String(value[i])]);
    });
    return pairs;
  }
}
