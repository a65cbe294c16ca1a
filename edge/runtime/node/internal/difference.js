// The lines in which two texts differ, for assertion messages.

import { ArrayPrototypeJoin, ArrayPrototypePush, StringPrototypeIncludes, StringPrototypeSplit, Uint16Array } from '../../bootstrap/primordials.js';

const MAX_LINES = 500; // beyond, the comparison would cost more than it tells
const MAX_SHORT = 15; // characters of both, for one line

/** Length of the longest common subsequence of a[i..] and b[j..], for all i and j. */
function common(a, b) {
  const width = b.length + 1;
  const table = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const at = i * width + j;
      const [down, right] = [table[at + width], table[at + 1]];
      table[at] = a[i] === b[j] ? table[at + width + 1] + 1 : down > right ? down : right;
    }
  }
  return (i, j) => table[i * width + j];
}

function compareLines(a, b) {
  const left = common(a, b);
  const out = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      ArrayPrototypePush(out, `  ${a[i]}`);
      i++;
      j++;
    } else if (j >= b.length || (i < a.length && left(i + 1, j) >= left(i, j + 1))) ArrayPrototypePush(out, `+ ${a[i++]}`);
    else ArrayPrototypePush(out, `- ${b[j++]}`);
  }
  return ArrayPrototypeJoin(out, '\n');
}

/** Short ones are shown as `a !== b`, unless `long`. */
export function difference(actual, expected, long) {
  const short = !long && actual.length + expected.length <= MAX_SHORT && !StringPrototypeIncludes(`${actual}${expected}`, '\n');
  if (short && actual !== expected) return `\n${actual} !== ${expected}\n`;
  const [a, b] = [StringPrototypeSplit(actual, '\n'), StringPrototypeSplit(expected, '\n')];
  if (actual === expected) return `\n${actual}\n\n(values have the same structure but are not equal)\n`;
  if (a.length > MAX_LINES || b.length > MAX_LINES) return `+ actual - expected\n\n+ ${a.length} lines\n- ${b.length} lines, too many to compare\n`;
  return `+ actual - expected\n\n${compareLines(a, b)}\n`;
}
