// EventTarget: https://dom.spec.whatwg.org/#interface-eventtarget
// There is no tree: the path of an event is its target alone.

import {
  ArrayPrototypeMap, ArrayPrototypePush, ArrayPrototypeSlice, ArrayPrototypeSplice, ReflectApply, SafeMap, TypeError,
} from '../bootstrap/primordials.js';
import { DOMException } from './dom_exception.js';
import { eventState } from './event.js';
import { defineInterface, isObject, requireArguments, toDOMString } from '../webidl/index.js';
import { reportException } from './report.js';

// Called with a signal and a function to run when it aborts; set by ../abort, which depends on this file.  Without it there
// are no signals.
let onAbort = null;
let isAborted = () => { throw new TypeError('The signal is not an AbortSignal.'); };
// Called with whatever gets a listener for `abort`.
let onListener = null;
export function setAbortHooks(hooks) {
  ({ onAbort, isAborted, onListener } = hooks);
}

let listenersOf;
// The global object is an EventTarget without being made by its constructor.
let globalListeners = null;

export class EventTarget {
  // type -> array of listeners; made with the first listener
  #listeners = null;

  static {
    listenersOf = (target, create) => {
      if (target === globalThis) return create ? (globalListeners ??= new SafeMap()) : globalListeners;
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

const { addEventListener, removeEventListener, dispatchEvent } = EventTarget.prototype;

/** The same functions for the global object. */
export const methods = { addEventListener, removeEventListener, dispatchEvent };

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
  const listener = { __proto__: null, callback, capture, once, passive, removed: false, forget: null };
  ArrayPrototypePush(list, listener);
  if (signal !== undefined) listener.forget = onAbort(signal, () => remove(list, listener));
  if (type === 'abort' && onListener !== null) onListener(target);
}

function find(list, callback, capture) {
  for (let i = 0; i < list.length; i++) if (list[i].callback === callback && list[i].capture === capture) return i;
  return -1;
}

function remove(list, listener) {
  listener.removed = true;
  listener.forget?.();
  for (let i = 0; i < list.length; i++) if (list[i] === listener) return ArrayPrototypeSplice(list, i, 1);
  return undefined;
}

/** Add a listener without options; gives the undo. */
export function listen(target, type, callback) {
  addListener(target, type, callback, { __proto__: null, capture: false, once: false, passive: false, signal: undefined });
  const list = listenersOf(target, false).get(type);
  const listener = list[list.length - 1];
  return () => remove(list, listener);
}

/** The callbacks of an event target for one type, in order. */
export function callbacksOf(target, type) {
  const list = listenersOf(target, false)?.get(type) ?? [];
  return ArrayPrototypeMap(list, (listener) => listener.callback);
}

/** Whether anybody listens on the global object for events of a type. */
export function isHeardGlobally(type) {
  const list = globalListeners?.get(type);
  return list !== undefined && list.length > 0;
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
