// The headers of a message that goes out: names keep their case and their order.

import { ArrayIsArray, ArrayPrototypePush, ObjectDefineProperty, ObjectPrototypeHasOwnProperty, ReflectOwnKeys, StringPrototypeToLowerCase } from '../../../bootstrap/primordials.js';
import { kindOf } from './header_kinds.js';

/** name in lower case -> [name, value]; there is no prototype that could answer for one that is not there. */
export const createHeaderList = () => ({ __proto__: null });

export const keyOf = (name) => StringPrototypeToLowerCase(name);

export function setEntry(list, name, value) {
  list[keyOf(name)] = [name, value];
}

/** Adds a value to what is there. */
export function appendEntry(list, name, value) {
  const entry = list[keyOf(name)];
  if (entry === undefined) {
    setEntry(list, name, value);
    return;
  }
  if (!ArrayIsArray(entry[1])) entry[1] = [entry[1]];
  const more = ArrayIsArray(value) ? value : [value];
  for (let i = 0; i < more.length; i++) ArrayPrototypePush(entry[1], more[i]);
}

/** An object of the values by their names in lower case. */
export function valuesOf(list) {
  const values = { __proto__: null };
  const keys = ReflectOwnKeys(list);
  for (let i = 0; i < keys.length; i++) values[keys[i]] = list[keys[i]][1];
  return values;
}

export function rawNamesOf(list) {
  const names = [];
  const keys = ReflectOwnKeys(list);
  for (let i = 0; i < keys.length; i++) ArrayPrototypePush(names, list[keys[i]][0]);
  return names;
}

/** `[name, value]` pairs of a list, of an object, of pairs, or of names and values in turn. */
export function pairsOf(headers) {
  const pairs = [];
  if (ArrayIsArray(headers)) {
    const nested = headers.length > 0 && ArrayIsArray(headers[0]);
    for (let i = 0; i < headers.length; i += nested ? 1 : 2) ArrayPrototypePush(pairs, nested ? [headers[i][0], headers[i][1]] : [headers[i], headers[i + 1]]);
    return pairs;
  }
  const keys = ReflectOwnKeys(headers ?? {});
  for (let i = 0; i < keys.length; i++) if (typeof keys[i] === 'string') ArrayPrototypePush(pairs, [keys[i], headers[keys[i]]]);
  return pairs;
}

/** Adds a header that came in to an object, as Node joins what comes more than once. */
export function addIncoming(target, name, value, joinDuplicates) {
  const key = keyOf(name);
  const { several, single, separator } = kindOf(key);
  const existing = ownValue(target, key);
  if (several) {
    if (existing === undefined) define(target, key, [value]);
    else ArrayPrototypePush(existing, value);
  } else if (existing === undefined) define(target, key, value);
  else if (joinDuplicates || !single) define(target, key, `${existing}${separator}${value}`);
}

/** The same, as lists. */
export function addDistinct(target, name, value) {
  const key = keyOf(name);
  const existing = ownValue(target, key);
  if (existing === undefined) define(target, key, [value]);
  else ArrayPrototypePush(existing, value);
}

// `__proto__` and `constructor` may be names of headers.
const ownValue = (target, key) => (ObjectPrototypeHasOwnProperty(target, key) ? target[key] : undefined);

function define(target, key, value) {
  ObjectDefineProperty(target, key, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
}
