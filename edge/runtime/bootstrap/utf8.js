// UTF-8 for the border only: well-formed text in, replacement characters for lone surrogates out.
// The web's TextEncoder and TextDecoder are in ../encoding.

import {
  ArrayPrototypeJoin, ArrayPrototypePush, ReflectApply, String, StringFromCharCode, StringPrototypeCharCodeAt, StringPrototypeToWellFormed,
  TypedArrayPrototypeGetLength, TypedArrayPrototypeSubarray, Uint8Array,
} from './primordials.js';

const SLICE = 8192;

export function encodeUtf8(string) {
  const text = StringPrototypeToWellFormed(string);
  const { length } = text;
  const out = new Uint8Array(length * 3);
  let at = 0;
  for (let i = 0; i < length; i++) {
    let code = StringPrototypeCharCodeAt(text, i);
    if (code < 0x80) {
      out[at++] = code;
      continue;
    }
    if (code < 0x800) {
      out[at++] = 0xc0 | (code >> 6);
    } else if (code >= 0xd800 && code < 0xe000) {
      i += 1;
      code = 0x10000 + ((code & 0x3ff) << 10) + (StringPrototypeCharCodeAt(text, i) & 0x3ff);
      out[at++] = 0xf0 | (code >> 18);
      out[at++] = 0x80 | ((code >> 12) & 0x3f);
      out[at++] = 0x80 | ((code >> 6) & 0x3f);
    } else {
      out[at++] = 0xe0 | (code >> 12);
      out[at++] = 0x80 | ((code >> 6) & 0x3f);
    }
    out[at++] = 0x80 | (code & 0x3f);
  }
  return TypedArrayPrototypeSubarray(out, 0, at);
}

/** Text of bytes that the host wrote: they are well-formed UTF-8. */
export function decodeUtf8(bytes) {
  const length = TypedArrayPrototypeGetLength(bytes);
  const parts = [];
  let units = [];
  for (let i = 0; i < length;) {
    const first = bytes[i];
    let code = first;
    if (first < 0x80) {
      i += 1;
    } else if (first < 0xe0) {
      code = ((first & 0x1f) << 6) | (bytes[i + 1] & 0x3f);
      i += 2;
    } else if (first < 0xf0) {
      code = ((first & 0x0f) << 12) | ((bytes[i + 1] & 0x3f) << 6) | (bytes[i + 2] & 0x3f);
      i += 3;
    } else {
      code = (((first & 0x07) << 18) | ((bytes[i + 1] & 0x3f) << 12) | ((bytes[i + 2] & 0x3f) << 6) | (bytes[i + 3] & 0x3f)) - 0x10000;
      ArrayPrototypePush(units, 0xd800 + (code >> 10));
      code = 0xdc00 + (code & 0x3ff);
      i += 4;
    }
    ArrayPrototypePush(units, code);
    if (units.length >= SLICE) {
      ArrayPrototypePush(parts, ReflectApply(StringFromCharCode, String, units));
      units = [];
    }
  }
  ArrayPrototypePush(parts, ReflectApply(StringFromCharCode, String, units));
  return ArrayPrototypeJoin(parts, '');
}
