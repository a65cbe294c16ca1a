// Values that have no properties.

import {
  ArrayPrototypePush,
  BigIntPrototypeToString,
  MathTrunc,
  NumberPrototypeToString,
  ObjectIs,
  RegExpPrototypeExec,
  StringPrototypeIncludes,
  StringPrototypeIndexOf,
  StringPrototypeRepeat,
  StringPrototypeSlice,
  StringPrototypeStartsWith,
  SymbolPrototypeToString,
} from '../../bootstrap/primordials.js';
import { join, lines, quote } from './text.js';

const MIN_SPLIT_LENGTH = 16;

function groupThousands(digits) {
  let out = '';
  let i = digits.length;
  const first = StringPrototypeStartsWith(digits, '-') ? 4 : 3;
  for (; i > first; i -= 3) out = `_${StringPrototypeSlice(digits, i - 3, i)}${out}`;
  return i === digits.length ? digits : StringPrototypeSlice(digits, 0, i) + out;
}

function groupDecimals(digits) {
  let out = '';
  let i = 0;
  for (; i < digits.length - 3; i += 3) out += `${StringPrototypeSlice(digits, i, i + 3)}_`;
  return i === 0 ? digits : out + StringPrototypeSlice(digits, i);
}

export function formatNumber(context, number, style = 'number') {
  if (ObjectIs(number, -0)) return context.stylize('-0', style);
  const text = NumberPrototypeToString(number);
  if (!context.numericSeparator || StringPrototypeIncludes(text, 'e') || RegExpPrototypeExec(/^-?\d/, text) === null) return context.stylize(text, style);
  const whole = MathTrunc(number);
  if (whole === number) return context.stylize(groupThousands(text), style);
  const point = StringPrototypeIndexOf(text, '.');
  return context.stylize(`${groupThousands(StringPrototypeSlice(text, 0, point))}.${groupDecimals(StringPrototypeSlice(text, point + 1))}`, style);
}

export function formatBigInt(context, value) {
  const digits = BigIntPrototypeToString(value);
  return context.stylize(`${context.numericSeparator ? groupThousands(digits) : digits}n`, 'bigint');
}

const moreCharacters = (count) => `... ${count} more character${count > 1 ? 's' : ''}`;

/** A string literal, cut to maxStringLength, and split at its line ends when it does not fit. */
export function formatString(context, value) {
  let text = value;
  let trailer = '';
  if (text.length > context.maxStringLength) {
    trailer = moreCharacters(text.length - context.maxStringLength);
    text = StringPrototypeSlice(text, 0, context.maxStringLength);
  }
  if (context.compact !== true && text.length > MIN_SPLIT_LENGTH && text.length > context.breakLength - context.indentation - 4) {
    const pieces = lines(text);
    const shown = [];
    for (let i = 0; i < pieces.length; i++) ArrayPrototypePush(shown, context.stylize(quote(pieces[i]), 'string'));
    return join(shown, ` +\n${StringPrototypeRepeat(' ', context.indentation + 2)}`) + trailer;
  }
  return context.stylize(quote(text), 'string') + trailer;
}

const NEEDS_QUOTES = /[\n\r]/;

export function formatSymbol(context, value) {
  const text = SymbolPrototypeToString(value);
  return context.stylize(RegExpPrototypeExec(NEEDS_QUOTES, text) === null ? text : quote(text), 'symbol');
}

/** Any value but an object or a function. */
export function formatPrimitive(context, value) {
  switch (typeof value) {
    case 'string':
      return formatString(context, value);
    case 'number':
      return formatNumber(context, value);
    case 'bigint':
      return formatBigInt(context, value);
    case 'boolean':
      return context.stylize(value ? 'true' : 'false', 'boolean');
    case 'symbol':
      return formatSymbol(context, value);
    default:
      return value === null ? context.stylize('null', 'null') : context.stylize('undefined', 'undefined');
  }
}
