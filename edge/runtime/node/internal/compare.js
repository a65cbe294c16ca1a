// Deep equality: https://nodejs.org/api/assert.html#assertdeepstrictequalactual-expected-message
//
// Loose mode differs in three ways: primitives are compared with ==, prototypes are not, and only own enumerable string
// keys count.

import {
  DatePrototypeGetTime,
  MapIteratorPrototypeNext,
  MapPrototypeEntries,
  MapPrototypeGet,
  MapPrototypeGetSize,
  MapPrototypeHas,
  NumberIsNaN,
  ObjectGetOwnPropertySymbols,
  ObjectIs,
  ObjectKeys,
  ObjectPrototypeHasOwnProperty,
  ObjectPrototypePropertyIsEnumerable,
  ReflectGetPrototypeOf,
  RegExpPrototypeGetFlags,
  RegExpPrototypeGetSource,
  SafeMap,
  SetIteratorPrototypeNext,
  SetPrototypeGetSize,
  SetPrototypeHas,
  SetPrototypeValues,
  Uint8Array,
} from '../../bootstrap/primordials.js';
import { builtinTag, isProxy, kindOf, typedArrayName } from './types.js';

const isObject = (value) => typeof value === 'object' && value !== null;

function looselyEqual(a, b) {
  return a == b || (NumberIsNaN(a) && NumberIsNaN(b)); // eslint-disable-line eqeqeq -- what assert.deepEqual() promises
}

function enumerableKeys(value, strict) {
  const keys = ObjectKeys(value);
  if (!strict) return keys;
  const symbols = ObjectGetOwnPropertySymbols(value);
  for (let i = 0; i < symbols.length; i++) if (ObjectPrototypePropertyIsEnumerable(value, symbols[i])) keys[keys.length] = symbols[i];
  return keys;
}

class Comparison {
  constructor(strict) {
    this.strict = strict;
    this.open = new SafeMap(); // objects that are being compared, each with what it is compared to
  }

  equal(a, b) {
    if (a === b) return a !== 0 || !this.strict || ObjectIs(a, b);
    if (!isObject(a) || !isObject(b)) {
      if (this.strict) return !isObject(a) && !isObject(b) && typeof a === 'number' && NumberIsNaN(a) && NumberIsNaN(b);
      return !isObject(a) && !isObject(b) && typeof a !== 'function' && typeof b !== 'function' && looselyEqual(a, b);
    }
    if (this.strict && ReflectGetPrototypeOf(a) !== ReflectGetPrototypeOf(b)) return false;
    return this.#sameKind(a, b) && this.#guarded(a, b);
  }

  #sameKind(a, b) {
    const kind = isProxy(a) ? 'object' : kindOf(a);
    const other = isProxy(b) ? 'object' : kindOf(b);
    if (kind !== other) return false;
    if (builtinTag(a) !== builtinTag(b)) return false;
    switch (kind) {
      case 'date':
        return ObjectIs(DatePrototypeGetTime(a), DatePrototypeGetTime(b));
      case 'regexp':
        return RegExpPrototypeGetSource(a) === RegExpPrototypeGetSource(b) && RegExpPrototypeGetFlags(a) === RegExpPrototypeGetFlags(b) && a.lastIndex === b.lastIndex;
      case 'error':
        return a.message === b.message && a.name === b.name && this.equal(a.cause, b.cause) && this.equal(a.errors, b.errors);
      case 'number':
      case 'string':
      case 'boolean':
      case 'bigint':
      case 'symbol':
        return ObjectIs(a.valueOf(), b.valueOf());
      case 'weakmap':
      case 'weakset':
      case 'promise':
        return false;
      case 'typed':
        return sameElements(a, b, this.strict);
      case 'dataview':
        return sameElements(bytes(a), bytes(b), true);
      case 'arraybuffer':
        return sameElements(new Uint8Array(a), new Uint8Array(b), true);
      case 'array':
        return a.length === b.length;
      default:
        return true;
    }
  }

  // A circle is equal when the other side is one of the same shape.
  #guarded(a, b) {
    const known = this.open.get(a);
    if (known !== undefined) return known === b;
    this.open.set(a, b);
    const result = this.#sameContent(a, b);
    this.open.delete(a);
    return result;
  }

  #sameContent(a, b) {
    const keys = enumerableKeys(a, this.strict);
    const others = enumerableKeys(b, this.strict);
    const typed = typedArrayName(a) !== undefined;
    if (keys.length !== others.length) return false;
    for (let i = 0; i < keys.length; i++) if (!ObjectPrototypeHasOwnProperty(b, keys[i])) return false;
    for (let i = typed ? a.length : 0; i < keys.length; i++) if (!this.equal(a[keys[i]], b[keys[i]])) return false;
    const kind = isProxy(a) ? 'object' : kindOf(a);
    if (kind === 'set') return this.#sameSets(a, b);
    return kind === 'map' ? this.#sameMaps(a, b) : true;
  }

  #sameSets(a, b) {
    if (SetPrototypeGetSize(a) !== SetPrototypeGetSize(b)) return false;
    const rest = values(b);
    const mine = values(a);
    const open = [];
    for (let i = 0; i < mine.length; i++) if (!SetPrototypeHas(b, mine[i])) open[open.length] = mine[i];
    if (this.strict) for (let i = 0; i < open.length; i++) if (!isObject(open[i])) return false;
    return this.#pair(open, rest.filter((value) => !SetPrototypeHas(a, value)), (x, y) => this.equal(x, y));
  }

  #sameMaps(a, b) {
    if (MapPrototypeGetSize(a) !== MapPrototypeGetSize(b)) return false;
    const open = [];
    const mine = entries(a);
    for (let i = 0; i < mine.length; i++) {
      const [key, value] = mine[i];
      if (MapPrototypeHas(b, key)) {
        if (!this.equal(value, MapPrototypeGet(b, key))) return false;
      } else if (this.strict && !isObject(key)) return false;
      else open[open.length] = mine[i];
    }
    const rest = entries(b).filter(([key]) => !MapPrototypeHas(a, key));
    return this.#pair(open, rest, (x, y) => this.equal(x[0], y[0]) && this.equal(x[1], y[1]));
  }

  // Each of `left` needs a partner of its own in `right`.
  #pair(left, right, same) {
    if (left.length !== right.length) return false;
    for (let i = 0; i < left.length; i++) {
      const at = right.findIndex((candidate) => same(left[i], candidate));
      if (at < 0) return false;
      right.splice(at, 1);
    }
    return true;
  }
}

function sameElements(a, b, strict) {
  if (typedArrayName(a) !== typedArrayName(b) || a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (strict ? !ObjectIs(a[i], b[i]) : a[i] !== b[i] && !(a[i] !== a[i] && b[i] !== b[i])) return false;
  return true;
}

const bytes = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

function values(set) {
  const all = [];
  const iterator = SetPrototypeValues(set);
  for (let next = SetIteratorPrototypeNext(iterator); !next.done; next = SetIteratorPrototypeNext(iterator)) all[all.length] = next.value;
  return all;
}

function entries(map) {
  const all = [];
  const iterator = MapPrototypeEntries(map);
  for (let next = MapIteratorPrototypeNext(iterator); !next.done; next = MapIteratorPrototypeNext(iterator)) all[all.length] = next.value;
  return all;
}

export const isDeepEqual = (a, b) => new Comparison(false).equal(a, b);
export const isDeepStrictEqual = (a, b) => new Comparison(true).equal(a, b);
