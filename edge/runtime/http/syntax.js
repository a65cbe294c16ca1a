// The syntax of header fields: https://www.rfc-editor.org/rfc/rfc9110#section-5
//
// Loops instead of regular expressions: V8 keeps no compiled expression in a snapshot, so each one that every invocation
// uses would be compiled by every invocation (0.05 to 0.1 ms).

import { StringPrototypeCharCodeAt, StringPrototypeIndexOf } from '../bootstrap/primordials.js';

const MARKS = "!#$%&'*+-.^_`|~";

function isTokenCode(code) {
  if ((code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || (code >= 0x30 && code <= 0x39) || code === 0x2d) return true;
  if (code > 0x7e) return false;
  for (let i = 0; i < MARKS.length; i++) if (StringPrototypeCharCodeAt(MARKS, i) === code) return true;
  return false;
}

/** A token: the name of a header or a method. */
export function isToken(text) {
  for (let i = 0; i < text.length; i++) if (!isTokenCode(StringPrototypeCharCodeAt(text, i))) return false;
  return text.length > 0;
}

/** Whether a header's value is what HTTP/1.1 can carry: visible characters, blanks, tabs, and Latin-1 above ASCII. */
export function isFieldValue(text) {
  for (let i = 0; i < text.length; i++) {
    const code = StringPrototypeCharCodeAt(text, i);
    if ((code < 0x20 && code !== 0x09) || code === 0x7f || code > 0xff) return false;
  }
  return true;
}

/** Whether a text has a line break or NUL, which no header may carry on the web either. */
export function breaksLines(text) {
  return StringPrototypeIndexOf(text, '\n') >= 0 || StringPrototypeIndexOf(text, '\r') >= 0 || StringPrototypeIndexOf(text, '\0') >= 0;
}
