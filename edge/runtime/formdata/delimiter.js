// Looking for a delimiter line of a multipart body: CR LF, two hyphens and the boundary.

import { SafeArray, SafeArrayPush, TypedArrayPrototypeGetLength } from '../bootstrap/primordials.js';
import { encodeUtf8 } from '../encoding/utf8.js';

export const CR = 0x0d;

/**
 * A function of bytes and a place, which gives the first place at or after it where the delimiter begins, -1 without one.
 * The search jumps (Horspool's algorithm).  It takes linear time whatever the bytes are: a carriage return can only be the
 * first character of the delimiter, so comparisons that go on for long do not overlap.
 */
export function createDelimiter(boundary) {
  const pattern = encodeUtf8(`\r\n--${boundary}`);
  const length = TypedArrayPrototypeGetLength(pattern);
  const jumps = jumpsOf(pattern, length);
  const last = pattern[length - 1];

  const find = (bytes, from) => {
    const end = TypedArrayPrototypeGetLength(bytes) - length;
    for (let at = from; at <= end;) {
      const tail = bytes[at + length - 1];
      if (tail === last && matches(bytes, at, pattern, 0, length)) return at;
      at += jumps[tail];
    }
    return -1;
  };
  // At the very begin of a body there is no line break before it.
  const startsWith = (bytes) => TypedArrayPrototypeGetLength(bytes) >= length - 2 && matches(bytes, 0, pattern, 2, length - 2);
  return { __proto__: null, length, find, startsWith };
}

function jumpsOf(pattern, length) {
  const jumps = new SafeArray();
  for (let byte = 0; byte < 256; byte++) SafeArrayPush(jumps, length);
  for (let i = 0; i < length - 1; i++) jumps[pattern[i]] = length - 1 - i;
  return jumps;
}

function matches(bytes, at, pattern, from, count) {
  for (let i = 0; i < count; i++) if (bytes[at + i] !== pattern[from + i]) return false;
  return true;
}

/** Where the last bytes begin that may be the begin of a delimiter which is not complete yet. */
export function possibleStart(bytes, from, { length }) {
  const end = TypedArrayPrototypeGetLength(bytes);
  for (let at = from > end - length + 1 ? from : end - length + 1; at < end; at++) if (bytes[at] === CR) return at;
  return end;
}
