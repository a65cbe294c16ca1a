// Content-Disposition: https://www.rfc-editor.org/rfc/rfc6266 with the encoding of RFC 8187 (was 5987)

import {
  NumberPrototypeToString,
  RegExpPrototypeExec,
  RegExpPrototypeSymbolReplace,
  StringPrototypeCharCodeAt,
  StringPrototypeLastIndexOf,
  StringPrototypeSlice,
  StringPrototypeToUpperCase,
  StringPrototypeToWellFormed,
  encodeURIComponent,
} from '../../bootstrap/primordials.js';

const NOT_LATIN1 = /[^\u0020-\u007e\u00a0-\u00ff]/;
const NOT_LATIN1_ALL = /[^\u0020-\u007e\u00a0-\u00ff]/g;
const QUOTED = /([\\"])/g;
const PERCENT_ESCAPE = /%[0-9A-Fa-f]{2}/;
const UNSAFE_EXTENDED = /['()*]/g;

const quoted = (text) => `"${RegExpPrototypeSymbolReplace(QUOTED, text, '\\$1')}"`;

const percent = (character) => `%${StringPrototypeToUpperCase(NumberPrototypeToString(StringPrototypeCharCodeAt(character, 0), 16))}`;

function extended(text) {
  const escaped = encodeURIComponent(StringPrototypeToWellFormed(text));
  return `UTF-8''${RegExpPrototypeSymbolReplace(UNSAFE_EXTENDED, escaped, percent)}`;
}

/** The value for a file that is to be saved as `filename` (its last path segment); without one, just "attachment". */
export function attachment(filename, type = 'attachment') {
  if (filename === undefined) return type;
  const name = StringPrototypeSlice(filename, StringPrototypeLastIndexOf(filename, '/') + 1);
  const plain = RegExpPrototypeSymbolReplace(NOT_LATIN1_ALL, name, '?');
  const needsExtended = RegExpPrototypeExec(NOT_LATIN1, name) !== null || RegExpPrototypeExec(PERCENT_ESCAPE, name) !== null;
  return `${type}; filename=${quoted(plain)}${needsExtended ? `; filename*=${extended(name)}` : ''}`;
}
