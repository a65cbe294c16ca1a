// Strings, as inspect shows them: quoted, escaped, cut; and how wide a text is on a screen.

import {
  ArrayPrototypeJoin,
  ArrayPrototypePush,
  NumberPrototypeToString,
  RegExpPrototypeExec,
  RegExpPrototypeSymbolReplace,
  StringPrototypeCharCodeAt,
  StringPrototypeCodePointAt,
  StringPrototypeIncludes,
  StringPrototypePadStart,
  StringPrototypeSlice,
  StringPrototypeToUpperCase,
} from '../../bootstrap/primordials.js';

// Control characters, the quote, the backslash, and halves of surrogate pairs.
const UNSAFE = /[\u0000-\u001f'\\\u007f-\u009f]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
const UNSAFE_ALL = /[\u0000-\u001f'\\\u007f-\u009f]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const NAMED = { __proto__: null, '\b': '\\b', '\t': '\\t', '\n': '\\n', '\f': '\\f', '\r': '\\r', '\\': '\\\\' };

function quoteFor(text) {
  if (!StringPrototypeIncludes(text, "'")) return "'";
  if (!StringPrototypeIncludes(text, '"')) return '"';
  return StringPrototypeIncludes(text, '`') || StringPrototypeIncludes(text, '${') ? "'" : '`';
}

function escapeWith(quote) {
  return (character) => {
    if (character === "'") return quote === "'" ? "\\'" : "'";
    const named = NAMED[character];
    if (named !== undefined) return named;
    const code = NumberPrototypeToString(StringPrototypeCharCodeAt(character, 0), 16);
    return code.length > 2 ? `\\u${code}` : `\\x${StringPrototypePadStart(StringPrototypeToUpperCase(code), 2, '0')}`;
  };
}

/** A string literal, in the quotes that need least escaping. */
export function quote(text) {
  if (RegExpPrototypeExec(UNSAFE, text) === null) return `'${text}'`;
  const mark = quoteFor(text);
  return mark + RegExpPrototypeSymbolReplace(UNSAFE_ALL, text, escapeWith(mark)) + mark;
}

/** The pieces of a text between line ends, each with its line end. */
export function lines(text) {
  const found = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (StringPrototypeCharCodeAt(text, i) === 10) {
      ArrayPrototypePush(found, StringPrototypeSlice(text, start, i + 1));
      start = i + 1;
    }
  }
  if (start < text.length) ArrayPrototypePush(found, StringPrototypeSlice(text, start));
  return found;
}

export const join = (parts, separator) => ArrayPrototypeJoin(parts, separator);

const ESCAPES = /\u001b\[[\d;]*m/g;
const WIDE = /[^\u0020-\u007e]/;

export function withoutColors(text) {
  return StringPrototypeIncludes(text, '\u001b') ? RegExpPrototypeSymbolReplace(ESCAPES, text, '') : text;
}

function isFullWidth(code) {
  return (
    code >= 0x1100 &&
    (code <= 0x115f || code === 0x2329 || code === 0x232a || (code >= 0x2e80 && code <= 0x3247 && code !== 0x303f) ||
      (code >= 0x3250 && code <= 0x4dbf) || (code >= 0x4e00 && code <= 0xa4c6) || (code >= 0xa960 && code <= 0xa97c) ||
      (code >= 0xac00 && code <= 0xd7a3) || (code >= 0xf900 && code <= 0xfaff) || (code >= 0xfe10 && code <= 0xfe19) ||
      (code >= 0xfe30 && code <= 0xfe6b) || (code >= 0xff01 && code <= 0xff60) || (code >= 0xffe0 && code <= 0xffe6) ||
      (code >= 0x1b000 && code <= 0x1b001) || (code >= 0x1f200 && code <= 0x1f251) || (code >= 0x1f300 && code <= 0x1f64f) ||
      (code >= 0x1f900 && code <= 0x1f9ff) || (code >= 0x20000 && code <= 0x3fffd))
  );
}

function isZeroWidth(code) {
  return (
    code <= 0x1f || (code >= 0x7f && code <= 0x9f) || (code >= 0x300 && code <= 0x36f) || (code >= 0x200b && code <= 0x200f) ||
    (code >= 0x20d0 && code <= 0x20ff) || (code >= 0xfe00 && code <= 0xfe0f) || (code >= 0xfe20 && code <= 0xfe2f) || (code >= 0xe0100 && code <= 0xe01ef)
  );
}

/** Columns that a text takes on a terminal. */
export function width(text) {
  const shown = withoutColors(text);
  if (RegExpPrototypeExec(WIDE, shown) === null) return shown.length;
  let columns = 0;
  for (let i = 0; i < shown.length; i++) {
    const code = StringPrototypeCodePointAt(shown, i);
    if (code > 0xffff) i++;
    if (isFullWidth(code)) columns += 2;
    else if (!isZeroWidth(code)) columns += 1;
  }
  return columns;
}
