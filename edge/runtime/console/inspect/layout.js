// How the parts of an object are laid out: on one line, one per line, or in columns.

import {
  ArrayPrototypePush,
  MathFloor,
  MathMax,
  MathMin,
  MathRound,
  MathSqrt,
  StringPrototypeIncludes,
  StringPrototypePadEnd,
  StringPrototypePadStart,
  StringPrototypeRepeat,
} from '../../bootstrap/primordials.js';
import { join, width, withoutColors } from './text.js';

const MIN_COLUMN_ENTRIES = 6;
const MAX_COLUMNS = 15;
const CHARACTER_RATIO = 2.5; // a character is about this much higher than wide

function fits(context, parts, start, base) {
  let total = parts.length + start;
  if (total + parts.length > context.breakLength) return false;
  for (let i = 0; i < parts.length; i++) {
    total += context.colors ? withoutColors(parts[i]).length : parts[i].length;
    if (total > context.breakLength) return false;
  }
  return base === '' || !StringPrototypeIncludes(base, '\n');
}

function columnCount(context, longest, bias, entries) {
  const ideal = MathRound(MathSqrt(CHARACTER_RATIO * bias * entries) / bias);
  return MathMin(ideal, MathFloor((context.breakLength - context.indentation) / longest), context.compact * 4, MAX_COLUMNS);
}

function columnWidths(lengths, columns, entries) {
  const widths = [];
  for (let column = 0; column < columns; column++) {
    let widest = 0;
    for (let i = column; i < entries; i += columns) widest = MathMax(widest, lengths[i]);
    ArrayPrototypePush(widths, widest + 2);
  }
  return widths;
}

function alignsRight(values) {
  if (values === undefined) return false;
  for (let i = 0; i < values.length; i++) if (typeof values[i] !== 'number' && typeof values[i] !== 'bigint') return false;
  return true;
}

function rows(parts, entries, columns, widths, lengths, pad) {
  const out = [];
  for (let start = 0; start < entries; start += columns) {
    const end = MathMin(start + columns, entries);
    let row = '';
    for (let i = start; i < end - 1; i++) row += pad(`${parts[i]}, `, widths[i - start] + parts[i].length - lengths[i]);
    const last = end - 1;
    row += pad === StringPrototypePadStart ? pad(parts[last], widths[last - start] + parts[last].length - lengths[last] - 2) : parts[last];
    ArrayPrototypePush(out, row);
  }
  return out;
}

/** Short entries of a long array in columns; the same parts again when that does not pay. */
function intoColumns(context, parts, values) {
  const entries = parts.extra === undefined ? parts.length : parts.length - parts.extra;
  const lengths = [];
  let total = 0;
  let longest = 0;
  for (let i = 0; i < entries; i++) {
    const length = width(parts[i]);
    ArrayPrototypePush(lengths, length);
    total += length + 2;
    longest = MathMax(longest, length);
  }
  longest += 2;
  if (longest * 3 + context.indentation >= context.breakLength || (total / longest <= 5 && longest > 8)) return parts;
  const bias = MathMax(longest - 3 - MathSqrt(longest - total / parts.length), 1);
  const columns = columnCount(context, longest, bias, entries);
  if (columns <= 1) return parts;
  const pad = alignsRight(values) ? StringPrototypePadStart : StringPrototypePadEnd;
  const out = rows(parts, entries, columns, columnWidths(lengths, columns, entries), lengths, pad);
  for (let i = entries; i < parts.length; i++) ArrayPrototypePush(out, parts[i]);
  return out;
}

const spaced = (base) => (base === '' ? '' : `${base} `);

/**
 * The text of an object.  `parts` are its formatted entries (`extra` of them at the end are no entries), `depth` is
 * how deep it lies, `values` are an array's own values.
 */
export function layOut(context, parts, base, braces, isList, depth, values) {
  const open = braces[0];
  const close = braces[1];
  if (context.compact === true) return compactly(context, parts, base, open, close);
  let shown = parts;
  if (typeof context.compact === 'number' && context.compact >= 1) {
    if (isList && parts.length > MIN_COLUMN_ENTRIES) shown = intoColumns(context, parts, values);
    if (context.level - depth < context.compact && shown.length === parts.length) {
      const start = shown.length + context.indentation + open.length + base.length + 10;
      if (fits(context, shown, start, base)) {
        const line = join(shown, ', ');
        if (!StringPrototypeIncludes(line, '\n')) return `${spaced(base)}${open} ${line} ${close}`;
      }
    }
  }
  const indent = `\n${StringPrototypeRepeat(' ', context.indentation)}`;
  // Of what is nested deeply most is indentation.
  context.spent += (shown.length + 2) * context.indentation;
  return `${spaced(base)}${open}${indent}  ${join(shown, `,${indent}  `)}${indent}${close}`;
}

function compactly(context, parts, base, open, close) {
  if (fits(context, parts, 0, base)) return `${open}${base === '' ? '' : ` ${base}`} ${join(parts, ', ')} ${close}`;
  const indent = `\n${StringPrototypeRepeat(' ', context.indentation)}`;
  const head = base === '' && open.length === 1 ? ' ' : `${base === '' ? '' : ` ${base}`}${indent}  `;
  return `${open}${head}${join(parts, `,${indent}  `)} ${close}`;
}
