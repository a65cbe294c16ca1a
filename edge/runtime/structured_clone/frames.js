// Objects with children: their copies begin empty and are filled step by step.

import {
  Array, MapPrototypeForEach, MapPrototypeSet, Map, ObjectHasOwn, ObjectKeys, SafeArray, SafeArrayPush, Set, SetPrototypeAdd, SetPrototypeForEach,
} from '../bootstrap/primordials.js';
import { settled } from './clone.js';

/** Properties of an object or an array. */
class PropertyFrame {
  #source;
  #copy;
  #keys;
  #at = 0;

  constructor(source, copy) {
    this.#source = source;
    this.#copy = copy;
    this.#keys = ObjectKeys(source);
  }

  step(session) {
    while (this.#at < this.#keys.length) {
      const key = this.#keys[this.#at++];
      // A getter may have removed the property meanwhile.
      if (!ObjectHasOwn(this.#source, key)) continue;
      session.define(this.#copy, key, session.clone(this.#source[key]));
      if (!session.isInnermost(this)) return true;
    }
    return false;
  }
}

/** Entries of a map, or values of a set: a list of what to clone, for `fill` to take the copies from. */
class CollectionFrame {
  #items;
  #fill;
  #at = 0;

  constructor(items, fill) {
    this.#items = items;
    this.#fill = fill;
  }

  step(session) {
    const items = this.#items;
    while (this.#at < items.length) {
      const at = this.#at++;
      items[at] = session.clone(items[at]);
      if (!session.isInnermost(this)) return true;
    }
    session.finish(() => this.#fill(items));
    return false;
  }
}

export function beginObject(value, session) {
  const copy = {};
  session.fill(new PropertyFrame(value, copy));
  return copy;
}

export function beginArray(value, session) {
  const copy = new Array(value.length);
  session.fill(new PropertyFrame(value, copy));
  return copy;
}

export function beginMap(value, session) {
  const items = new SafeArray();
  MapPrototypeForEach(value, (item, key) => {
    SafeArrayPush(items, key);
    SafeArrayPush(items, item);
  });
  const copy = new Map();
  session.fill(new CollectionFrame(items, () => {
    for (let i = 0; i < items.length; i += 2) MapPrototypeSet(copy, settled(items[i]), settled(items[i + 1]));
  }));
  return copy;
}

export function beginSet(value, session) {
  const items = new SafeArray();
  SetPrototypeForEach(value, (item) => SafeArrayPush(items, item));
  const copy = new Set();
  session.fill(new CollectionFrame(items, () => {
    for (let i = 0; i < items.length; i++) SetPrototypeAdd(copy, settled(items[i]));
  }));
  return copy;
}
