// Percent-encoding: https://url.spec.whatwg.org/#percent-encoded-bytes

import { StringPrototypeCharCodeAt, StringPrototypeIndexOf, StringPrototypeSlice, SafeArray, SafeArrayPush, TypedArrayPrototypeGetLength, TypedArrayPrototypeSubarray } from '../bootstrap/primordials.js';
import { decodeUtf8, encodeUtf8 } from '../encoding/utf8.js';

// One bit for each percent-encode set; CLASSES[unit] has the bits of the sets that the ASCII character is in.
export const C0_CONTROL = 1;
export const FRAGMENT = 2;
export const QUERY = 4;
export const SPECIAL_QUERY = 8;
export const PATH = 16;
export const USERINFO = 32;
export const COMPONENT = 64;
export const FORM = 128;

// No typed array: a snapshot with its buffer may not be readable.
const CLASSES = new SafeArray();
for (let unit = 0; unit < 0x80; unit++) SafeArrayPush(CLASSES, 0);

function mark(characters, bits) {
  for (let i = 0; i < characters.length; i++) CLASSES[StringPrototypeCharCodeAt(characters, i)] |= bits;
}

for (let unit = 0; unit < 0x20; unit++) CLASSES[unit] = 0xff;
CLASSES[0x7f] = 0xff;
mark(' "<>`', FRAGMENT);
mark(' "#<>', QUERY | SPECIAL_QUERY | PATH | USERINFO | COMPONENT | FORM);
mark("'", SPECIAL_QUERY | FORM);
mark('?^`{}', PATH | USERINFO | COMPONENT | FORM);
mark('/:;=@[\\]|', USERINFO | COMPONENT | FORM);
mark('$%&+,', COMPONENT | FORM);
mark('!()~', FORM);

const HEX = '0123456789ABCDEF';

function escapeByte(byte) {
  return `%${HEX[byte >> 4]}${HEX[byte & 15]}`;
}

/** The UTF-8 percent-encoding of a string with one of the sets above; form data writes spaces as plus. */
export function percentEncode(text, set) {
  let result = '';
  let done = 0;
  const { length } = text;
  for (let i = 0; i < length; i++) {
    const unit = StringPrototypeCharCodeAt(text, i);
    if (unit < 0x80) {
      if ((CLASSES[unit] & set) === 0) continue;
      result += StringPrototypeSlice(text, done, i) + (unit === 0x20 && set === FORM ? '+' : escapeByte(unit));
    } else {
      let end = i + 1;
      while (end < length && StringPrototypeCharCodeAt(text, end) >= 0x80) end += 1;
      result += StringPrototypeSlice(text, done, i) + escapeAll(encodeUtf8(StringPrototypeSlice(text, i, end)));
      i = end - 1;
    }
    done = i + 1;
  }
  return done === 0 ? text : result + StringPrototypeSlice(text, done);
}

function escapeAll(bytes) {
  let result = '';
  for (let i = 0; i < bytes.length; i++) result += escapeByte(bytes[i]);
  return result;
}

function hexValue(unit) {
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30;
  const lower = unit | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** The bytes of a percent-encoded string. */
export function percentDecodeBytes(text) {
  const bytes = encodeUtf8(text);
  const length = TypedArrayPrototypeGetLength(bytes);
  let size = 0;
  for (let i = 0; i < length; i++, size++) {
    const high = bytes[i] === 0x25 && i + 2 < length ? hexValue(bytes[i + 1]) : -1;
    const low = high < 0 ? -1 : hexValue(bytes[i + 2]);
    if (low < 0) {
      bytes[size] = bytes[i];
    } else {
      bytes[size] = high * 16 + low;
      i += 2;
    }
  }
  return TypedArrayPrototypeSubarray(bytes, 0, size);
}

/** The text of a percent-encoded string; what is not UTF-8 becomes U+FFFD. */
export function percentDecode(text) {
  return StringPrototypeIndexOf(text, '%') < 0 ? text : decodeUtf8(percentDecodeBytes(text));
}
