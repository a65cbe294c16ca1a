// What AssertionErrors say of a failed comparison.

import {
  ArrayPrototypeConcat, ArrayPrototypeIncludes, ArrayPrototypeJoin, ArrayPrototypeSlice, StringPrototypeRepeat, StringPrototypeSlice,
  StringPrototypeSplit, StringPrototypeTrimEnd,
} from '../../bootstrap/primordials.js';
import { inspect } from '../../console/inspect/index.js';
import { compareLines, showLines } from './difference.js';

const TITLES = {
  __proto__: null,
  deepEqual: 'Expected values to be loosely deep-equal:',
  deepStrictEqual: 'Expected values to be strictly deep-equal:',
  partialDeepStrictEqual: 'Expected values to be partially and strictly deep-equal:',
  strictEqual: 'Expected values to be strictly equal:',
  notDeepEqual: 'Expected "actual" not to be loosely deep-equal to:',
  notDeepStrictEqual: 'Expected "actual" not to be strictly deep-equal to:',
  notStrictEqual: 'Expected "actual" to be strictly unequal to:',
};
const SAME_REFERENCE = 'Expected "actual" to be reference-equal to "expected":';
const OTHER_REFERENCE = 'Expected "actual" not to be reference-equal to "expected":';
const IDENTICAL = 'Values have same structure but are not reference-equal:';
const UNEQUAL = 'Expected values not to be loosely deep-equal:';

const WHOLE = {
  __proto__: null, compact: false, customInspect: false, depth: 1000, maxArrayLength: Infinity, showHidden: false, showProxy: false, sorted: true, getters: true,
};
const WITH_DIFFERENCE = ['deepStrictEqual', 'partialDeepStrictEqual', 'strictEqual'];
const MAX_SHORT = 12; // characters of both values, for `a !== b`
const MAX_LINES = 50;
const MAX_TEXT = 512;
const MAX_EQUAL = 1024;
const SHOWN_OF_LONG = 46;
const WIDTH = 80; // there is no terminal that could say another one
const SAME_START = 3; // a difference in the first characters, after the quote, needs no mark

export const isObject = (value) => (typeof value === 'object' && value !== null) || typeof value === 'function';
const show = (value) => inspect(value, WHOLE);
/** Both values; by their own inspection when otherwise they look the same. */
function showBoth(actual, expected) {
  const shown = { __proto__: null, left: show(actual), right: show(expected) };
  if (shown.left !== shown.right || !isObject(actual) || !isObject(expected)) return shown;
  const options = { ...WHOLE, customInspect: true };
  const own = { __proto__: null, left: inspect(actual, options), right: inspect(expected, options) };
  return own.left === own.right ? shown : own;
}
const cut = (text, length) => (text.length > length ? `${StringPrototypeSlice(text, 0, length - 3)}...` : text);

/** Does this operator show the difference below a message of the caller's, too? */
export const showsDifference = (operator) => ArrayPrototypeIncludes(WITH_DIFFERENCE, operator);

/** The message of a failed comparison; `own` replaces the title. */
export function describe(actual, expected, operator, full = false, own = undefined) {
  if (showsDifference(operator)) return describeDifference(actual, expected, operator, full, own);
  if (operator === 'notDeepStrictEqual' || operator === 'notStrictEqual') return describeUnwanted(actual, operator, full);
  const left = show(actual);
  const right = show(expected);
  if (operator === 'notDeepEqual' && left === right) {
    const text = `${TITLES.notDeepEqual}\n\n${left}`;
    return full ? text : cut(text, MAX_EQUAL);
  }
  const a = full ? left : cut(left, MAX_TEXT);
  const b = full ? right : cut(right, MAX_TEXT);
  if (operator === 'deepEqual') return `${TITLES.deepEqual}\n\n${a}\n\nshould loosely deep-equal\n\n${b}`;
  if (operator === 'notDeepEqual') return `${UNEQUAL}\n\n${a}\n\nshould not loosely deep-equal\n\n${b}`;
  return `${a} ${operator} ${b}`;
}

function describeUnwanted(actual, operator, full) {
  const title = operator === 'notStrictEqual' && isObject(actual) ? OTHER_REFERENCE : TITLES[operator];
  let lines = StringPrototypeSplit(show(actual), '\n');
  if (lines.length === 1) return `${title}${lines[0].length > 5 ? '\n\n' : ' '}${lines[0]}`;
  if (lines.length > MAX_LINES && !full) lines = ArrayPrototypeConcat(ArrayPrototypeSlice(lines, 0, SHOWN_OF_LONG), ['...']);
  return `${title}\n\n${ArrayPrototypeJoin(lines, '\n')}\n`;
}

function describeDifference(actual, expected, operator, full, own) {
  const { left, right } = showBoth(actual, expected);
  const a = StringPrototypeSplit(left, '\n');
  const b = StringPrototypeSplit(right, '\n');
  const objects = typeof actual === 'object' && actual !== null && typeof expected === 'object' && expected !== null;
  const functions = typeof actual === 'function' && typeof expected === 'function';
  const title = own ?? (operator === 'strictEqual' && (objects || functions) ? SAME_REFERENCE : TITLES[operator]);
  if (a.length === 1 && b.length === 1 && !objects) return `${title}\n${simpleDifference(actual, left, expected, right)}\n`;
  if (left === right) return describeIdentical(own, a, full);
  const compared = compareLines(a, b, typeof actual === 'object' && actual !== null);
  const { text, skipped } = compared === null ? tooDifferent(a, b) : showLines(compared);
  return `${title}\n+ actual - expected${skipped ? '\n... Skipped lines' : ''}\n\n${StringPrototypeTrimEnd(text)}\n`;
}

function describeIdentical(own, lines, full) {
  const title = own ?? IDENTICAL;
  if (lines.length <= MAX_LINES || full) return `${title}\n\n${ArrayPrototypeJoin(lines, '\n')}\n`;
  return `${title}\n\n... Skipped lines\n${ArrayPrototypeJoin(ArrayPrototypeSlice(lines, 0, MAX_LINES), '\n')}\n...}\n`;
}

function tooDifferent(a, b) {
  return { __proto__: null, text: `+ ${a.length} lines\n- ${b.length} lines, too different to compare`, skipped: true };
}

/** Of two values on one line each. */
function simpleDifference(actual, left, expected, right) {
  const quotes = (typeof actual === 'string' ? 2 : 0) + (typeof expected === 'string' ? 2 : 0);
  if (left.length + right.length - quotes <= MAX_SHORT) return `\n${left} !== ${right}`;
  let at = 0;
  while (at < left.length && left[at] === right[at]) at++;
  const marked = at >= SAME_START && at < left.length && left.length <= WIDTH && right.length <= WIDTH;
  return `+ actual - expected\n\n+ ${left}\n- ${right}${marked ? `\n${StringPrototypeRepeat(' ', at + 2)}^` : ''}`;
}

/** A long text as it is shown among an error's properties. */
export function shorten(text) {
  const lines = StringPrototypeSplit(text, '\n', MAX_TEXT_LINES + 1);
  if (lines.length > MAX_TEXT_LINES) return `${ArrayPrototypeJoin(ArrayPrototypeSlice(lines, 0, MAX_TEXT_LINES), '\n')}\n...`;
  return text.length > MAX_TEXT ? `${StringPrototypeSlice(text, 0, MAX_TEXT)}...` : text;
}
const MAX_TEXT_LINES = 10;
