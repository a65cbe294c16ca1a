// util.parseEnv: the text of a .env file.  https://nodejs.org/api/util.html#utilparseenvcontent

import {
  RegExpPrototypeExec, StringPrototypeIncludes, StringPrototypeIndexOf, StringPrototypeReplaceAll, StringPrototypeSlice, StringPrototypeTrim,
} from '../../bootstrap/primordials.js';
import { validateString } from './errors.js';

const QUOTES = '"\'`';
const EXPORT = /^export\s+/;
const SPACES = /^[ \t\v\f]*/;

/** Index of the end of the line that has `at` in it. */
function endOfLine(text, at) {
  const end = StringPrototypeIndexOf(text, '\n', at);
  return end < 0 ? text.length : end;
}

function keyOf(text) {
  const key = StringPrototypeTrim(text);
  const found = RegExpPrototypeExec(EXPORT, key);
  return found === null ? key : StringPrototypeSlice(key, found[0].length);
}

/** The value that begins at `from`, and where what follows it begins. */
function readValue(text, from) {
  const line = endOfLine(text, from);
  const start = from + RegExpPrototypeExec(SPACES, StringPrototypeSlice(text, from, line))[0].length;
  const quote = text[start];
  const close = start < line && StringPrototypeIncludes(QUOTES, quote) ? StringPrototypeIndexOf(text, quote, start + 1) : -1;
  if (close >= 0) {
    const quoted = StringPrototypeSlice(text, start + 1, close);
    return { __proto__: null, value: quote === '"' ? StringPrototypeReplaceAll(quoted, '\\n', '\n') : quoted, end: endOfLine(text, close) };
  }
  const comment = StringPrototypeIndexOf(text, '#', start);
  const end = comment >= 0 && comment < line ? comment : line;
  return { __proto__: null, value: StringPrototypeTrim(StringPrototypeSlice(text, start, end)), end: line };
}

export function parseEnv(content) {
  validateString(content, 'content');
  const text = StringPrototypeReplaceAll(content, '\r', '');
  const found = { __proto__: null };
  for (let at = 0; at < text.length;) {
    const line = endOfLine(text, at);
    const equals = StringPrototypeIndexOf(text, '=', at);
    const key = equals >= 0 && equals < line ? keyOf(StringPrototypeSlice(text, at, equals)) : '';
    if (key === '' || key[0] === '#') {
      at = line + 1;
      continue;
    }
    const { value, end } = readValue(text, equals + 1);
    found[key] = value;
    at = end + 1;
  }
  return found;
}
