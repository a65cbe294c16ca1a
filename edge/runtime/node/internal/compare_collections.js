// Deep equality of sets and maps: what is not in both is paired, each with a partner of its own.

import {
  ArrayPrototypePush, ArrayPrototypeSplice, MapIteratorPrototypeNext, MapPrototypeEntries, MapPrototypeGet, MapPrototypeGetSize, MapPrototypeHas,
  SetIteratorPrototypeNext, SetPrototypeGetSize, SetPrototypeHas, SetPrototypeValues,
} from '../../bootstrap/primordials.js';

const isObject = (value) => typeof value === 'object' && value !== null;

export function sameSets(comparison, actual, expected) {
  if (!fits(comparison, SetPrototypeGetSize(actual), SetPrototypeGetSize(expected))) return false;
  const wanted = [];
  const all = values(expected);
  for (let i = 0; i < all.length; i++) {
    if (SetPrototypeHas(actual, all[i])) continue;
    if (comparison.mode !== 0 && !isObject(all[i])) return false;
    ArrayPrototypePush(wanted, all[i]);
  }
  if (wanted.length === 0) return true;
  const found = [];
  const have = values(actual);
  for (let i = 0; i < have.length; i++) if (!SetPrototypeHas(expected, have[i])) ArrayPrototypePush(found, have[i]);
  return pair(found, wanted, (a, b) => comparison.equal(a, b));
}

export function sameMaps(comparison, actual, expected) {
  if (!fits(comparison, MapPrototypeGetSize(actual), MapPrototypeGetSize(expected))) return false;
  const wanted = [];
  const all = entries(expected);
  for (let i = 0; i < all.length; i++) {
    const key = all[i][0];
    const value = all[i][1];
    if (MapPrototypeHas(actual, key) && comparison.equal(MapPrototypeGet(actual, key), value)) continue;
    if (!isObject(key) && comparison.mode !== 0) return false;
    ArrayPrototypePush(wanted, all[i]);
  }
  if (wanted.length === 0) return true;
  return pair(unmatched(comparison, actual, expected), wanted, (a, b) => comparison.equal(a[0], b[0]) && comparison.equal(a[1], b[1]));
}

function unmatched(comparison, actual, expected) {
  const found = [];
  const have = entries(actual);
  for (let i = 0; i < have.length; i++) {
    const key = have[i][0];
    const value = have[i][1];
    if (!MapPrototypeHas(expected, key) || !comparison.equal(value, MapPrototypeGet(expected, key))) ArrayPrototypePush(found, have[i]);
  }
  return found;
}

const fits = (comparison, size, wanted) => (comparison.partial ? size >= wanted : size === wanted);

// As most are in the same order on both sides, the first candidates are the likely ones.
function pair(found, wanted, same) {
  for (let i = 0; i < wanted.length; i++) {
    let at = 0;
    while (at < found.length && !same(found[at], wanted[i])) at++;
    if (at === found.length) return false;
    ArrayPrototypeSplice(found, at, 1);
  }
  return true;
}

function values(set) {
  const all = [];
  const iterator = SetPrototypeValues(set);
  for (let next = SetIteratorPrototypeNext(iterator); !next.done; next = SetIteratorPrototypeNext(iterator)) ArrayPrototypePush(all, next.value);
  return all;
}

function entries(map) {
  const all = [];
  const iterator = MapPrototypeEntries(map);
  for (let next = MapIteratorPrototypeNext(iterator); !next.done; next = MapIteratorPrototypeNext(iterator)) ArrayPrototypePush(all, next.value);
  return all;
}
