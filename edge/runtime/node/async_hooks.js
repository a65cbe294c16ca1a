// node:async_hooks: https://nodejs.org/api/async_context.html
// Values travel with V8's own record of what started what (bootstrap/async_context.js), so that awaits cost nothing more.

import { Error, ReflectApply, SafeMap } from '../bootstrap/primordials.js';
import { followAsyncContext } from '../bootstrap/extras.js';
import { asyncValues, impure, isBuilding, setAsyncValues } from '../bootstrap/state.js';
import { coded, unsupported, validateFunction, validateString } from './internal/errors.js';

let following = false;
let lastId = 1;

function follow() {
  impure('AsyncLocalStorage');
  if (following || isBuilding()) return;
  following = true;
  followAsyncContext();
}

/** Run `callback` with `values`, and what was there before behind it. */
function within(values, callback, receiver, args) {
  follow();
  const before = asyncValues();
  setAsyncValues(values);
  try {
    return ReflectApply(callback, receiver, args);
  } finally {
    setAsyncValues(before);
  }
}

function withValue(values, key, value) {
  const changed = values === null ? new SafeMap() : new SafeMap(values);
  changed.set(key, value);
  return changed;
}

class AsyncLocalStorage {
  #default;
  #name;

  constructor({ defaultValue, name = '' } = {}) {
    this.#default = defaultValue;
    this.#name = name;
  }

  get name() { return this.#name; }

  getStore() {
    const values = asyncValues();
    return values !== null && values.has(this) ? values.get(this) : this.#default;
  }

  run(store, callback, ...args) {
    validateFunction(callback, 'callback');
    return within(withValue(asyncValues(), this, store), callback, undefined, args);
  }

  exit(callback, ...args) {
    validateFunction(callback, 'callback');
    return within(withValue(asyncValues(), this, undefined), callback, undefined, args);
  }

  enterWith(store) {
    follow();
    setAsyncValues(withValue(asyncValues(), this, store));
  }

  disable() {
    const values = asyncValues();
    if (values === null || !values.has(this)) return;
    const changed = new SafeMap(values);
    changed.delete(this);
    setAsyncValues(changed);
  }

  static bind(callback) {
    validateFunction(callback, 'fn');
    const values = asyncValues();
    return function bound(...args) { return within(values, callback, this, args); };
  }

  static snapshot() {
    const values = asyncValues();
    return function snapshot(callback, ...args) { return within(values, callback, this, args); };
  }
}

class AsyncResource {
  #values = asyncValues();
  #id;
  #trigger;
  #destroyed = false;

  constructor(type, options = {}) {
    validateString(type, 'type');
    lastId += 1;
    this.#id = lastId;
    this.#trigger = (typeof options === 'number' ? options : options.triggerAsyncId) ?? 1;
  }

  runInAsyncScope(callback, receiver, ...args) { return within(this.#values, callback, receiver, args); }

  bind(callback, receiver = undefined) {
    validateFunction(callback, 'fn');
    const resource = this;
    return function bound(...args) { return within(resource.#values, callback, receiver === undefined ? this : receiver, args); };
  }

  static bind(callback, type = undefined, receiver = undefined) {
    return new AsyncResource(type ?? callback.name ?? 'bound-anonymous-fn').bind(callback, receiver);
  }

  emitDestroy() {
    if (this.#destroyed) throw coded(Error, 'ERR_ASYNC_RESOURCE_DESTROYED', 'The async resource has been destroyed');
    this.#destroyed = true;
    return this;
  }

  asyncId() { return this.#id; }
  triggerAsyncId() { return this.#trigger; }
}

/** Hooks would be called for each promise: what they are for is done by AsyncLocalStorage. */
function createHook() {
  throw unsupported('async_hooks.createHook', 'use AsyncLocalStorage');
}

export default {
  AsyncLocalStorage, AsyncResource, createHook, executionAsyncId: () => 1, triggerAsyncId: () => 0, executionAsyncResource: () => ({}), asyncWrapProviders: {},
};
