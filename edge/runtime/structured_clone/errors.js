// Cloning errors: name, message, stack and cause survive, the class is one of the standard ones.

import {
  Error, ErrorIsError, EvalError, ObjectDefineProperty, ObjectPrototypeHasOwnProperty, ObjectPrototypeToString, RangeError, ReferenceError,
  ReflectGetOwnPropertyDescriptor, SyntaxError, TypeError, URIError,
} from '../bootstrap/primordials.js';
import { DOMException } from '../events/index.js';
import { readDOMException } from '../events/dom_exception.js';
import { toDOMString } from '../webidl/index.js';

const CLASSES = { __proto__: null, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };

function define(object, key, value) {
  ObjectDefineProperty(object, key, { __proto__: null, value, writable: true, enumerable: false, configurable: true });
}

// Error.isError is there when an isolate runs; while a snapshot is built the class string has to do.
function isError(value) {
  return ErrorIsError === undefined ? ObjectPrototypeToString(value) === '[object Error]' : ErrorIsError(value);
}

/** An error without its cause, or null when `value` is no error. */
export function cloneError(value) {
  const exception = readDOMException(value);
  if (exception !== null) return withStack(new DOMException(exception.message, exception.name), value);
  if (!isError(value)) return null;
  const Class = CLASSES[toDOMString(value.name ?? 'Error')] ?? Error;
  const message = ReflectGetOwnPropertyDescriptor(value, 'message');
  const error = new Class();
  if (message !== undefined && 'value' in message) define(error, 'message', toDOMString(message.value));
  return withStack(error, value);
}

function withStack(error, original) {
  const { stack } = original;
  if (typeof stack === 'string') define(error, 'stack', stack);
  return error;
}

/** Whether an error has a cause of its own. */
export function hasCause(error) {
  return ObjectPrototypeHasOwnProperty(error, 'cause');
}

export function defineCause(error, cause) {
  define(error, 'cause', cause);
}
