// Errors that are expected, or not: https://nodejs.org/api/assert.html#assertthrowsfn-error-message

import {
  Error,
  ErrorIsError,
  ObjectKeys,
  PromiseResolve,
  ReflectApply,
  RegExpPrototypeExec,
  TypeError,
} from '../../bootstrap/primordials.js';
import { inspect } from '../../console/inspect/index.js';
import { describe, isObject, raise } from './assertion_error.js';
import { isDeepStrictEqual } from './compare.js';
import { coded, invalidArgType, invalidArgValue } from './errors.js';
import { named } from './named.js';
import { isRegExp } from './types.js';

/** Does an error meet what a test says of it?  Throws an AssertionError, or returns. */
function checkError(error, expected, message, operator, hide) {
  if (expected === undefined) return;
  if (isRegExp(expected)) {
    if (RegExpPrototypeExec(expected, `${error}`) !== null) return;
    raise(message, error, expected, operator, hide, `The input did not match the regular expression ${inspect(expected)}. Input:\n\n${inspect(`${error}`)}\n`);
  } else if (typeof expected === 'object') checkProperties(error, expected, message, operator, hide);
  else if (expected.prototype !== undefined && error instanceof expected) return;
  else if (expected === Error || Error.isPrototypeOf(expected)) {
    const found = ErrorIsError(error) ? `"${error.name}"` : inspect(error);
    const generated = `The error is expected to be an instance of "${expected.name}". Received ${found}\n\nError message:\n\n${error?.message}`;
    raise(message, error, expected, operator, hide, generated);
  } else {
    const verdict = ReflectApply(expected, {}, [error]);
    if (verdict === true) return;
    const name = expected.name ? `"${expected.name}" ` : '';
    const generated = `The ${name}validation function is expected to return "true". Received ${inspect(verdict)}\n\nCaught error:\n\n${inspect(error)}`;
    raise(message, error, expected, operator, hide, generated);
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

/** What a promise, or that of a function, is rejected with; NOTHING when it is not. */
export async function rejected(promise) {
  let waited = promise;
  if (typeof promise === 'function') {
    waited = promise();
    if (typeof waited?.then !== 'function') {
      const message = `Expected instance of Promise to be returned from the "promiseFn" function but got ${typeof waited}.`;
      throw coded(TypeError, 'ERR_INVALID_RETURN_VALUE', message);
    }
  } else if (typeof promise?.then !== 'function') throw invalidArgType('promiseFn', ['function', 'Promise'], promise);
  try {
    await PromiseResolve(waited);
  } catch (error) {
    return error;
  }
  return NOTHING;
}

/** throws and rejects: there must be an error, and it must be as `expected` says. */
export function expectError(error, expected, message, operator, hide) {
  let [wanted, text] = [expected, message];
  if (typeof expected === 'string') {
    if (error?.message === expected || error === expected) {
      const ambiguous = `The "error/message" argument is ambiguous. The error message "${expected}" is identical to the message.`;
      throw coded(TypeError, 'ERR_AMBIGUOUS_ARGUMENT', ambiguous);
    }
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

/** doesNotThrow and doesNotReject. */
export function expectNoError(error, expected, message, operator, hide) {
  if (error === NOTHING) return;
  const text = typeof expected === 'string' ? expected : message;
  const wanted = typeof expected === 'string' ? undefined : expected;
  if (typeof wanted === 'function' && !(error instanceof wanted)) throw error;
  if (isRegExp(wanted) && RegExpPrototypeExec(wanted, `${error}`) === null) throw error;
  const what = operator === 'doesNotReject' ? 'rejection' : 'exception';
  raise(`Got unwanted ${what}${text ? `: ${text}` : '.'}\nActual message: "${error?.message}"`, error, wanted, operator, hide);
}
