// AssertionError: https://nodejs.org/api/assert.html#class-assertassertionerror

import {
  Error,
  ErrorCaptureStackTrace,
  ErrorIsError,
  ObjectDefineProperty,
  StringPrototypeIncludes,
} from '../../bootstrap/primordials.js';
import { inspect } from '../../console/inspect/index.js';
import { difference } from './difference.js';
import { invalidArgType } from './errors.js';
import { named } from './named.js';

const KINDS = {
  __proto__: null,
  deepEqual: 'Expected values to be loosely deep-equal:',
  deepStrictEqual: 'Expected values to be strictly deep-equal:',
  notDeepEqual: 'Expected "actual" not to be loosely deep-equal to:',
  notDeepStrictEqual: 'Expected "actual" not to be strictly deep-equal to:',
  strictEqual: 'Expected values to be strictly equal:',
  notStrictEqual: 'Expected "actual" to be strictly unequal to:',
};
const WHOLE = { __proto__: null, depth: 1000, maxArrayLength: Infinity, breakLength: Infinity, sorted: true, getters: true, compact: false, customInspect: false };
const show = (value) => inspect(value, WHOLE);
export const isObject = (value) => (typeof value === 'object' && value !== null) || typeof value === 'function';

/** The message of a failed comparison. */
export function describe(actual, expected, operator) {
  const title = KINDS[operator];
  if (title === undefined) return `${show(actual)} ${operator} ${show(expected)}`;
  if (operator === 'notDeepEqual') return `${title}\n\n${show(expected)}`;
  if (operator === 'notDeepStrictEqual' || operator === 'notStrictEqual') {
    const text = show(expected);
    return StringPrototypeIncludes(text, '\n') ? `${title}\n\n${text}\n` : `${title} ${text}`;
  }
  if (operator === 'deepEqual') return `${title}\n\n${show(actual)}\n\nshould loosely deep-equal\n\n${show(expected)}`;
  const references = operator === 'strictEqual' && isObject(actual) && isObject(expected);
  if (references && show(actual) === show(expected)) return `Values have same structure but are not reference-equal:\n\n${show(actual)}\n`;
  const zeros = actual === 0 && expected === 0;
  return `${references ? 'Expected "actual" to be reference-equal to "expected":' : title}\n${difference(show(actual), show(expected), zeros)}`;
}

export class AssertionError extends Error {
  constructor(options) {
    if (typeof options !== 'object' || options === null) throw invalidArgType('options', 'object', options);
    const { message, actual, expected, operator } = options;
    super(message === undefined ? describe(actual, expected, operator) : `${message}`);
    this.generatedMessage = message === undefined;
    this.code = 'ERR_ASSERTION';
    this.actual = actual;
    this.expected = expected;
    this.operator = operator;
    this.diff = options.diff ?? 'simple';
    ErrorCaptureStackTrace(this, options.stackStartFn ?? AssertionError);
    ObjectDefineProperty(this, 'name', { value: 'AssertionError', enumerable: false, writable: true, configurable: true });
  }

  toString() {
    return `${this.name} [${this.code}]: ${this.message}`;
  }
}

/** Throws: the caller's own error or message, else `generated`, else a description of the operands. */
export function raise(message, actual, expected, operator, hide, generated = undefined) {
  if (ErrorIsError(message)) throw message;
  const error = new AssertionError({ message: message ?? generated, actual, expected, operator, stackStartFn: hide });
  error.generatedMessage = message === undefined || message === null;
  throw error;
}
named('AssertionError', AssertionError);
