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

const NOT_ASCII = /[^\u0020-\u007e]/;
const NOT_ASCII_ALL = /[^\u0020-\u007e]/g;
const QUOTED = /([\\"])/g;
const PERCENT_ESCAPE = /%[0-9A-Fa-f]{2}/;
const UNSAFE_EXTENDED = /['()*]/g;

const quoted = (text) => `"${RegExpPrototypeSymbolReplace(QUOTED, text, '\\$1')}"`;

const percent = (character) => `%${StringPrototypeToUpperCase(NumberPrototypeToString(StringPrototypeCharCodeAt(character, 0), 16))}`;

function extended(text) {
  const escaped = encodeURIComponent(StringPrototypeToWellFormed(text));
  return `UTF-8''${RegExpPrototypeSymbolReplace(UNSAFE_EXTENDED, escaped, percent)}`;
}

export const lastSegment = (path) => StringPrototypeSlice(path, StringPrototypeLastIndexOf(path, '/') + 1);

/** ".txt" of "a.txt"; '' without one, also for names that begin with their only dot. */
export function extension(name) {
  const dot = StringPrototypeLastIndexOf(name, '.');
  return dot <= 0 ? '' : StringPrototypeSlice(name, dot);
}

/** The value for a file that is to be saved as `filename` (its last path segment); without one, just "attachment". */
export function attachment(filename, type = 'attachment') {
  if (filename === undefined) return type;
  const name = lastSegment(filename);
  const plain = RegExpPrototypeSymbolReplace(NOT_ASCII_ALL, name, '?');
  const needsExtended = RegExpPrototypeExec(NOT_ASCII, name) !== null || RegExpPrototypeExec(PERCENT_ESCAPE, name) !== null;
  return `${type}; filename=${quoted(plain)}${needsExtended ? `; filename*=${extended(name)}` : ''}`;
}
