// node:assert: https://nodejs.org/api/assert.html

import {
  NumberIsNaN, ObjectAssign, ObjectDefineProperty, ObjectIs, ReflectOwnKeys, RegExpPrototypeExec, SafeWeakMap, StringPrototypeIndexOf, StringPrototypeSlice,
  StringPrototypeSplit, TypeError,
} from '../bootstrap/primordials.js';
import { inspect } from '../console/inspect/index.js';
import { AssertionError, checkDiff, raise } from './internal/assertion_error.js';
import { isDeepEqual, isDeepStrictEqual, isPartiallyEqual } from './internal/compare.js';
import { coded, invalidArgType, validateObject } from './internal/errors.js';
import { caught, expectError, expectNoError, rejected } from './internal/expected_error.js';
import { named } from './internal/named.js';
import { isRegExp } from './internal/types.js';

const DEFAULTS = { __proto__: null, diff: 'simple', skipPrototype: false };
let instances = null;

/** The options of an Assert; a method that was taken out of one has the defaults. */
const optionsOf = (value) => (typeof value === 'object' && value !== null && instances?.get(value)) || DEFAULTS;

function truthy(self, given, hide) {
  if (given[0]) return;
  const actual = given[0];
  const message = given[1];
  const own = given.length > 0 && message !== undefined && message !== null;
  const generated = given.length === 0
    ? 'No value argument passed to `assert.ok()`'
    : import('./internal/falsy_expression.js').describeCall(hide) ?? `The expression evaluated to a falsy value:\n\n  ${hide === methods.ok ? 'assert.ok' : 'assert'}(${inspect(actual)})\n`;
  raise({ actual, expected: true, operator: '==', message: own ? message : generated, stackStartFn: hide, diff: optionsOf(self).diff, generatedMessage: !own });
}

/** A comparison by `test` that must be `wanted`. */
function comparison(name, test, wanted, operator = name) {
  const compare = {
    [name](actual, expected, message) {
      if (arguments.length < 2) throw coded(TypeError, 'ERR_MISSING_ARGS', 'The "actual" and "expected" arguments must be specified');
      const { diff, skipPrototype } = optionsOf(this);
      if (test(actual, expected, skipPrototype) !== wanted) raise({ actual, expected, message, operator, stackStartFn: compare, diff });
    },
  }[name];
  return compare;
}

const loose = (a, b) => a == b || (NumberIsNaN(a) && NumberIsNaN(b)); // eslint-disable-line eqeqeq -- what assert.equal() promises

function matching(name, wanted) {
  const match = {
    [name](text, pattern, message) {
      if (!isRegExp(pattern)) throw invalidArgType('regexp', 'RegExp', pattern);
      if (typeof text === 'string' && (RegExpPrototypeExec(pattern, text) !== null) === wanted) return;
      const generated = typeof text !== 'string'
        ? `The "string" argument must be of type string. Received type ${typeof text} (${inspect(text)})`
        : `The input ${wanted ? 'did not match' : 'was expected to not match'} the regular expression ${inspect(pattern)}. Input:\n\n${inspect(text)}\n`;
      raise({ actual: text, expected: pattern, message, operator: name, stackStartFn: match, diff: optionsOf(this).diff, generated });
    },
  }[name];
  return match;
}

