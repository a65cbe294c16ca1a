// The headers of a response: names keep their case, values are checked as Node checks them.

import {
  ArrayIsArray,
  ArrayPrototypeConcat,
  ArrayPrototypePush,
  SafeMap,
  String,
  StringPrototypeToLowerCase,
} from '../../../bootstrap/primordials.js';
import { BadResponse } from '../../../bootstrap/failures.js';
import { textComplaint, totalComplaint } from '../../../http/limits.js';
import { isFieldValue, isToken } from '../../../http/syntax.js';
import { invalidCharacter, invalidName, undefinedHeader } from './errors.js';

function refuse(complaint) {
  if (complaint !== '') throw new BadResponse(complaint);
}

// Lengths are looked at before anything else is.
function checkName(name) {
  if (typeof name === 'string') refuse(textComplaint(name.length));
  if (typeof name !== 'string' || !isToken(name)) throw invalidName(name);
}

// The number of characters.
function checkValue(name, value) {
  if (value === undefined) throw undefinedHeader(name);
  const text = String(value);
  refuse(textComplaint(text.length));
  if (!isFieldValue(text)) throw invalidCharacter(name);
  return text.length;
}

// `{fields, characters}` of one header; `total` has those of all others.
function checked(name, value, total) {
  const all = ArrayIsArray(value) ? value : [value];
  const size = { __proto__: null, fields: 0, characters: 0 };
  for (let i = 0; i < all.length; i++) {
    size.fields += 1;
    size.characters += name.length + checkValue(name, all[i]);
    refuse(totalComplaint(total.fields + size.fields, total.characters + size.characters));
  }
  return size;
}

const NOTHING = { __proto__: null, fields: 0, characters: 0 };

const sum = (a, sign, b) => ({ __proto__: null, fields: a.fields + sign * b.fields, characters: a.characters + sign * b.characters });

/** An ordered set of headers; a value is what was set: a string, a number, or an array of strings. */
export class ResponseHeaders {
  #entries = new SafeMap(); // name in lower case -> {name, value, fields, characters}
  #total = NOTHING;

  set(name, value) {
    checkName(name);
    const key = StringPrototypeToLowerCase(name);
    const others = sum(this.#total, -1, this.#entries.get(key) ?? NOTHING);
    const { fields, characters } = checked(name, value, others);
    const entry = { __proto__: null, name, value, fields, characters };
    this.#entries.set(key, entry);
    this.#total = sum(others, 1, entry);
  }

  get(name) {
    return this.#entries.get(StringPrototypeToLowerCase(`${name}`))?.value;
  }

  has(name) {
    return this.#entries.has(StringPrototypeToLowerCase(`${name}`));
  }

  delete(name) {
    const key = StringPrototypeToLowerCase(`${name}`);
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#total = sum(this.#total, -1, entry);
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

  /** Adds a value, or those of an array, to what is there; only what is new is checked. */
  append(name, value) {
    const entry = this.#entries.get(StringPrototypeToLowerCase(`${name}`));
    if (entry === undefined) return this.set(name, value);
    const more = checked(entry.name, value, this.#total);
    entry.value = ArrayPrototypeConcat(ArrayIsArray(entry.value) ? entry.value : [entry.value], value);
    entry.fields += more.fields;
    entry.characters += more.characters;
    this.#total = sum(this.#total, 1, more);
    return undefined;
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
