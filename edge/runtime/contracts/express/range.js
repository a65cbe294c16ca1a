// Parts of a resource: https://www.rfc-editor.org/rfc/rfc9110#section-14

import {
  ArrayPrototypeMap, ArrayPrototypePush, ArrayPrototypeSort, MathMin, Number, NumberIsNaN, RegExpPrototypeExec, StringPrototypeIndexOf, StringPrototypeSlice,
  StringPrototypeSplit, StringPrototypeTrim, TypeError,
} from '../../bootstrap/primordials.js';

/** Not a range that can be read; not one that the resource has. */
export const MALFORMED = -2;
export const UNSATISFIABLE = -1;

const DIGITS = /^\d+$/;

const position = (text) => (RegExpPrototypeExec(DIGITS, text) === null ? NaN : Number(text));

// `{start, end}` of one range, null for what the resource does not have, undefined for what is none.
function readOne(text, size) {
  const at = StringPrototypeIndexOf(text, '-');
  if (at < 0) return undefined;
  const first = StringPrototypeTrim(StringPrototypeSlice(text, 0, at));
  const last = StringPrototypeTrim(StringPrototypeSlice(text, at + 1));
  const start = first === '' ? size - position(last) : position(first);
  const end = MathMin(first === '' || last === '' ? size - 1 : position(last), size - 1);
  if (NumberIsNaN(start) || NumberIsNaN(end)) return undefined;
  return start > end || start < 0 ? null : { start, end };
}

// Ranges that overlap or touch are one, in the place of the first of them.
function combine(ranges) {
  const indexed = ArrayPrototypeMap(ranges, ({ start, end }, index) => ({ __proto__: null, start, end, index }));
  ArrayPrototypeSort(indexed, (a, b) => a.start - b.start);
  const merged = [];
  for (let i = 0; i < indexed.length; i++) {
    const last = merged[merged.length - 1];
    const next = indexed[i];
    if (last === undefined || next.start > last.end + 1) ArrayPrototypePush(merged, next);
    else {
      if (next.end > last.end) last.end = next.end;
      if (next.index < last.index) last.index = next.index;
    }
  }
  ArrayPrototypeSort(merged, (a, b) => a.index - b.index);
  return ArrayPrototypeMap(merged, ({ start, end }) => ({ start, end }));
}

/**
 * The ranges that a Range header asks for, an array with a `type` ("bytes"); -1 when the resource has none of them, -2 when
 * the header cannot be read.  `options.combine` joins those that overlap or touch.
 */
export function parseRange(size, header, options) {
  if (typeof header !== 'string') throw new TypeError('argument str must be a string');
  const equals = StringPrototypeIndexOf(header, '=');
  if (equals < 0) return MALFORMED;
  const parts = StringPrototypeSplit(StringPrototypeSlice(header, equals + 1), ',');
  const ranges = [];
  for (let i = 0; i < parts.length; i++) {
    const one = readOne(parts[i], size);
    if (one === undefined) return MALFORMED;
    if (one !== null) ArrayPrototypePush(ranges, one);
  }
  if (ranges.length === 0) return UNSATISFIABLE;
  const wanted = options?.combine ? combine(ranges) : ranges;
  wanted.type = StringPrototypeSlice(header, 0, equals);
  return wanted;
}
