// The lines in which two texts differ: a shortest edit script, found by Myers' algorithm.
// http://www.xmailserver.org/diff2.pdf

import {
  ArrayPrototypeJoin, ArrayPrototypePush, ArrayPrototypeSlice, Int32Array, StringPrototypeEndsWith,
} from '../../bootstrap/primordials.js';

const MAX_EDITS = 2000; // beyond, the search would cost more than it tells
const CONTEXT = 5; // equal lines in a row that are shown

export const SAME = '  ';
export const ADDED = '+ ';
export const MISSING = '- ';

// Lines of a container are equal whether or not another one follows.
const equalLines = (a, b, commas) => a === b || (commas && (`${a},` === b || a === `${b},`));

/** How far each diagonal is reached with 0, 1, 2, ... edits, until both texts are at their end; null when that is too far. */
function reach(actual, expected, commas) {
  const limit = actual.length + expected.length;
  const ends = new Int32Array(2 * limit + 3);
  const history = [];
  for (let edits = 0; edits <= limit && edits <= MAX_EDITS; edits++) {
    ArrayPrototypePush(history, part(ends, limit - edits, 2 * edits + 3));
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      const at = diagonal + limit + 1;
      const down = diagonal === -edits || (diagonal !== edits && ends[at - 1] < ends[at + 1]);
      let x = down ? ends[at + 1] : ends[at - 1] + 1;
      while (x < actual.length && x - diagonal < expected.length && equalLines(actual[x], expected[x - diagonal], commas)) x++;
      ends[at] = x;
      if (x >= actual.length && x - diagonal >= expected.length) return history;
    }
  }
  return null;
}

function part(numbers, from, length) {
  const copy = new Int32Array(length);
  for (let i = 0; i < length; i++) copy[i] = numbers[from + i];
  return copy;
}

/** [what, line] of each line of both, in order; null when they have too little in common. */
export function compareLines(actual, expected, commas = false) {
  const history = reach(actual, expected, commas);
  if (history === null) return null;
  const backwards = [];
  let [x, y] = [actual.length, expected.length];
  for (let edits = history.length - 1; edits >= 0; edits--) {
    // Of these ends, index 0 is diagonal -edits - 1.
    const ends = history[edits];
    const at = x - y + edits + 1;
    const down = x - y === -edits || (x - y !== edits && ends[at - 1] < ends[at + 1]);
    const from = edits === 0 ? 0 : ends[down ? at + 1 : at - 1];
    const start = edits === 0 ? 0 : down ? from : from + 1;
    for (; x > start; x--, y--) ArrayPrototypePush(backwards, [SAME, withComma(actual[x - 1], expected[y - 1], commas)]);
    if (edits > 0) ArrayPrototypePush(backwards, down ? [MISSING, expected[--y]] : [ADDED, actual[--x]]);
  }
  return backwards;
}

const withComma = (a, b, commas) => (commas && !StringPrototypeEndsWith(a, ',') ? b : a);

/** The text of a comparison, with long equal parts left out. */
export function showLines(backwards) {
  const shown = [];
  let skipped = false;
  for (let i = backwards.length - 1; i >= 0;) {
    let end = i;
    while (end >= 0 && backwards[end][0] === backwards[i][0]) end--;
    const lines = [];
    for (let at = i; at > end; at--) ArrayPrototypePush(lines, backwards[at][0] + backwards[at][1]);
    const last = end < 0;
    if (backwards[i][0] === SAME && lines.length > CONTEXT + (last ? 0 : 2)) {
      skipped ||= !last;
      ArrayPrototypePush(shown, ...ArrayPrototypeSlice(lines, 0, CONTEXT));
      if (!last) ArrayPrototypePush(shown, '...', lines[lines.length - 1]);
    } else ArrayPrototypePush(shown, ...lines);
    i = end;
  }
  return { __proto__: null, text: ArrayPrototypeJoin(shown, '\n'), skipped };
}
