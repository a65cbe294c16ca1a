// onmessage, onmessageerror and onclose: https://html.spec.whatwg.org/multipage/web-messaging.html#messageeventtarget

import { ObjectDefineProperty, ReflectApply } from '../bootstrap/primordials.js';
import { handlerAttribute } from '../events/index.js';

const noStart = () => {};

function define(Class, type, handlersOf, started) {
  const { get, set } = handlerAttribute(type, handlersOf);
  const accessors = { get, set(value) { ReflectApply(set, this, [value]); started(this); } };
  ObjectDefineProperty(accessors.set, 'name', { __proto__: null, value: set.name, configurable: true });
  ObjectDefineProperty(Class.prototype, `on${type}`, { __proto__: null, ...accessors, enumerable: true, configurable: true });
}

/** `start(target)` is what setting `onmessage` does beside that; with it there is a close event. */
export function defineHandlers(Class, handlersOf, start = null) {
  define(Class, 'message', handlersOf, start ?? noStart);
  define(Class, 'messageerror', handlersOf, noStart);
  if (start !== null) define(Class, 'close', handlersOf, noStart);
}
