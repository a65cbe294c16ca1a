// node:events: https://nodejs.org/api/events.html

import { ArrayPrototypePush, ArrayPrototypeShift, Error, ObjectDefineProperty, Promise, PromiseReject, PromiseResolve, SafeWeakMap, SymbolAsyncIterator, SymbolDispose } from '../bootstrap/primordials.js';
import { isAbortSignal, onAbort as whenAborted } from '../abort/index.js';
import { callbacksOf } from '../events/event_target.js';
import { Event, queueMicrotask } from '../events/index.js';
import { captureRejectionSymbol, checkCount, errorMonitor, EventEmitter, listenersOf } from './internal/emitter.js';
import { coded, invalidArgType, validateFunction, validateObject } from './internal/errors.js';

function abortError(signal) {
  const error = coded(Error, 'ABORT_ERR', 'The operation was aborted', abortError);
  error.name = 'AbortError';
  error.cause = signal.reason;
  return error;
}

/** Listens where listenerCount sees it, and where no other listener can stop it; gives the undo. */
function onAbort(signal, listener) {
  signal.addEventListener('abort', listener, { once: true });
  const forget = whenAborted(signal, listener);
  return () => {
    forget();
    signal.removeEventListener('abort', listener);
  };
}

function checkSignal(signal) {
  if (signal !== undefined && !isAbortSignal(signal)) throw invalidArgType('options.signal', 'AbortSignal', signal);
}

const isEmitter = (target) => typeof target?.on === 'function';

function attach(target, type, listener, options) {
  if (isEmitter(target)) {
    if (options?.once) target.once(type, listener);
    else target.on(type, listener);
  } else if (typeof target?.addEventListener === 'function') target.addEventListener(type, listener, options);
  else throw invalidArgType('emitter', 'EventEmitter', target);
}

function detach(target, type, listener) {
  if (typeof target.removeListener === 'function') target.removeListener(type, listener);
  else target.removeEventListener(type, listener);
}

/** A promise of the arguments of the next `type` event; an "error" event rejects it. */
function once(target, type, options = {}) {
  try {
    validateObject(options, 'options');
    checkSignal(options.signal);
  } catch (error) {
    return PromiseReject(error);
  }
  const { signal } = options;
  if (signal?.aborted) return PromiseReject(abortError(signal));
  return new Promise((resolve, reject) => {
    let forget = () => {};
    const clear = () => {
      forget();
      detach(target, type, onEvent);
      if (onError !== null) detach(target, 'error', onError);
    };
    const onEvent = (...args) => {
      clear();
      resolve(args);
    };
    const onError = type !== 'error' && isEmitter(target) ? (error) => {
      clear();
      reject(error);
    } : null;
    attach(target, type, onEvent, { once: true });
    if (onError !== null) target.once('error', onError);
    if (signal !== undefined) forget = onAbort(signal, () => {
      clear();
      reject(abortError(signal));
    });
  });
}

/** An async iterator of the arguments of each `type` event; events of the names in `close` end it. */
function on(target, type, options = {}) {
  const { signal, close = [] } = options;
  checkSignal(signal);
  if (signal?.aborted) throw abortError(signal);
  const events = [];
  const waiting = [];
  const attached = [];
  let failure = null;
  let finished = false;
  let forget = () => {};

  const listen = (name, listener) => {
    attach(target, name, listener);
    ArrayPrototypePush(attached, [name, listener]);
  };
  const finish = () => {
    finished = true;
    for (let i = 0; i < attached.length; i++) detach(target, attached[i][0], attached[i][1]);
    attached.length = 0;
    forget();
    while (waiting.length > 0) ArrayPrototypeShift(waiting).resolve({ value: undefined, done: true });
    return PromiseResolve({ value: undefined, done: true });
  };
  const fail = (error) => {
    const next = ArrayPrototypeShift(waiting);
    if (next === undefined) failure = { error };
    else next.reject(error);
    finish();
  };
  listen(type, (...args) => {
    const next = ArrayPrototypeShift(waiting);
    if (next === undefined) ArrayPrototypePush(events, args);
    else next.resolve({ value: args, done: false });
  });
  if (type !== 'error' && isEmitter(target)) listen('error', fail);
  for (let i = 0; i < close.length; i++) listen(close[i], finish);
  if (signal !== undefined) forget = onAbort(signal, () => fail(abortError(signal)));

  return {
    next() {
      if (events.length > 0) return PromiseResolve({ value: ArrayPrototypeShift(events), done: false });
      if (failure !== null) {
        const { error } = failure;
        failure = null;
        return PromiseReject(error);
      }
      if (finished) return PromiseResolve({ value: undefined, done: true });
      return new Promise((resolve, reject) => ArrayPrototypePush(waiting, { resolve, reject }));
    },
    return: finish,
    throw(error) {
      if (!(error instanceof Error)) throw invalidArgType('EventEmitter.AsyncIterator', 'Error', error);
      fail(error);
    },
    [SymbolAsyncIterator]() {
      return this;
    },
  };
}

