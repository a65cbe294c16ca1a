// Errors: name, message, stack and cause survive; the class is the standard one of that name, or Error.
// https://html.spec.whatwg.org/multipage/structured-data.html#structuredserializeinternal, step 17

import {
  Error, EvalError, ObjectDefineProperty, RangeError, ReferenceError, ReflectGetOwnPropertyDescriptor, SyntaxError, TypeError, URIError,
} from '../bootstrap/primordials.js';
import { toDOMString } from '../webidl/index.js';
import { settled } from './clone.js';

const CLASSES = { __proto__: null, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };

function define(object, key, value) {
  ObjectDefineProperty(object, key, { __proto__: null, value, writable: true, enumerable: false, configurable: true });
}

export function beginError(value, session) {
  const { name } = value;
  const Class = (typeof name === 'string' ? CLASSES[name] : undefined) ?? Error;
  const message = ReflectGetOwnPropertyDescriptor(value, 'message');
  const copy = new Class();
  if (message !== undefined && 'value' in message) define(copy, 'message', toDOMString(message.value));
  const { stack } = value;
  define(copy, 'stack', typeof stack === 'string' ? stack : undefined);
  const cause = ReflectGetOwnPropertyDescriptor(value, 'cause');
  if (cause !== undefined && 'value' in cause) session.fill(new CauseFrame(copy, cause.value));
  return copy;
}

class CauseFrame {
  #error;
  #cause;
  #begun = false;

  constructor(error, cause) {
    this.#error = error;
    this.#cause = cause;
  }

  step(session) {
    if (this.#begun) return false;
    this.#begun = true;
    const copy = session.clone(this.#cause);
    session.finish(() => define(this.#error, 'cause', settled(copy)));
    return !session.isInnermost(this);
  }
}
