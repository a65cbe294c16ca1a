// The source of a call of assert.ok() that failed, for its message: the part of its line that is the call.

import {
  ArrayPrototypeIncludes, NumberPrototypeToString, RegExpPrototypeExec, RegExpPrototypeSymbolReplace, StringPrototypeCharCodeAt, StringPrototypeIncludes,
  StringPrototypePadStart, StringPrototypeSlice, StringPrototypeSplit, StringPrototypeTrimStart,
} from '../../bootstrap/primordials.js';
import { frameLines } from './call_sites.js';

const PLACE = /^\s+at (?:.*\()?((?:file:\/\/)?\/.*?):(\d+):(\d+)\)?$/;
// What may stand before the name that is called: `assert.`, `assert['strict'].`
const CHAIN = /[\p{ID_Continue}$]+(?:\??\.[\p{ID_Continue}$]+|(?:\?\.)?\[(?:'[^']*'|"[^"]*"|\d+)\])*(?:\??\.)?$/u;
const MAX_CHAIN = 200;
const CONTROL = /[\0-\x08\x0b-\x1f]/g;
const OPENING = ['(', '[', '{'];
const CLOSING = [')', ']', '}'];
const QUOTES = ['"', "'", '`'];

const escapeControl = (unit) => `\\u${StringPrototypePadStart(NumberPrototypeToString(StringPrototypeCharCodeAt(unit, 0), 16), 4, '0')}`;

/** File, line and column of the caller of `hide`, where its author wrote it. */
function callerOf(hide) {
  const found = RegExpPrototypeExec(PLACE, frameLines(hide, 1)[0] ?? '');
  return found === null ? null : { __proto__: null, file: found[1], line: +found[2], column: +found[3] };
}

// Where the text ends that begins at `at` and has a call in it: behind the bracket that closes it, else at the end of the line.
function endOfCall(line, at) {
  let depth = 0;
  for (let i = at; i < line.length; i++) {
    if (ArrayPrototypeIncludes(QUOTES, line[i])) i = endOfQuoted(line, i);
    else if (ArrayPrototypeIncludes(OPENING, line[i])) depth++;
    else if (ArrayPrototypeIncludes(CLOSING, line[i])) {
      depth--;
      const goesOn = line[i] === ']' || ArrayPrototypeIncludes(['(', '[', '.'], line[i + 1]);
      if (depth <= 0 && !goesOn) return i + 1;
    } else if (line[i] === ';' && depth === 0) return i;
  }
  return line.length;
}

function endOfQuoted(line, from) {
  for (let i = from + 1; i < line.length; i++) {
    if (line[i] === '\\') i++;
    else if (line[i] === line[from]) return i;
  }
  return line.length;
}

/** The message of the call of `hide` that failed; null when its source is not at hand. */
export function describeCall(hide) {
  let text;
  let place;
  try {
    place = callerOf(hide);
    if (place === null) return null;
    text = StringPrototypeSplit(import('../fs.js').default.readFileSync(place.file, 'utf8'), '\n')[place.line - 1];
  } catch {
    return null; // a source that is not in the package
  }
  if (text === undefined || place.column > text.length) return null;
  const before = StringPrototypeSlice(text, 0, place.column - 1);
  const chain = RegExpPrototypeExec(CHAIN, StringPrototypeSlice(before, -MAX_CHAIN))?.[0] ?? '';
  const call = StringPrototypeTrimStart(StringPrototypeSlice(text, before.length - chain.length, endOfCall(text, before.length - chain.length)));
  if (!StringPrototypeIncludes(call, '(')) return null;
  return `The expression evaluated to a falsy value:\n\n  ${RegExpPrototypeSymbolReplace(CONTROL, call, escapeControl)}\n`;
}
