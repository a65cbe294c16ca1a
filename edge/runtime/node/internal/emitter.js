// EventEmitter: https://nodejs.org/api/events.html#class-eventemitter

import {
  ArrayPrototypeConcat,
  ArrayPrototypePush,
  ArrayPrototypeSlice,
  ArrayPrototypeSplice,
  ArrayPrototypeUnshift,
  Error,
  ErrorIsError,
  NumberIsNaN,
  ObjectDefineProperty,
  ReflectApply,
  ReflectGetPrototypeOf,
  ReflectOwnKeys,
  String,
  Symbol,
  SymbolFor,
} from '../../bootstrap/primordials.js';
import { loadBuiltin } from '../../bootstrap/modules.js';
import { inspect } from '../../console/inspect/index.js';
import { queueMicrotask } from '../../events/index.js';
import { coded, invalidArgType, outOfRange } from './errors.js';
import { named } from './named.js';

export const errorMonitor = Symbol('events.errorMonitor');
export const captureRejectionSymbol = SymbolFor('nodejs.rejection');
const kCapture = Symbol('kCapture');
let defaultMaxListeners = 10;
let captureByDefault = false;

/** Constructor; callable without `new` on an object that inherits from it, as old-style classes do. */
export function EventEmitter(options) {
  ReflectApply(init, this, [options]);
}

function init(options) {
  if (this._events === undefined || this._events === ReflectGetPrototypeOf(this)._events) {
    this._events = { __proto__: null };
    this._eventsCount = 0;
  }
  this._maxListeners ||= undefined;
  if (options?.captureRejections !== undefined) {
    if (typeof options.captureRejections !== 'boolean') throw invalidArgType('options.captureRejections', 'boolean', options.captureRejections);
    this[kCapture] = options.captureRejections;
  }
}

function checkListener(listener) {
  if (typeof listener !== 'function') throw invalidArgType('listener', 'function', listener);
}

function limitOf(emitter) {
  return emitter._maxListeners === undefined ? defaultMaxListeners : emitter._maxListeners;
}

function add(emitter, type, listener, prepend) {
  checkListener(listener);
  let events = emitter._events;
  if (events === undefined) {
    events = emitter._events = { __proto__: null };
    emitter._eventsCount = 0;
  } else if (events.newListener !== undefined) {
    emitter.emit('newListener', type, listener.listener ?? listener);
    events = emitter._events;
  }
  const existing = events[type];
  if (existing === undefined) {
    events[type] = listener;
    emitter._eventsCount++;
    return emitter;
  }
  const list = typeof existing === 'function' ? (events[type] = [existing]) : existing;
  if (prepend) ArrayPrototypeUnshift(list, listener);
  else ArrayPrototypePush(list, listener);
  warnOfLeak(emitter, type, list);
  return emitter;
}

function warnOfLeak(emitter, type, list) {
  const limit = limitOf(emitter);
  if (limit <= 0 || list.length <= limit || list.warned) return;
  list.warned = true;
  const found = `${list.length} ${String(type)} listeners added to ${inspect(emitter, { depth: -1 })}. MaxListeners is ${limit}.`;
  const warning = new Error(`Possible EventEmitter memory leak detected. ${found} Use emitter.setMaxListeners() to increase limit`);
  warning.name = 'MaxListenersExceededWarning';
  warning.emitter = emitter;
  warning.type = type;
  warning.count = list.length;
  loadBuiltin('process').emitWarning(warning);
}

/** A listener that takes itself off before its first call. */
function onceWrapper(emitter, type, listener) {
  const state = { fired: false };
  function wrapped(...args) {
    if (state.fired) return undefined;
    emitter.removeListener(type, wrapped);
    state.fired = true;
    return ReflectApply(listener, emitter, args);
  }
  wrapped.listener = listener;
  return wrapped;
}

function unhandled(emitter, args) {
  const thrown = args.length > 0 ? args[0] : undefined;
  if (ErrorIsError(thrown)) throw thrown;
  let text;
  try {
    text = inspect(thrown);
  } catch {
    text = String(thrown);
  }
  const error = coded(Error, 'ERR_UNHANDLED_ERROR', `Unhandled error. (${text})`, emitter.emit);
  error.context = thrown;
  throw error;
}

function capture(emitter, result, type, args) {
  if (!(emitter[kCapture] ?? captureByDefault) || (typeof result !== 'object' && typeof result !== 'function') || result === null) return;
  let then;
  try {
    then = result.then;
  } catch (error) {
    emitter.emit('error', error);
    return;
  }
  // In a tick of its own, so that what a handler throws is nobody's rejection.
  if (typeof then === 'function') ReflectApply(then, result, [undefined, (error) => queueMicrotask(() => rejected(emitter, error, type, args))]);
}

function rejected(emitter, error, type, args) {
  if (typeof emitter[captureRejectionSymbol] === 'function') {
    ReflectApply(emitter[captureRejectionSymbol], emitter, ArrayPrototypeConcat([error, type], args));
    return;
  }
  const saved = emitter[kCapture];
  emitter[kCapture] = false;
  try {
    emitter.emit('error', error);
  } finally {
    emitter[kCapture] = saved;
  }
}

function call(emitter, listener, type, args) {
  const result = ReflectApply(listener, emitter, args);
  if (result !== undefined && result !== null) capture(emitter, result, type, args);
}

