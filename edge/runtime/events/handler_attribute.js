// Event handler attributes such as `onabort`.
// https://html.spec.whatwg.org/multipage/webappapis.html#event-handler-attributes

import { ReflectApply, ReflectGetOwnPropertyDescriptor } from '../bootstrap/primordials.js';
import { eventState } from './event.js';
import { listen } from './event_target.js';
import { isObject } from '../webidl/index.js';

/** The accessors as a property descriptor; `handlersOf(target)` gives the object that keeps a target's handlers. */
export function handlerAttribute(type, handlersOf) {
  const name = `on${type}`;
  return ReflectGetOwnPropertyDescriptor({
    get [name]() { return readHandler(handlersOf(this), type); },
    set [name](value) { setHandler(this, handlersOf(this), type, value); },
  }, name);
}

export function readHandler(handlers, type) {
  return handlers[type]?.callback ?? null;
}

/** What is no object counts as null.  A handler keeps its place among the listeners until it is taken away. */
export function setHandler(target, handlers, type, value, call = callHandler) {
  const callback = isObject(value) ? value : null;
  const current = handlers[type];
  if (current !== undefined && callback !== null) {
    current.callback = callback;
  } else if (current !== undefined) {
    current.remove();
    delete handlers[type];
  } else if (callback !== null) {
    const handler = { __proto__: null, callback, remove: null };
    handler.remove = listen(target, type, (event) => {
      if (typeof handler.callback === 'function') call(handler.callback, target, event);
    });
    handlers[type] = handler;
  }
}

function callHandler(callback, target, event) {
  if (ReflectApply(callback, target, [event]) === false) cancel(event);
}

/** As preventDefault does it. */
export function cancel(event) {
  const state = eventState(event);
  state.canceled ||= state.cancelable;
}
