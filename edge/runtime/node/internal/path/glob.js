// path.matchesGlob: https://nodejs.org/api/path.html#pathmatchesglobpath-pattern
// `*` and `?` stay in one segment, `**` crosses segments, `[...]` is a class, `{a,b}` are alternatives.

import { RegExp, RegExpPrototypeExec, StringPrototypeIncludes, StringPrototypeIndexOf, StringPrototypeReplaceAll, StringPrototypeSlice } from '../../../bootstrap/primordials.js';
import { validateString } from '../errors.js';

const SPECIAL = /[.+^$()|\\{}[\]]/;
const ESCAPED = /[\\\]^]/;

/** Whether the whole path matches; on Windows both slashes separate. */
export function matchesGlob(path, pattern, windows) {
  validateString(path, 'path');
  validateString(pattern, 'pattern');
  const source = compile(windows ? StringPrototypeReplaceAll(pattern, '\\', '/') : pattern);
  const text = windows ? StringPrototypeReplaceAll(path, '\\', '/') : path;
  return RegExpPrototypeExec(new RegExp(`^${source}$`, 's'), text) !== null;
}

function compile(pattern) {
  let source = '';
  let depth = 0;
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i];
    if (character === '*') {
      const { text, end } = star(pattern, i);
      source += text;
      i = end;
    } else if (character === '?') source += '[^/]';
    else if (character === '[' && StringPrototypeIncludes(StringPrototypeSlice(pattern, i + 2), ']')) {
      const end = StringPrototypeIndexOf(pattern, ']', i + 2);
      source += classOf(StringPrototypeSlice(pattern, i + 1, end));
      i = end;
    } else if (character === '{') {
      depth += 1;
      source += '(?:';
    } else if (character === '}' && depth > 0) {
      depth -= 1;
      source += ')';
    } else if (character === ',' && depth > 0) source += '|';
    else source += RegExpPrototypeExec(SPECIAL, character) === null ? character : `\\${character}`;
  }
  return source;
}

// `**` as a whole segment is any number of segments, none included.
function star(pattern, at) {
  let end = at;
  while (pattern[end + 1] === '*') end += 1;
  const begins = at === 0 || pattern[at - 1] === '/';
  if (end === at || !begins) return { __proto__: null, text: '[^/]*', end };
  if (end + 1 === pattern.length) return { __proto__: null, text: '.*', end };
  return pattern[end + 1] === '/' ? { __proto__: null, text: '(?:[^/]+/)*', end: end + 1 } : { __proto__: null, text: '[^/]*', end };
}

function classOf(content) {
  const negated = content[0] === '!' || content[0] === '^';
  let body = '';
  for (let i = negated ? 1 : 0; i < content.length; i++) body += RegExpPrototypeExec(ESCAPED, content[i]) === null ? content[i] : `\\${content[i]}`;
  return `[${negated ? '^/' : ''}${body}]`;
}