/** Takes one registration of `listener` off: the one that was added last. */
function remove(emitter, type, listener) {
  const events = emitter._events;
  const list = events?.[type];
  if (list === undefined) return;
  if (typeof list === 'function') {
    if (list !== listener && list.listener !== listener) return;
    dropType(emitter, type);
  } else {
    let at = list.length - 1;
    while (at >= 0 && list[at] !== listener && list[at].listener !== listener) at--;
    if (at < 0) return;
    // A list is never changed while it is being called: emit works on a copy.
    ArrayPrototypeSplice(list, at, 1);
    if (list.length === 1) events[type] = list[0];
  }
  if (emitter._events.removeListener !== undefined) emitter.emit('removeListener', type, listener.listener ?? listener);
}

function dropType(emitter, type) {
  if (--emitter._eventsCount === 0) emitter._events = { __proto__: null, ...keep(emitter._events, type) };
  else delete emitter._events[type];
}

function keep(events, type) {
  const rest = { __proto__: null, ...events };
  delete rest[type];
  return rest;
}

export function listenersOf(emitter, type, unwrap) {
  const list = emitter._events?.[type];
  if (list === undefined) return [];
  const all = typeof list === 'function' ? [list] : ArrayPrototypeSlice(list);
  if (unwrap) for (let i = 0; i < all.length; i++) all[i] = all[i].listener ?? all[i];
  return all;
}

const methods = {
  emit(type, ...args) {
    const events = this._events;
    if (type === 'error' && events?.[errorMonitor] !== undefined) ReflectApply(this.emit, this, ArrayPrototypeConcat([errorMonitor], args));
    const list = events?.[type];
    if (list === undefined) {
      if (type === 'error') unhandled(this, args);
      return false;
    }
    if (typeof list === 'function') {
      call(this, list, type, args);
      return true;
    }
    const copy = ArrayPrototypeSlice(list);
    for (let i = 0; i < copy.length; i++) call(this, copy[i], type, args);
    return true;
  },
  addListener(type, listener) {
    return add(this, type, listener, false);
  },
  prependListener(type, listener) {
    return add(this, type, listener, true);
  },
  once(type, listener) {
    checkListener(listener);
    return this.on(type, onceWrapper(this, type, listener));
  },
  prependOnceListener(type, listener) {
    checkListener(listener);
    return this.prependListener(type, onceWrapper(this, type, listener));
  },
  removeListener(type, listener) {
    checkListener(listener);
    remove(this, type, listener);
    return this;
  },
  removeAllListeners(type) {
    const events = this._events;
    if (events === undefined) return this;
    if (events.removeListener === undefined) {
      if (arguments.length === 0) {
        this._events = { __proto__: null };
        this._eventsCount = 0;
      } else if (events[type] !== undefined) dropType(this, type);
      return this;
    }
    if (arguments.length > 0) removeEach(this, type);
    else {
      const types = ReflectOwnKeys(events);
      for (let i = 0; i < types.length; i++) if (types[i] !== 'removeListener') removeEach(this, types[i]);
      removeEach(this, 'removeListener');
      this._events = { __proto__: null };
      this._eventsCount = 0;
    }
    return this;
  },
  listeners(type) {
    return listenersOf(this, type, true);
  },
  rawListeners(type) {
    return listenersOf(this, type, false);
  },
  listenerCount(type, listener) {
    const all = listenersOf(this, type, false);
    if (listener === undefined || listener === null) return all.length;
    let count = 0;
    for (let i = 0; i < all.length; i++) if (all[i] === listener || all[i].listener === listener) count++;
    return count;
  },
  eventNames() {
    return this._eventsCount > 0 ? ReflectOwnKeys(this._events) : [];
  },
  setMaxListeners(count) {
    checkCount('setMaxListeners', count);
    this._maxListeners = count;
    return this;
  },
  getMaxListeners() {
    return limitOf(this);
  },
};

function removeEach(emitter, type) {
  const all = listenersOf(emitter, type, false);
  for (let i = all.length - 1; i >= 0; i--) emitter.removeListener(type, all[i]);
}

export function checkCount(name, count) {
  if (typeof count !== 'number') throw invalidArgType(name, 'number', count);
  if (count < 0 || NumberIsNaN(count)) throw outOfRange(name, '>= 0', count);
}

named('EventEmitter', EventEmitter);
const names = ReflectOwnKeys(methods);
for (let i = 0; i < names.length; i++) EventEmitter.prototype[names[i]] = methods[names[i]];
EventEmitter.prototype.on = EventEmitter.prototype.addListener;
EventEmitter.prototype.off = EventEmitter.prototype.removeListener;
EventEmitter.prototype._events = undefined;
EventEmitter.prototype._eventsCount = 0;
EventEmitter.prototype._maxListeners = undefined;

ObjectDefineProperty(EventEmitter, 'defaultMaxListeners', {
  __proto__: null,
  get: () => defaultMaxListeners,
  set(count) {
    checkCount('defaultMaxListeners', count);
    defaultMaxListeners = count;
  },
  enumerable: true,
  configurable: true,
});
ObjectDefineProperty(EventEmitter, 'captureRejections', {
  __proto__: null,
  get: () => captureByDefault,
  set(value) {
    if (typeof value !== 'boolean') throw invalidArgType('EventEmitter.captureRejections', 'boolean', value);
    captureByDefault = value;
  },
  enumerable: true,
  configurable: true,
});
EventEmitter.captureRejectionSymbol = captureRejectionSymbol;
EventEmitter.errorMonitor = errorMonitor;
