// node:assert: https://nodejs.org/api/assert.html

import {
  ErrorIsError,
  NumberIsNaN,
  ObjectAssign,
  ObjectIs,
  RegExpPrototypeExec,
  TypeError,
} from '../bootstrap/primordials.js';
import { inspect } from '../console/inspect/index.js';
import { AssertionError, isObject, raise } from './internal/assertion_error.js';
import { isDeepEqual, isDeepStrictEqual } from './internal/compare.js';
import { coded, invalidArgType } from './internal/errors.js';
import { caught, expectError, expectNoError, rejected } from './internal/expected_error.js';
import { isRegExp } from './internal/types.js';

function assert(value, ...rest) {
  truthy(value, rest, arguments.length, assert);
}

function truthy(value, rest, count, hide) {
  if (value) return;
  const message = rest[0];
  if (ErrorIsError(message)) throw message;
  const name = hide === assert ? 'assert' : 'assert.ok';
  const generated = count === 0 ? 'No value argument passed to `assert.ok()`' : `The expression evaluated to a falsy value:\n\n  ${name}(${inspect(value)})\n`;
  const shown = message ?? generated;
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

const loose = (a, b) => a == b || (NumberIsNaN(a) && NumberIsNaN(b)); // eslint-disable-line eqeqeq -- what assert.equal() promises

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
assert.AssertionError = AssertionError;

function strict(value, ...rest) {
  truthy(value, rest, arguments.length, strict);
}
assert.strict = ObjectAssign(strict, assert, {
  equal: assert.strictEqual,
  notEqual: assert.notStrictEqual,
  deepEqual: assert.deepStrictEqual,
  notDeepEqual: assert.notDeepStrictEqual,
});
strict.strict = strict;

export default assert;