const methods = {
  ok(...given) {
    truthy(this, given, methods.ok);
  },
  fail(message) {
    raise({ message, operator: 'fail', stackStartFn: methods.fail, diff: optionsOf(this).diff, generated: 'Failed', generatedMessage: message === undefined });
  },
  equal: comparison('equal', loose, true, '=='),
  notEqual: comparison('notEqual', loose, false, '!='),
  strictEqual: comparison('strictEqual', ObjectIs, true),
  notStrictEqual: comparison('notStrictEqual', ObjectIs, false),
  deepEqual: comparison('deepEqual', isDeepEqual, true),
  notDeepEqual: comparison('notDeepEqual', isDeepEqual, false),
  deepStrictEqual: comparison('deepStrictEqual', isDeepStrictEqual, true),
  notDeepStrictEqual: comparison('notDeepStrictEqual', isDeepStrictEqual, false),
  partialDeepStrictEqual: comparison('partialDeepStrictEqual', isPartiallyEqual, true),
  match: matching('match', true),
  doesNotMatch: matching('doesNotMatch', false),
  throws(run, ...given) {
    expectError(caught(run), given, { operator: 'throws', stackStartFn: methods.throws, diff: optionsOf(this).diff });
  },
  doesNotThrow(run, ...given) {
    expectNoError(caught(run), given, { operator: 'doesNotThrow', stackStartFn: methods.doesNotThrow, diff: optionsOf(this).diff });
  },
  async rejects(promise, ...given) {
    expectError(await rejected(promise), given, { operator: 'rejects', stackStartFn: methods.rejects, diff: optionsOf(this).diff });
  },
  async doesNotReject(promise, ...given) {
    expectNoError(await rejected(promise), given, { operator: 'doesNotReject', stackStartFn: methods.doesNotReject, diff: optionsOf(this).diff });
  },
  ifError(value) {
    if (value !== null && value !== undefined) throw unwanted(value, methods.ifError, optionsOf(this).diff);
  },
};

/** What ifError throws: its stack is that of the error, after the frames of the call. */
function unwanted(value, hide, diff) {
  let shown = inspect(value);
  if (typeof value === 'object' && typeof value.message === 'string') shown = value.message === '' && value.constructor ? value.constructor.name : value.message;
  const error = new AssertionError({ message: `ifError got unwanted exception: ${shown}`, actual: value, expected: null, operator: 'ifError', stackStartFn: hide, diff });
  error.generatedMessage = true;
  const frames = typeof value.stack === 'string' ? StringPrototypeIndexOf(value.stack, '\n    at') : -1;
  if (frames >= 0) error.stack = joinStacks(error.stack, StringPrototypeSlice(value.stack, frames));
  return error;
}

// Frames that both have are those of the callers of both.
function joinStacks(stack, frames) {
  const lines = StringPrototypeSplit(StringPrototypeSlice(frames, 1), '\n');
  for (let i = 0; i < lines.length; i++) {
    const shared = StringPrototypeIndexOf(`${stack}\n`, `\n${lines[i]}\n`);
    if (shared >= 0) return StringPrototypeSlice(stack, 0, shared) + frames;
  }
  return stack + frames;
}

const STRICT = {
  equal: methods.strictEqual,
  notEqual: methods.notStrictEqual,
  deepEqual: methods.deepStrictEqual,
  notDeepEqual: methods.notDeepStrictEqual,
};

/** https://nodejs.org/api/assert.html#class-assertassert */
function Assert(options = undefined) {
  if (!new.target) throw coded(TypeError, 'ERR_CONSTRUCT_CALL_REQUIRED', "Class constructor Assert cannot be invoked without `new`");
  if (options !== undefined) validateObject(options, 'options');
  const { diff = 'simple', strict = true, skipPrototype = false } = options ?? {};
  checkDiff(diff);
  this.AssertionError = AssertionError;
  ObjectDefineProperty(this, 'options', { __proto__: null, value: { ...options, diff, strict, skipPrototype }, enumerable: false, configurable: true });
  (instances ??= new SafeWeakMap()).set(this, { __proto__: null, diff, skipPrototype });
  if (strict) ObjectAssign(this, STRICT);
}
const keys = ReflectOwnKeys(methods);
for (let i = 0; i < keys.length; i++) ObjectDefineProperty(Assert.prototype, keys[i], { __proto__: null, value: methods[keys[i]], writable: true, configurable: true });

function assert(...given) {
  truthy(undefined, given, assert);
}
function strict(...given) {
  truthy(undefined, given, strict);
}
ObjectAssign(assert, methods, { AssertionError, Assert: named('Assert', Assert) });
assert.strict = ObjectAssign(strict, assert, STRICT);
strict.strict = strict;

export default assert;
