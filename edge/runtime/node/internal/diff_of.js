// util.diff: https://nodejs.org/api/util.html#utildiffactual-expected

import { ArrayIsArray, ArrayPrototypePush, Int32Array, StringPrototypeSplit } from '../../bootstrap/primordials.js';
import { invalidArgType, outOfRange } from './errors.js';

const MAX_CELLS = 2 ** 24;
const MISSING = -1;
const SAME = 0;
const ADDED = 1;

function partsOf(value, name) {
  if (typeof value === 'string') return StringPrototypeSplit(value, '');
  if (!ArrayIsArray(value)) throw invalidArgType(name, ['string', 'string[]'], value);
  for (let i = 0; i < value.length; i++) if (typeof value[i] !== 'string') throw invalidArgType(`${name}[${i}]`, 'string', value[i]);
  return value;
}

/** Lengths of the longest common rows of what is behind each pair of places. */
function lengthsOf(a, b) {
  const width = b.length + 1;
  const lengths = new Int32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const at = i * width + j;
      if (a[i] === b[j]) lengths[at] = lengths[at + width + 1] + 1;
      else lengths[at] = lengths[at + width] >= lengths[at + 1] ? lengths[at + width] : lengths[at + 1];
    }
  }
  return lengths;
}

/** `[kind, value]` of each part: 0 for both, 1 for what only `actual` has, -1 for what only `expected` has. */
export function diff(actual, expected) {
  const a = partsOf(actual, 'actual');
  const b = partsOf(expected, 'expected');
  if ((a.length + 1) * (b.length + 1) > MAX_CELLS) throw outOfRange('actual.length * expected.length', `<= ${MAX_CELLS}`, a.length * b.length);
  const lengths = lengthsOf(a, b);
  const width = b.length + 1;
  const found = [];
  let differs = false;
  for (let i = 0, j = 0; i < a.length || j < b.length;) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      ArrayPrototypePush(found, [SAME, a[i++]]);
      j++;
      continue;
    }
    differs = true;
    const takesB = i === a.length || (j < b.length && lengths[i * width + j + 1] >= lengths[(i + 1) * width + j]);
    ArrayPrototypePush(found, takesB ? [MISSING, b[j++]] : [ADDED, a[i++]]);
  }
  return differs ? found : [];
}
