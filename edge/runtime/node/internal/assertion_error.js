// AssertionError: https://nodejs.org/api/assert.html#class-assertassertionerror

import {
  Error, ErrorCaptureStackTrace, ErrorIsError, ObjectAssign, ObjectDefineProperty, ObjectPrototypeHasOwnProperty, ObjectSetPrototypeOf,
  ReflectGetPrototypeOf, String, SymbolFor,
} from '../../bootstrap/primordials.js';
import { inspect } from '../../console/inspect/index.js';
import { describe, shorten, showsDifference } from './assertion_message.js';
import { invalidArgValue, validateObject } from './errors.js';
import { named } from './named.js';

export const isError = (value) => ErrorIsError(value) || value instanceof Error;

/** Errors as operands are shown as they were, without the frames of their stacks. */
function withoutStack(error) {
  const copy = ObjectSetPrototypeOf(new Error(error.message), ReflectGetPrototypeOf(error));
  ObjectDefineProperty(copy, 'stack', { __proto__: null, value: '', writable: true, configurable: true });
  if (ObjectPrototypeHasOwnProperty(error, 'cause')) {
    const { cause } = error;
    ObjectDefineProperty(copy, 'cause', { __proto__: null, value: isError(cause) ? withoutStack(cause) : cause, writable: true, configurable: true });
  }
  return ObjectAssign(copy, error);
}

function messageOf({ message, operator, diff }, actual, expected) {
  const hasOwn = message !== undefined && message !== null;
  if (hasOwn && !showsDifference(operator)) return String(message);
  return describe(actual, expected, operator, diff === 'full', hasOwn ? message : undefined);
}

export function checkDiff(diff) {
  if (diff !== 'simple' && diff !== 'full') throw invalidArgValue('options.diff', diff, "must be one of: 'simple', 'full'");
}

export class AssertionError extends Error {
  constructor(options) {
    validateObject(options, 'options');
    const { message, operator, diff = 'simple' } = options;
    checkDiff(diff);
    let { actual, expected } = options;
    if ((message === undefined || message === null) && isError(actual) && isError(expected)) {
      actual = withoutStack(actual);
      expected = withoutStack(expected);
    }
    super(messageOf({ message, operator, diff }, actual, expected));
    this.generatedMessage = !message;
    ObjectDefineProperty(this, 'name', { __proto__: null, value: 'AssertionError [ERR_ASSERTION]', enumerable: false, writable: true, configurable: true });
    this.code = 'ERR_ASSERTION';
    this.actual = actual;
    this.expected = expected;
    this.operator = operator;
    this.diff = diff;
    ErrorCaptureStackTrace(this, options.stackStartFn ?? options.stackStartFunction ?? AssertionError);
    // Reading the stack fixes its first line, which names the code.
    void this.stack;
    this.name = 'AssertionError';
  }

  toString() {
    return `${this.name} [${this.code}]: ${this.message}`;
  }

  [SymbolFor('nodejs.util.inspect.custom')](_, options) {
    const { actual, expected } = this;
    if (typeof actual === 'string') this.actual = shorten(actual);
    if (typeof expected === 'string') this.expected = shorten(expected);
    try {
      return inspect(this, { ...options, customInspect: false, depth: 0 });
    } finally {
      this.actual = actual;
      this.expected = expected;
    }
  }
}
named('AssertionError', AssertionError);

/** Throws: the caller's own error, or an AssertionError with the caller's message, else `generated`, else a description of the operands. */
export function raise(failure) {
  const { message, generated, generatedMessage = message === undefined || message === null || message === '' } = failure;
  if (isError(message)) throw message;
  const error = new AssertionError({ ...failure, message: message === undefined || message === null || message === '' ? generated : message });
  error.generatedMessage = generatedMessage;
  throw error;
}
