// ASCII whitespace and case: https://infra.spec.whatwg.org/#ascii-whitespace

import { StringPrototypeCharCodeAt, StringPrototypeSlice, StringPrototypeToLowerCase } from '../bootstrap/primordials.js';

function isAsciiWhitespace(unit) {
  return unit === 0x20 || unit === 0x09 || unit === 0x0a || unit === 0x0c || unit === 0x0d;
}

function isHttpWhitespace(unit) {
  return unit === 0x20 || unit === 0x09 || unit === 0x0a || unit === 0x0d;
}

function trim(text, isSpace) {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(StringPrototypeCharCodeAt(text, start))) start += 1;
  while (end > start && isSpace(StringPrototypeCharCodeAt(text, end - 1))) end -= 1;
  return start === 0 && end === text.length ? text : StringPrototypeSlice(text, start, end);
}

export function trimAsciiWhitespace(text) {
  return trim(text, isAsciiWhitespace);
}

/** https://fetch.spec.whatwg.org/#http-whitespace: without U+000C. */
export function trimHttpWhitespace(text) {
  return trim(text, isHttpWhitespace);
}

/** Lower case of A to Z only: the Kelvin sign and its like stay as they are. */
export function asciiLowerCase(text) {
  const lower = StringPrototypeToLowerCase(text);
  if (lower === text) return text;
  for (let i = 0; i < text.length; i++) if (StringPrototypeCharCodeAt(text, i) > 0x7f) return lowerEach(text);
  return lower;
}

function lowerEach(text) {
  let result = '';
  for (let i = 0; i < text.length; i++) {
    const unit = StringPrototypeCharCodeAt(text, i);
    result += unit >= 0x41 && unit <= 0x5a ? StringPrototypeToLowerCase(text[i]) : text[i];
  }
  return result;
}