function getEventListeners(target, type) {
  if (isEmitter(target)) return listenersOf(target, type, true);
  if (typeof target?.addEventListener === 'function') return callbacksOf(target, `${type}`);
  throw invalidArgType('emitter', ['EventEmitter', 'EventTarget'], target);
}

// Of event targets of the web: they never warn, so this is only remembered.
let targetLimits = null;

function setMaxListeners(count = EventEmitter.defaultMaxListeners, ...targets) {
  checkCount('setMaxListeners', count);
  if (targets.length === 0) EventEmitter.defaultMaxListeners = count;
  for (let i = 0; i < targets.length; i++) {
    if (typeof targets[i]?.setMaxListeners === 'function') targets[i].setMaxListeners(count);
    else if (typeof targets[i]?.addEventListener === 'function') (targetLimits ??= new SafeWeakMap()).set(targets[i], count);
    else throw invalidArgType('eventTargets', ['EventEmitter', 'EventTarget'], targets[i]);
  }
}

function getMaxListeners(target) {
  if (typeof target?.getMaxListeners === 'function') return target.getMaxListeners();
  if (typeof target?.addEventListener === 'function') return targetLimits?.get(target) ?? (isAbortSignal(target) ? 0 : EventEmitter.defaultMaxListeners);
  throw invalidArgType('emitter', ['EventEmitter', 'EventTarget'], target);
}

/** Calls `listener` when the signal aborts, also when it has already; disposable. */
function addAbortListener(signal, listener) {
  if (!isAbortSignal(signal)) throw invalidArgType('signal', 'AbortSignal', signal);
  validateFunction(listener, 'listener');
  let remove = () => {};
  if (signal.aborted) queueMicrotask(() => listener());
  else {
    let over = false;
    const once = (event) => {
      if (over) return;
      remove();
      listener(event);
    };
    // Other listeners can keep the event from this one, and not the signal's own algorithms.
    const forget = whenAborted(signal, () => queueMicrotask(() => once(ObjectDefineProperty(new Event('abort'), 'target', { __proto__: null, value: signal }))));
    signal.addEventListener('abort', once, { once: true });
    remove = () => {
      over = true;
      forget();
      signal.removeEventListener('abort', once);
    };
  }
  return { __proto__: null, [SymbolDispose]: () => remove() };
}

let ofResources;

/** https://nodejs.org/api/events.html#class-eventseventemitterasyncresource-extends-eventemitter */
function asyncResourceClass() {
  ofResources ??= import('./internal/emitter_resource.js').EventEmitterAsyncResource;
  return ofResources;
}

EventEmitter.EventEmitter = EventEmitter;
ObjectDefineProperty(EventEmitter, 'EventEmitterAsyncResource', { __proto__: null, get: asyncResourceClass, enumerable: true, configurable: true });
EventEmitter.once = once;
EventEmitter.on = on;
EventEmitter.getEventListeners = getEventListeners;
EventEmitter.getMaxListeners = getMaxListeners;
EventEmitter.setMaxListeners = setMaxListeners;
EventEmitter.addAbortListener = addAbortListener;
EventEmitter.listenerCount = (emitter, type) => (typeof emitter?.listenerCount === 'function' ? emitter.listenerCount(type) : getEventListeners(emitter, type).length);
EventEmitter.usingDomains = false;
EventEmitter.captureRejectionSymbol = captureRejectionSymbol;
EventEmitter.errorMonitor = errorMonitor;

export default EventEmitter;
