// EventTarget: https://dom.spec.whatwg.org/#interface-eventtarget
// There is no tree: the path of an event is its target alone.

import {
  ArrayPrototypePush, ArrayPrototypeSlice, ArrayPrototypeSplice, ReflectApply, ReflectGetOwnPropertyDescriptor, SafeMap, TypeError,
} from '../bootstrap/primordials.js';
import { DOMException } from './dom_exception.js';
import { eventState } from './event.js';
import { defineInterface, isObject, requireArguments, toDOMString } from '../webidl/index.js';
import { reportException } from './report.js';

// Called with a signal and a function to run when it aborts; set by ../abort, which depends on this file.
let onAbort = null;
let isAborted = null;
// Called with whatever gets a listener for `abort`.
let onListener = null;
export function setAbortHooks(hooks) {
  ({ onAbort, isAborted, onListener } = hooks);
}

let listenersOf;

export class EventTarget {
  // type -> array of listeners; made with the first listener
  #listeners = null;

  static {
    listenersOf = (target, create) => {
      if (!isObject(target) || !(#listeners in target)) throw new TypeError('Illegal invocation: not an EventTarget');
      if (target.#listeners === null && create) target.#listeners = new SafeMap();
      return target.#listeners;
    };
  }

  addEventListener(type, callback, options = undefined) {
    requireArguments(arguments.length, 2, 'EventTarget.addEventListener');
    addListener(this ?? globalThis, toDOMString(type), callback, flatten(options, true));
  }

  removeEventListener(type, callback, options = undefined) {
    requireArguments(arguments.length, 2, 'EventTarget.removeEventListener');
    const listeners = listenersOf(this ?? globalThis, false);
    const name = toDOMString(type);
    const { capture } = flatten(options, false);
    const list = listeners?.get(name);
    const at = list === undefined ? -1 : find(list, callback, capture);
    if (at >= 0) remove(list, list[at]);
  }

  dispatchEvent(event) {
    requireArguments(arguments.length, 1, 'EventTarget.dispatchEvent');
    const target = this ?? globalThis;
    listenersOf(target, false);
    const state = eventState(event);
    if (state.dispatching) throw new DOMException('The event is already being dispatched.', 'InvalidStateError');
    state.trusted = false;
    return dispatch(target, event);
  }
}
defineInterface(EventTarget, 'EventTarget');

function flatten(options, adding) {
  if (!isObject(options)) return { __proto__: null, capture: !!options, once: false, passive: false, signal: undefined };
  const flat = { __proto__: null, capture: !!options.capture, once: false, passive: false, signal: undefined };
  if (!adding) return flat;
  flat.once = !!options.once;
  flat.passive = !!options.passive;
  if (options.signal !== undefined) flat.signal = options.signal;
  return flat;
}

function addListener(target, type, callback, { capture, once, passive, signal }) {
  const listeners = listenersOf(target, true);
  const aborted = signal === undefined ? false : isAborted(signal);
  if (callback !== null && callback !== undefined && !isObject(callback)) throw new TypeError('The listener is neither a function nor an object.');
  if (aborted || callback === null || callback === undefined) return;
  let list = listeners.get(type);
  if (list === undefined) listeners.set(type, (list = []));
  if (find(list, callback, capture) >= 0) return;
  const listener = { __proto__: null, callback, capture, once, passive, removed: false };
  ArrayPrototypePush(list, listener);
  if (signal !== undefined) onAbort(signal, () => remove(list, listener));
  if (type === 'abort' && onListener !== null) onListener(target);
}

function find(list, callback, capture) {
  for (let i = 0; i < list.length; i++) if (list[i].callback === callback && list[i].capture === capture) return i;
  return -1;
}

function remove(list, listener) {
  listener.removed = true;
  for (let i = 0; i < list.length; i++) if (list[i] === listener) return ArrayPrototypeSplice(list, i, 1);
  return undefined;
}

/** Run the listeners of `target`; false when one of them prevented the default. */
export function dispatch(target, event) {
  const state = eventState(event);
  state.dispatching = true;
  state.target = target;
  state.phase = 2;
  const list = state.stopped ? undefined : listenersOf(target, false)?.get(state.type);
  if (list !== undefined) invokeAll(list, event, state, target);
  state.phase = 0;
  state.dispatching = false;
  state.stopped = state.stoppedNow = false;
  return !state.canceled;
}

// Listeners for capture run before the others, also at the target.
function invokeAll(list, event, state, target) {
  const snapshot = ArrayPrototypeSlice(list);
  for (let pass = 0; pass < 2; pass++) {
    if (pass === 1 && state.stopped) return;
    for (let i = 0; i < snapshot.length; i++) {
      const listener = snapshot[i];
      if (listener.removed || listener.capture !== (pass === 0)) continue;
      if (listener.once) remove(list, listener);
      state.passive = listener.passive;
      invoke(listener.callback, event, target);
      state.passive = false;
      if (state.stoppedNow) return;
    }
  }
}

function invoke(callback, event, target) {
  try {
    if (typeof callback === 'function') {
      ReflectApply(callback, target, [event]);
      return;
    }
    const method = callback.handleEvent;
    if (typeof method !== 'function') throw new TypeError('The listener has no handleEvent function.');
    ReflectApply(method, callback, [event]);
  } catch (error) {
    reportException(error);
  }
}

/**
 * Accessors for an event handler attribute such as `onabort`, as a property descriptor.
 * https://html.spec.whatwg.org/multipage/webappapis.html#event-handler-attributes
 */
export function handlerAttribute(type, handlersOf) {
  const name = `on${type}`;
  return ReflectGetOwnPropertyDescriptor({
    get [name]() { return handlersOf(this)[type]?.callback ?? null; },
    set [name](value) { setHandler(this, handlersOf(this), type, isObject(value) ? value : null); },
  }, name);
}

function setHandler(target, handlers, type, callback) {
  const current = handlers[type];
  if (current !== undefined && callback !== null) {
    current.callback = callback;
    return;
  }
  if (current !== undefined) {
    const list = listenersOf(target, true).get(type);
    remove(list, current.listener);
    delete handlers[type];
  }
  if (callback === null) return;
  const handler = { __proto__: null, callback, listener: null };
  const run = function (event) {
    if (typeof handler.callback !== 'function') return;
    if (ReflectApply(handler.callback, target, [event]) === false) eventState(event).canceled = eventState(event).cancelable;
  };
  addListener(target, type, run, { __proto__: null, capture: false, once: false, passive: false, signal: undefined });
  const list = listenersOf(target, true).get(type);
  handler.listener = list[list.length - 1];
  handlers[type] = handler;
}
