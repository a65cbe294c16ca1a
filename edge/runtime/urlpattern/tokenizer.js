// Pattern strings to tokens: https://urlpattern.spec.whatwg.org/#tokenizing
// A token is {type, index, value}: `index` is where it begins in the pattern.  Positions count UTF-16 units.

import { ArrayPrototypePush, RegExpPrototypeExec, StringFromCodePoint, StringPrototypeCharCodeAt, StringPrototypeCodePointAt, StringPrototypeSlice, TypeError } from '../bootstrap/primordials.js';

const SINGLE = { __proto__: null, '*': 'asterisk', '+': 'other-modifier', '?': 'other-modifier', '{': 'open', '}': 'close' };

/** Whether a code point can stand in the name of a group, as in an identifier of JavaScript. */
export function isNameCodePoint(point, first) {
  if (point > 0x7f) {
    const pattern = first ? /^\p{ID_Start}$/u : /^[\u200c\u200d\p{ID_Continue}]$/u;
    return RegExpPrototypeExec(pattern, StringFromCodePoint(point)) !== null;
  }
  const lower = point | 0x20;
  if ((lower >= 0x61 && lower <= 0x7a) || point === 0x24 || point === 0x5f) return true;
  return !first && point >= 0x30 && point <= 0x39;
}

/** The tokens of a pattern.  What cannot be read is a TypeError, or a token of its own when `lenient`. */
export function tokenize(input, lenient = false) {
  const tokens = [];
  let at = 0;
  while (at < input.length) {
    const token = nextToken(input, at);
    if (token.type === 'invalid-char' && !lenient) throw new TypeError(`Invalid URL pattern ${input}: unexpected ${input[at]} at index ${at}`);
    ArrayPrototypePush(tokens, { __proto__: null, type: token.type, index: at, value: token.value });
    at = token.end;
  }
  ArrayPrototypePush(tokens, { __proto__: null, type: 'end', index: at, value: '' });
  return tokens;
}

function nextToken(input, at) {
  const character = input[at];
  if (character === '\\') return escapedToken(input, at);
  if (character === ':') return nameToken(input, at);
  if (character === '(') return regexpToken(input, at);
  const end = at + sizeAt(input, at);
  return tokenOf(SINGLE[character] ?? 'char', StringPrototypeSlice(input, at, end), end);
}

function tokenOf(type, value, end) {
  return { __proto__: null, type, value, end };
}

function sizeAt(input, at) {
  return StringPrototypeCodePointAt(input, at) > 0xffff ? 2 : 1;
}

function escapedToken(input, at) {
  if (at === input.length - 1) return tokenOf('invalid-char', '\\', input.length);
  const end = at + 1 + sizeAt(input, at + 1);
  return tokenOf('escaped-char', StringPrototypeSlice(input, at + 1, end), end);
}

function nameToken(input, at) {
  const start = at + 1;
  let end = start;
  while (end < input.length && isNameCodePoint(StringPrototypeCodePointAt(input, end), end === start)) end += sizeAt(input, end);
  return end === start ? tokenOf('invalid-char', ':', start) : tokenOf('name', StringPrototypeSlice(input, start, end), end);
}

function regexpToken(input, at) {
  const start = at + 1;
  const end = endOfRegexp(input, start);
  return end < 0 || end === start ? tokenOf('invalid-char', '(', start) : tokenOf('regexp', StringPrototypeSlice(input, start, end), end + 1);
}

// Where the parenthesis that began before `start` is closed; -1 when it is not, or holds what it may not hold:
// a capturing group, a look-around at its beginning, anything that is not ASCII.
function endOfRegexp(input, start) {
  let depth = 1;
  for (let at = start; at < input.length; at++) {
    const character = input[at];
    if (StringPrototypeCharCodeAt(input, at) > 0x7f || (at === start && character === '?')) return -1;
    if (character === '\\') {
      at += 1;
      if (at === input.length || StringPrototypeCharCodeAt(input, at) > 0x7f) return -1;
    } else if (character === ')') {
      depth -= 1;
      if (depth === 0) return at;
    } else if (character === '(') {
      depth += 1;
      if (input[at + 1] !== '?') return -1;
    }
  }
  return -1;
}
