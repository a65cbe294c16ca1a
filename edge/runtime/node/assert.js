// node:assert: https://nodejs.org/api/assert.html

import {
  Error,
  ErrorCaptureStackTrace,
  ErrorIsError,
  NumberIsNaN,
  ObjectIs,
  ObjectKeys,
  PromiseResolve,
  ReflectApply,
  RegExpPrototypeExec,
  StringPrototypeIncludes,
  TypeError,
} from '../bootstrap/primordials.js';
import { inspect } from '../console/inspect/index.js';
import { isDeepEqual, isDeepStrictEqual } from './internal/compare.js';
import { difference } from './internal/difference.js';
import { coded, invalidArgType, invalidArgValue } from './internal/errors.js';
import { named } from './internal/named.js';
import { isRegExp } from './internal/types.js';

const KINDS = {
  __proto__: null,
  deepEqual: 'Expected values to be loosely deep-equal:',
  deepStrictEqual: 'Expected values to be strictly deep-equal:',
  notDeepEqual: 'Expected "actual" not to be loosely deep-equal to:',
  notDeepStrictEqual: 'Expected "actual" not to be strictly deep-equal to:',
  strictEqual: 'Expected values to be strictly equal:',
  notStrictEqual: 'Expected "actual" to be strictly unequal to:',
};
const show = (value) => inspect(value, { depth: 1000, maxArrayLength: Infinity, breakLength: Infinity, sorted: true, getters: true, compact: false, customInspect: false });
const isObject = (value) => (typeof value === 'object' && value !== null) || typeof value === 'function';

function describe(actual, expected, operator) {
  const title = KINDS[operator];
  if (title === undefined) return `${show(actual)} ${operator} ${show(expected)}`;
  if (operator === 'notDeepEqual') return `${title}\n\n${show(expected)}`;
  if (operator === 'notDeepStrictEqual' || operator === 'notStrictEqual') return StringPrototypeIncludes(show(expected), '\n') ? `${title}\n\n${show(expected)}\n` : `${title} ${show(expected)}`;
  if (operator === 'deepEqual') return `${title}\n\n${show(actual)}\n\nshould loosely deep-equal\n\n${show(expected)}`;
  const references = operator === 'strictEqual' && isObject(actual) && isObject(expected);
  if (references && show(actual) === show(expected)) return `Values have same structure but are not reference-equal:\n\n${show(actual)}\n`;
  const zeros = actual === 0 && expected === 0;
  return `${references ? 'Expected "actual" to be reference-equal to "expected":' : title}\n${difference(show(actual), show(expected), zeros)}`;
}

class AssertionError extends Error {
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
    Object.defineProperty(this, 'name', { value: 'AssertionError', enumerable: false, writable: true, configurable: true });
  }

  toString() {
    return `${this.name} [${this.code}]: ${this.message}`;
  }
}

/** Throws: the caller's own error or message, else `generated`, else a description of the operands. */
function raise(message, actual, expected, operator, hide, generated = undefined) {
  if (ErrorIsError(message)) throw message;
  const error = new AssertionError({ message: message ?? generated, actual, expected, operator, stackStartFn: hide });
  error.generatedMessage = message === undefined || message === null;
  throw error;
}

function assert(value, ...rest) {
  truthy(value, rest, arguments.length, assert);
}

function truthy(value, [message], count, hide) {
  if (value) return;
  if (ErrorIsError(message)) throw message;
  const shown = count === 0 ? 'No value argument passed to `assert.ok()`' : (message ?? `The expression evaluated to a falsy value:\n\n  assert${hide === assert ? '' : '.ok'}(${inspect(value)})\n`);
  const error = new AssertionError({ message: shown, actual: value, expected: true, operator: '==', stackStartFn: hide });
  error.generatedMessage = message === undefined;
  throw error;
}

function needTwo(count) {
  if (count < 2) throw coded(TypeError, 'ERR_MISSING_ARGS', 'The "actual" and "expected" arguments must be specified');
}

