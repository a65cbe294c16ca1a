// Errors that are expected, or not: https://nodejs.org/api/assert.html#assertthrowsfn-error-message

import { ArrayPrototypePush, Error, ObjectKeys, ObjectPrototypeIsPrototypeOf, ReflectApply, RegExpPrototypeExec, String, TypeError } from '../../bootstrap/primordials.js';
import { inspect } from '../../console/inspect/index.js';
import { AssertionError, isError, raise } from './assertion_error.js';
import { isDeepStrictEqual } from './compare.js';
import { coded, invalidArgType, invalidArgValue, received } from './errors.js';
import { named } from './named.js';
import { isPromise, isRegExp } from './types.js';

const matches = (pattern, text) => typeof text === 'string' && isRegExp(pattern) && RegExpPrototypeExec(pattern, text) !== null;

/** Does an error meet what a test says of it?  Throws an AssertionError, or returns. */
function checkError(error, expected, how) {
  if (typeof expected !== 'function') {
    if (isRegExp(expected)) checkText(error, expected, how);
    else checkProperties(error, expected, how);
  } else if (expected.prototype === undefined || !(error instanceof expected)) {
    if (expected === Error || ObjectPrototypeIsPrototypeOf(Error, expected)) failClass(error, expected, how);
    else checkByFunction(error, expected, how);
  }
}

function checkText(error, expected, how) {
  const text = String(error);
  if (matches(expected, text)) return;
  raise({ ...how, actual: error, expected, generated: `The input did not match the regular expression ${inspect(expected)}. Input:\n\n${inspect(text)}\n` });
}

// Many classes of errors keep the name of Error.
const nameOf = (error) => (error.name === 'Error' ? (error.constructor?.name ?? 'Error') : error.name);

function failClass(error, expected, how) {
  let generated = `The error is expected to be an instance of "${expected.name}". Received `;
  generated += isError(error) ? `"${nameOf(error)}"\n\nError message:\n\n${error.message}` : `"${inspect(error, { depth: -1 })}"`;
  raise({ ...how, actual: error, expected, generated });
}

function checkByFunction(error, expected, how) {
  const verdict = ReflectApply(expected, {}, [error]);
  if (verdict === true) return;
  const name = expected.name ? `"${expected.name}" ` : '';
  let generated = `The ${name}validation function is expected to return "true". Received ${inspect(verdict)}`;
  if (isError(error)) generated += `\n\nCaught error:\n\n${error}`;
  raise({ ...how, actual: error, expected, generated });
}

function checkProperties(error, expected, how) {
  if (typeof error !== 'object' || error === null) failComparison(error, expected, error, expected, how);
  const keys = ObjectKeys(expected);
  if (isError(expected)) ArrayPrototypePush(keys, 'name', 'message');
  else if (keys.length === 0) throw invalidArgValue('error', expected, 'may not be an empty object');
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    if (matches(expected[key], error[key])) continue;
    if (key in error && isDeepStrictEqual(error[key], expected[key])) continue;
    if (how.message) raise({ ...how, actual: error, expected });
    failComparison(pick(error, keys), pick(expected, keys, error), error, expected, how);
  }
}

function failComparison(shown, wanted, actual, expected, how) {
  const error = new AssertionError({ ...how, actual: shown, expected: wanted, operator: 'deepStrictEqual' });
  error.actual = actual;
  error.expected = expected;
  error.operator = how.operator;
  throw error;
}

/** What an error has of the wanted properties, under the name that messages show. */
class Comparison {}
named('Comparison', Comparison);

// A pattern that the error meets is no difference, so what it has is shown for it.
function pick(object, keys, error = undefined) {
  const picked = new Comparison();
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    if (key in object) picked[key] = error !== undefined && matches(object[key], error[key]) ? error[key] : object[key];
  }
  return picked;
}

const NOTHING = { __proto__: null };

/** What `run` throws; NOTHING when it does not. */
export function caught(run) {
  if (typeof run !== 'function') throw invalidArgType('fn', 'function', run);
  try {
    run();
  } catch (error) {
    return error;
  }
  return NOTHING;
}

const isThenable = (value) =>
  isPromise(value) || (typeof value === 'object' && value !== null && typeof value.then === 'function' && typeof value.catch === 'function');

/** What a promise, or that of a function, is rejected with; NOTHING when it is not. */
export async function rejected(promise) {
  let waited = promise;
  if (typeof promise === 'function') {
    waited = promise();
    if (!isThenable(waited)) {
      const message = `Expected instance of Promise to be returned from the "promiseFn" function but got${received(waited, '')}.`;
      throw coded(TypeError, 'ERR_INVALID_RETURN_VALUE', message);
    }
  } else if (!isThenable(promise)) throw invalidArgType('promiseFn', ['function', 'Promise'], promise);
  try {
    await waited;
  } catch (error) {
    return error;
  }
  return NOTHING;
}

const isUseless = (expected) => expected !== undefined && expected !== null && typeof expected !== 'object' && typeof expected !== 'function';

/** throws and rejects: there must be an error, and it must be as `expected` says; `given` are the arguments after the first. */
export function expectError(error, given, how) {
  let [expected, message] = given;
  if (typeof expected === 'string') {
    if (given.length > 1) throw invalidArgType('error', ERRORS, expected);
    refuseAmbiguity(error, expected);
    [expected, message] = [undefined, expected];
  } else if (isUseless(expected)) throw invalidArgType('error', ERRORS, expected);
  if (error === NOTHING) {
    const details = `${expected?.name ? ` (${expected.name})` : ''}${message ? `: ${message}` : '.'}`;
    raise({ ...how, actual: undefined, expected, message: `Missing expected ${how.operator === 'rejects' ? 'rejection' : 'exception'}${details}` });
  }
  if (expected) checkError(error, expected, { ...how, message });
}
const ERRORS = ['function', 'Error', 'RegExp', 'Object'];

function refuseAmbiguity(error, message) {
  const isMessage = typeof error === 'object' && error !== null && error.message === message;
  if (!isMessage && error !== message) return;
  const what = isMessage ? `error message "${error.message}"` : `error "${String(error)}"`;
  throw coded(TypeError, 'ERR_AMBIGUOUS_ARGUMENT', `The "error/message" argument is ambiguous. The ${what} is identical to the message.`);
}

/** doesNotThrow and doesNotReject. */
export function expectNoError(error, given, how) {
  if (error === NOTHING) return;
  let [expected, message] = given;
  if (typeof expected === 'string') [expected, message] = [undefined, expected];
  if (expected && !isOfThese(error, expected)) throw error;
  const what = how.operator === 'doesNotReject' ? 'rejection' : 'exception';
  raise({ ...how, actual: error, expected, message: `Got unwanted ${what}${message ? `: ${message}` : '.'}\nActual message: "${error?.message}"` });
}

function isOfThese(error, expected) {
  if (isRegExp(expected)) return matches(expected, String(error));
  if (typeof expected !== 'function') throw invalidArgType('expected', ['function', 'RegExp'], expected);
  if (expected.prototype !== undefined && error instanceof expected) return true;
  if (ObjectPrototypeIsPrototypeOf(Error, expected)) return false;
  return ReflectApply(expected, {}, [error]) === true;
}
