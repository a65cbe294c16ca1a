// Instances of platform classes (URL, Headers, Request, ...): their state is behind accessors of the prototype, which are the
// runtime's own.  What a script has put in their place is called too, as its custom inspect functions are.

import {
  ArrayPrototypePush, ObjectDefineProperty, ObjectHasOwn, ReflectApply, ReflectGetOwnPropertyDescriptor, ReflectGetPrototypeOf, ReflectOwnKeys,
  SafeMap, StringPrototypeStartsWith,
} from '../../bootstrap/primordials.js';
import { pairsOfClass, platformClass } from '../../webidl/index.js';
import { isProxy } from '../proxies.js';

// To read these makes something that was not there before, or says nothing.
const SKIPPED = { __proto__: null, body: true, isHistoryNavigation: true, isReloadNavigation: true, webkitRelativePath: true };
// Of an event there is more to read than anybody wants to.
const CHOSEN = { __proto__: null, Event: ['type', 'defaultPrevented', 'cancelable', 'timeStamp'] };

function put(plain, name, value) {
  ObjectDefineProperty(plain, name, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
}

function addAttribute(plain, value, prototype, name) {
  const descriptor = ReflectGetOwnPropertyDescriptor(prototype, name);
  if (ObjectHasOwn(descriptor, 'value') || descriptor.get === undefined || SKIPPED[name] || ObjectHasOwn(plain, name)) return;
  if (name === 'signal' && ObjectHasOwn(prototype, 'redirect')) return;
  const read = ReflectApply(descriptor.get, value, []);
  if (read === null && StringPrototypeStartsWith(name, 'on')) return;
  put(plain, name, read);
}

function addAttributes(plain, value, prototype) {
  const names = CHOSEN[ReflectGetOwnPropertyDescriptor(prototype, 'constructor')?.value?.name] ?? ReflectOwnKeys(prototype);
  for (let i = 0; i < names.length; i++) if (typeof names[i] === 'string') addAttribute(plain, value, prototype, names[i]);
}

// A name that is there more than once has a list.
function addPairs(plain, pairs) {
  const lists = new SafeMap();
  for (let i = 0; i < pairs.length; i++) {
    const name = pairs[i][0];
    const value = pairs[i][1];
    const list = lists.get(name);
    if (list === undefined) lists.set(name, [value]);
    else ArrayPrototypePush(list, value);
    put(plain, name, list ?? value);
  }
}

function addOwn(plain, value) {
  const keys = ReflectOwnKeys(value);
  for (let i = 0; i < keys.length; i++) {
    const own = ReflectGetOwnPropertyDescriptor(value, keys[i]);
    if (own.enumerable && ObjectHasOwn(own, 'value')) put(plain, keys[i], own.value);
  }
}

/** A plain object with what there is to see of an instance; null for anything else, as for a prototype. */
export function platformState(value) {
  const plain = {};
  let found = false;
  try {
    for (let link = ReflectGetPrototypeOf(value); link !== null && !isProxy(link); link = ReflectGetPrototypeOf(link)) {
      if (platformClass(link) === undefined) continue;
      found = true;
      const pairsOf = pairsOfClass(link);
      if (pairsOf === undefined) addAttributes(plain, value, link);
      else addPairs(plain, pairsOf(value));
    }
    if (found) addOwn(plain, value);
  } catch {
    return null;
  }
  return found ? plain : null;
}