/** A comparison by `test` that must be `wanted`. */
function comparison(operator, test, wanted, label = operator) {
  const compare = {
    [operator](actual, expected, message) {
      needTwo(arguments.length);
      if (test(actual, expected) !== wanted) raise(message, actual, expected, label, compare);
    },
  }[operator];
  return compare;
}

const loose = (a, b) => a == b || (NumberIsNaN(a) && NumberIsNaN(b));

/** Does an error meet what a test says of it?  Throws an AssertionError, or returns. */
function checkError(error, expected, message, operator, hide) {
  if (expected === undefined) return;
  if (isRegExp(expected)) {
    if (RegExpPrototypeExec(expected, `${error}`) !== null) return;
    raise(message, error, expected, operator, hide, `The input did not match the regular expression ${inspect(expected)}. Input:\n\n${inspect(`${error}`)}\n`);
  } else if (typeof expected === 'object') checkProperties(error, expected, message, operator, hide);
  else if (expected.prototype !== undefined && error instanceof expected) return;
  else if (expected === Error || Error.isPrototypeOf(expected)) {
    raise(message, error, expected, operator, hide, `The error is expected to be an instance of "${expected.name}". Received ${ErrorIsError(error) ? `"${error.name}"` : inspect(error)}\n\nError message:\n\n${error?.message}`);
  } else {
    const verdict = ReflectApply(expected, {}, [error]);
    if (verdict === true) return;
    raise(message, error, expected, operator, hide, `The ${expected.name ? `"${expected.name}" ` : ''}validation function is expected to return "true". Received ${inspect(verdict)}\n\nCaught error:\n\n${inspect(error)}`);
  }
}

function checkProperties(error, expected, message, operator, hide) {
  const keys = ObjectKeys(expected);
  if (ErrorIsError(expected)) keys.push('name', 'message');
  else if (keys.length === 0) throw invalidArgValue('error', expected, 'may not be an empty object');
  for (let i = 0; i < keys.length; i++) {
    const wanted = expected[keys[i]];
    const actual = isObject(error) ? error[keys[i]] : undefined;
    if (typeof actual === 'string' && isRegExp(wanted) && RegExpPrototypeExec(wanted, actual) !== null) continue;
    if (isObject(error) && keys[i] in error && isDeepStrictEqual(actual, wanted)) continue;
    const got = pick(error, keys);
    raise(message, error, expected, operator, hide, describe(got, pick(expected, keys), 'deepStrictEqual'));
  }
}

/** What an error has of the wanted properties, under the name that messages show. */
class Comparison {}
named('Comparison', Comparison);

function pick(object, keys) {
  const picked = new Comparison();
  for (let i = 0; i < keys.length; i++) if (isObject(object) && keys[i] in object) picked[keys[i]] = object[keys[i]];
  return picked;
}

const NOTHING = { __proto__: null };

function caught(run) {
  if (typeof run !== 'function') throw invalidArgType('fn', 'function', run);
  try {
    run();
  } catch (error) {
    return error;
  }
  return NOTHING;
}

async function rejected(promise) {
  let waited = promise;
  if (typeof promise === 'function') {
    waited = promise();
    if (typeof waited?.then !== 'function') throw coded(TypeError, 'ERR_INVALID_RETURN_VALUE', `Expected instance of Promise to be returned from the "promiseFn" function but got ${typeof waited}.`);
  } else if (typeof promise?.then !== 'function') throw invalidArgType('promiseFn', ['function', 'Promise'], promise);
  try {
    await PromiseResolve(waited);
  } catch (error) {
    return error;
  }
  return NOTHING;
}

function expectError(error, expected, message, operator, hide) {
  let [wanted, text] = [expected, message];
  if (typeof expected === 'string') {
    if (error?.message === expected || error === expected) throw coded(TypeError, 'ERR_AMBIGUOUS_ARGUMENT', `The "error/message" argument is ambiguous. The error message "${expected}" is identical to the message.`);
    [wanted, text] = [undefined, expected];
  } else if (expected !== undefined && expected !== null && typeof expected !== 'object' && typeof expected !== 'function') {
    throw invalidArgType('error', ['function', 'Error', 'RegExp', 'object'], expected);
  }
  if (error === NOTHING) {
    const what = operator === 'rejects' ? 'rejection' : 'exception';
    raise(`Missing expected ${what}${wanted?.name ? ` (${wanted.name})` : ''}${text ? `: ${text}` : '.'}`, undefined, wanted, operator, hide);
  }
  checkError(error, wanted ?? undefined, text, operator, hide);
}

