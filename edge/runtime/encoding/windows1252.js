// windows-1252, which the web also calls latin1 and ascii: https://encoding.spec.whatwg.org/#index-windows-1252

import { ArrayPrototypeJoin, StringPrototypeCharCodeAt, ArrayPrototypePush, RegExpPrototypeExec } from '../bootstrap/primordials.js';
import { latin1Of } from './utf8.js';

// 0x80 to 0x9f; all else is its own code point.
const HIGH = '\u20ac\x81\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\x8d\u017d\x8f\x90\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\x9d\u017e\u0178';
const CONTROLS = /[\x80-\x9f]/;

export class Windows1252Decoder {
  decode(bytes) {
    const text = latin1Of(bytes);
    if (RegExpPrototypeExec(CONTROLS, text) === null) return text;
    const units = [];
    for (let i = 0; i < text.length; i++) {
      const unit = StringPrototypeCharCodeAt(text, i);
      ArrayPrototypePush(units, unit >= 0x80 && unit <= 0x9f ? HIGH[unit - 0x80] : text[i]);
    }
    return ArrayPrototypeJoin(units, '');
  }
}
