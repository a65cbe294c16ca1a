// Percent escapes that are decoded as far as they are well-formed.

import {
  ArrayPrototypePush,
  NumberParseInt,
  RegExpPrototypeExec,
  StringFromCharCode,
  Uint8Array,
} from '../../bootstrap/primordials.js';
import { decodeUtf8, encodeUtf8 } from '../../encoding/utf8.js';

// Spelled unlike that of buffer/encodings.js: see NOT_ASCII in encoding/utf8.js.
const HEX = /^[0-9A-Fa-f]{2}$/;
const PERCENT = 37;

/** The bytes that a text with percent escapes stands for; malformed escapes stand for themselves. */
export function percentBytes(text) {
  const bytes = [];
  const whole = encodeUtf8(text);
  for (let i = 0; i < whole.length; i++) {
    if (whole[i] === PERCENT && i + 2 < whole.length) {
      const pair = StringFromCharCode(whole[i + 1], whole[i + 2]);
      if (RegExpPrototypeExec(HEX, pair) !== null) {
        ArrayPrototypePush(bytes, NumberParseInt(pair, 16));
        i += 2;
        continue;
      }
    }
    ArrayPrototypePush(bytes, whole[i]);
  }
  return new Uint8Array(bytes);
}

export const decodePercent = (text) => decodeUtf8(percentBytes(text));