function expectNoError(error, expected, message, operator, hide) {
  if (error === NOTHING) return;
  const text = typeof expected === 'string' ? expected : message;
  const wanted = typeof expected === 'string' ? undefined : expected;
  if (typeof wanted === 'function' && !(error instanceof wanted)) throw error;
  if (isRegExp(wanted) && RegExpPrototypeExec(wanted, `${error}`) === null) throw error;
  const what = operator === 'doesNotReject' ? 'rejection' : 'exception';
  raise(`Got unwanted ${what}${text ? `: ${text}` : '.'}\nActual message: "${error?.message}"`, error, wanted, operator, hide);
}

function matching(operator, wanted) {
  const match = {
    [operator](text, pattern, message) {
      if (!isRegExp(pattern)) throw invalidArgType('regexp', 'RegExp', pattern);
      if (typeof text === 'string' && (RegExpPrototypeExec(pattern, text) !== null) === wanted) return;
      const generated = typeof text !== 'string'
        ? `The "string" argument must be of type string. Received type ${typeof text} (${inspect(text)})`
        : `The input ${wanted ? 'did not match' : 'was expected to not match'} the regular expression ${inspect(pattern)}. Input:\n\n${inspect(text)}\n`;
      raise(message, text, pattern, operator, match, generated);
    },
  }[operator];
  return match;
}

assert.ok = function ok(value, ...rest) {
  truthy(value, rest, arguments.length, ok);
};
assert.fail = function fail(message = 'Failed') {
  raise(message === 'Failed' ? undefined : message, undefined, undefined, 'fail', fail, 'Failed');
};
assert.equal = comparison('equal', loose, true, '==');
assert.notEqual = comparison('notEqual', loose, false, '!=');
assert.strictEqual = comparison('strictEqual', ObjectIs, true);
assert.notStrictEqual = comparison('notStrictEqual', ObjectIs, false);
assert.deepEqual = comparison('deepEqual', isDeepEqual, true);
assert.notDeepEqual = comparison('notDeepEqual', isDeepEqual, false);
assert.deepStrictEqual = comparison('deepStrictEqual', isDeepStrictEqual, true);
assert.notDeepStrictEqual = comparison('notDeepStrictEqual', isDeepStrictEqual, false);
assert.match = matching('match', true);
assert.doesNotMatch = matching('doesNotMatch', false);
assert.throws = function throws(run, expected, message) {
  expectError(caught(run), expected, message, 'throws', throws);
};
assert.doesNotThrow = function doesNotThrow(run, expected, message) {
  expectNoError(caught(run), expected, message, 'doesNotThrow', doesNotThrow);
};
assert.rejects = async function rejects(promise, expected, message) {
  expectError(await rejected(promise), expected, message, 'rejects', rejects);
};
assert.doesNotReject = async function doesNotReject(promise, expected, message) {
  expectNoError(await rejected(promise), expected, message, 'doesNotReject', doesNotReject);
};
assert.ifError = function ifError(value) {
  if (value === null || value === undefined) return;
  const shown = isObject(value) && typeof value.message === 'string' ? value.message : inspect(value);
  const error = new AssertionError({ message: `ifError got unwanted exception: ${shown}`, actual: value, expected: null, operator: 'ifError', stackStartFn: ifError });
  error.generatedMessage = false;
  throw error;
};
assert.AssertionError = named('AssertionError', AssertionError);

function strict(value, ...rest) {
  truthy(value, rest, arguments.length, strict);
}
assert.strict = Object.assign(strict, assert, {
  equal: assert.strictEqual,
  notEqual: assert.notStrictEqual,
  deepEqual: assert.deepStrictEqual,
  notDeepEqual: assert.notDeepStrictEqual,
});
strict.strict = strict;

export default assert;
