// Which class a host error becomes inside a function: the catalogue of errors.HostCallError.js_class.

import { Error, RangeError, SyntaxError, TypeError } from './primordials.js';

const dom = (name) => (message) => new (import('../events/dom_exception.js').DOMException)(message, name);

export const errorClasses = {
  __proto__: null,
  Error: (message) => new Error(message),
  TypeError: (message) => new TypeError(message),
  RangeError: (message) => new RangeError(message),
  SyntaxError: (message) => new SyntaxError(message),
  AbortError: dom('AbortError'),
  DataError: dom('DataError'),
  InvalidAccessError: dom('InvalidAccessError'),
  InvalidCharacterError: dom('InvalidCharacterError'),
  InvalidStateError: dom('InvalidStateError'),
  NotSupportedError: dom('NotSupportedError'),
  OperationError: dom('OperationError'),
  QuotaExceededError: (message) => new (import('../events/quota_exceeded_error.js').QuotaExceededError)(message),
  TimeoutError: dom('TimeoutError'),
};
