// node:async_hooks: https://nodejs.org/api/async_context.html
// Values travel with V8's own record of what started what (bootstrap/async_context.js), so that awaits cost nothing more.

import {
  ArrayPrototypeConcat, ArrayPrototypeFilter, ArrayPrototypeIncludes, Error, NumberIsSafeInteger, ObjectDefineProperty, ObjectFreeze, RangeError, ReflectApply, SafeMap, String, Symbol, TypeError,
} from '../bootstrap/primordials.js';
import { followAsyncContext } from '../bootstrap/extras.js';
import { asyncValues, impure, isBuilding, setAsyncValues } from '../bootstrap/state.js';
import { queueTask } from '../bootstrap/tasks.js';
import { coded, invalidArgType, validateFunction, validateString } from './internal/errors.js';

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

function without(values, key) {
  if (values === null || !values.has(key)) return values;
  const changed = new SafeMap(values);
  changed.delete(key);
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
    return this.#within(store, callback, args);
  }

  // Only what this one holds is as it was behind it: others may have entered.
  #within(store, callback, args) {
    follow();
    const before = asyncValues();
    const had = before !== null && before.has(this);
    const value = had ? before.get(this) : undefined;
    const inside = withValue(before, this, store);
    setAsyncValues(inside);
    try {
      return ReflectApply(callback, undefined, args);
    } finally {
      const after = asyncValues();
      setAsyncValues(after === inside ? before : had ? withValue(after, this, value) : without(after, this));
    }
  }

  exit(callback, ...args) {
    validateFunction(callback, 'callback');
    return this.#within(undefined, callback, args);
  }

  enterWith(store) {
    follow();
    setAsyncValues(withValue(asyncValues(), this, store));
  }

  disable() {
    const values = asyncValues();
    if (values !== null && values.has(this)) setAsyncValues(without(values, this));
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

// What runs: `{id, trigger, resource}`, kept with the values, so that it goes on behind an await.
const CURRENT = Symbol('current');
let hooks = [];

function call(name, args) {
  const all = hooks;
  for (let i = 0; i < all.length; i++) if (all[i][name] !== undefined) ReflectApply(all[i][name], undefined, args);
}

class AsyncResource {
  #values;
  #id;
  #trigger;
  #destroyed = false;

  constructor(type, options = {}) {
    validateString(type, 'type');
    const trigger = typeof options === 'number' ? options : options?.triggerAsyncId ?? executionAsyncId();
    if (!NumberIsSafeInteger(trigger) || trigger < -1) throw coded(RangeError, 'ERR_INVALID_ASYNC_ID', `Invalid triggerAsyncId value: ${String(trigger)}`);
    if (type === '' && hooks.length > 0) throw coded(TypeError, 'ERR_ASYNC_TYPE', `Invalid name for async "type": ${type}`);
    lastId += 1;
    this.#id = lastId;
    this.#trigger = trigger;
    this.#values = withValue(asyncValues(), CURRENT, { __proto__: null, id: lastId, trigger, resource: this });
    if (hooks.length > 0) call('init', [this.#id, type, trigger, this]);
  }

  runInAsyncScope(callback, receiver, ...args) { return this.#run(callback, receiver, args); }

  #run(callback, receiver, args) {
    if (hooks.length === 0) return within(this.#values, callback, receiver, args);
    return within(this.#values, () => {
      call('before', [this.#id]);
      try {
        return ReflectApply(callback, receiver, args);
      } finally {
        call('after', [this.#id]);
      }
    }, undefined, []);
  }

  bind(callback, receiver = undefined) {
    validateFunction(callback, 'fn');
    const resource = this;
    const bound = function (...args) { return resource.#run(callback, receiver === undefined ? this : receiver, args); };
    ObjectDefineProperty(bound, 'length', { __proto__: null, value: callback.length, configurable: true });
    return bound;
  }

  static bind(callback, type = undefined, receiver = undefined) {
    validateFunction(callback, 'fn');
    return new AsyncResource(type || callback.name || 'bound-anonymous-fn').bind(callback, receiver);
  }

  emitDestroy() {
    if (this.#destroyed) throw coded(Error, 'ERR_ASYNC_RESOURCE_DESTROYED', 'The async resource has been destroyed');
    this.#destroyed = true;
    if (hooks.length > 0) queueTask(() => call('destroy', [this.#id]));
    return this;
  }

  asyncId() { return this.#id; }
  triggerAsyncId() { return this.#trigger; }
}

const current = () => asyncValues()?.get(CURRENT);
const executionAsyncId = () => current()?.id ?? 1;
const triggerAsyncId = () => current()?.trigger ?? 0;
let outermost;
const executionAsyncResource = () => current()?.resource ?? (outermost ??= {});

const HOOKS = ['init', 'before', 'after', 'destroy', 'promiseResolve'];

/** Hears of AsyncResources alone: to be called for each promise and timer would cost all functions, and AsyncLocalStorage needs it not. */
class AsyncHook {
  #callbacks = { __proto__: null };

  constructor(callbacks) {
    for (let i = 0; i < HOOKS.length; i++) {
      const callback = callbacks[HOOKS[i]];
      if (callback !== undefined && typeof callback !== 'function') throw coded(TypeError, 'ERR_ASYNC_CALLBACK', `hook.${HOOKS[i]} must be a function`);
      this.#callbacks[HOOKS[i]] = callback;
    }
  }

  enable() {
    impure('async_hooks');
    if (!ArrayPrototypeIncludes(hooks, this.#callbacks)) hooks = ArrayPrototypeConcat(hooks, [this.#callbacks]);
    return this;
  }

  disable() {
    hooks = ArrayPrototypeFilter(hooks, (one) => one !== this.#callbacks);
    return this;
  }
}

function createHook(callbacks) {
  if (callbacks === null || callbacks === undefined) throw invalidArgType('callbacks', 'object', callbacks);
  return new AsyncHook(callbacks);
}

export default { AsyncLocalStorage, AsyncResource, createHook, executionAsyncId, triggerAsyncId, executionAsyncResource, asyncWrapProviders: ObjectFreeze({ __proto__: null, NONE: 0, PROMISE: 1 }) };
