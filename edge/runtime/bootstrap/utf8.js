// UTF-8 for the border only: well-formed text in, replacement characters for lone surrogates out.
// The web's TextEncoder and TextDecoder are in ../encoding.

import {
  MathMin, ObjectDefineProperty, ReflectApply, SafeArray, SafeArrayPush, String, StringFromCharCode, StringPrototypeCharCodeAt,
  StringPrototypeToWellFormed, TypedArrayPrototypeGetBuffer, TypedArrayPrototypeGetByteOffset, TypedArrayPrototypeGetLength,
  TypedArrayPrototypeSubarray, Uint32Array, Uint8Array,
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
  return isAscii(bytes) ? latin1(bytes) : decodeAny(bytes);
}

// Four bytes at a time; what does not begin at a word is not looked at.
function isAscii(bytes) {
  const offset = TypedArrayPrototypeGetByteOffset(bytes);
  if (offset % 4 !== 0) return false;
  const length = TypedArrayPrototypeGetLength(bytes);
  const count = length >>> 2;
  const words = new Uint32Array(TypedArrayPrototypeGetBuffer(bytes), offset, count);
  for (let i = 0; i < count; i++) if ((words[i] & 0x80808080) !== 0) return false;
  for (let i = count * 4; i < length; i++) if (bytes[i] >= 0x80) return false;
  return true;
}

// One call for thousands of bytes, which V8 reads itself: what it asks the view for is its length.
function latin1(bytes) {
  const length = TypedArrayPrototypeGetLength(bytes);
  let text = '';
  for (let at = 0; at < length; at += SLICE) {
    const size = MathMin(SLICE, length - at);
    const units = TypedArrayPrototypeSubarray(bytes, at, at + size);
    ObjectDefineProperty(units, 'length', { __proto__: null, value: size });
    text += ReflectApply(StringFromCharCode, String, units);
  }
  return text;
}

function decodeAny(bytes) {
  const length = TypedArrayPrototypeGetLength(bytes);
  let text = '';
  let units = new SafeArray();
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
      SafeArrayPush(units, 0xd800 + (code >> 10));
      code = 0xdc00 + (code & 0x3ff);
      i += 4;
    }
    SafeArrayPush(units, code);
    if (units.length >= SLICE) {
      text += ReflectApply(StringFromCharCode, String, units);
      units = new SafeArray();
    }
  }
  return text + ReflectApply(StringFromCharCode, String, units);
}
