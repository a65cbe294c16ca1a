// Patterns of fs.glob, as minimatch has them: braces, `*`, `?`, classes, `@(a|b)` and its kin, and `**` for folders.

import {
  ArrayPrototypePush, RegExp, RegExpPrototypeExec, StringPrototypeIncludes, StringPrototypeIndexOf, StringPrototypeSlice, StringPrototypeSplit, StringPrototypeStartsWith,
} from '../../../bootstrap/primordials.js';
import { outOfRange } from '../errors.js';

const MAX_EXPANDED = 1000;
const MAX_PATTERN = 4096;
const SPECIAL = /[.+^$(){}|\\/]/;
const MAGIC = /[*?[]|[@!+]\(/;
const RANGE = /^(-?\d+)\.\.(-?\d+)$/;
const KINDS = { __proto__: null, '@': '', '?': '?', '*': '*', '+': '+' };

/** The patterns that one with braces stands for. */
export function expanded(pattern) {
  if (pattern.length > MAX_PATTERN) throw outOfRange('pattern.length', `<= ${MAX_PATTERN}`, pattern.length);
  const results = [];
  expand('', pattern, results);
  return results;
}

function expand(before, rest, results) {
  const found = bracesIn(rest);
  if (found === null) {
    if (results.length >= MAX_EXPANDED) throw outOfRange('pattern', `at most ${MAX_EXPANDED} patterns in braces`, 'more');
    ArrayPrototypePush(results, before + rest);
    return;
  }
  const start = before + StringPrototypeSlice(rest, 0, found.start);
  for (let i = 0; i < found.parts.length; i++) {
    // What is inside may have braces, too.
    expand(start, found.parts[i] + StringPrototypeSlice(rest, found.end), results);
  }
}

/** The first braces with a comma or a range in them: `{start, end, parts}`. */
function bracesIn(text) {
  for (let start = StringPrototypeIndexOf(text, '{'); start >= 0; start = StringPrototypeIndexOf(text, '{', start + 1)) {
    const parts = [];
    let depth = 0;
    let from = start + 1;
    for (let i = start; i < text.length; i++) {
      const character = text[i];
      if (character === '\\') i++;
      else if (character === '{') depth++;
      else if (character === ',' && depth === 1) {
        ArrayPrototypePush(parts, StringPrototypeSlice(text, from, i));
        from = i + 1;
      } else if (character === '}' && --depth === 0) {
        ArrayPrototypePush(parts, StringPrototypeSlice(text, from, i));
        const all = parts.length > 1 ? parts : rangeOf(parts[0]);
        if (all !== null) return { __proto__: null, start, end: i + 1, parts: all };
        break;
      }
    }
  }
  return null;
}

function rangeOf(text) {
  const found = RegExpPrototypeExec(RANGE, text);
  if (found === null) return null;
  const first = +found[1];
  const last = +found[2];
  const step = first <= last ? 1 : -1;
  const parts = [];
  for (let n = first; parts.length <= MAX_EXPANDED && (step > 0 ? n <= last : n >= last); n += step) ArrayPrototypePush(parts, `${n}`);
  return parts;
}

/** `{absolute, folders: whether only folders fit, segments}`; a segment is '**', '..', text, or `{test(name)}`. */
export function parsed(pattern) {
  const parts = StringPrototypeSplit(pattern, '/');
  const segments = [];
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i];
    if (part === '' || part === '.') continue;
    if (part === '**' && segments[segments.length - 1] === '**') continue;
    ArrayPrototypePush(segments, part === '**' || part === '..' || RegExpPrototypeExec(MAGIC, part) === null ? part : segmentOf(part));
  }
  return { __proto__: null, absolute: StringPrototypeStartsWith(pattern, '/'), folders: parts.length > 1 && parts[parts.length - 1] === '', segments };
}

function segmentOf(part) {
  const expression = new RegExp(`^${compile(part)}$`, 's');
  // Names with a dot are found by patterns with a dot.
  const dotted = part[0] === '.';
  return { __proto__: null, test: (name) => (dotted || name[0] !== '.') && RegExpPrototypeExec(expression, name) !== null };
}

function compile(text) {
  let source = '';
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (text[i + 1] === '(' && StringPrototypeIncludes('@?*+!', character)) {
      const end = closing(text, i + 1);
      if (end > 0) {
        source += group(character, StringPrototypeSlice(text, i + 2, end), StringPrototypeSlice(text, end + 1));
        i = end;
        continue;
      }
    }
    if (character === '*') source += '[^/]*?';
    else if (character === '?') source += '[^/]';
    else if (character === '[') {
      const found = classAt(text, i);
      source += found.source;
      i = found.end;
    } else if (character === '\\' && i + 1 < text.length) source += literal(text[++i]);
    else source += literal(character);
  }
  return source;
}

const literal = (character) => (RegExpPrototypeExec(SPECIAL, character) === null && character !== '*' && character !== '?' && character !== '[' && character !== ']' ? character : `\\${character}`);

function closing(text, open) {
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    if (text[i] === '(') depth++;
    else if (text[i] === ')' && --depth === 0) return i;
  }
  return -1;
}

function group(kind, inside, behind) {
  const parts = StringPrototypeSplit(inside, '|');
  let alternatives = '';
  for (let i = 0; i < parts.length; i++) alternatives += `${i > 0 ? '|' : ''}${compile(parts[i])}`;
  if (kind === '!') return `(?:(?!(?:${alternatives})${compile(behind)}$)[^/]*?)`;
  return `(?:${alternatives})${KINDS[kind]}`;
}

function classAt(text, at) {
  const end = StringPrototypeIndexOf(text, ']', at + (text[at + 1] === '!' || text[at + 1] === '^' ? 3 : 2));
  if (end < 0) return { __proto__: null, source: '\\[', end: at };
  let inside = '';
  let from = at + 1;
  if (text[from] === '!' || text[from] === '^') {
    inside = '^/';
    from++;
  }
  for (let i = from; i < end; i++) inside += text[i] === '\\' || text[i] === '[' || text[i] === ']' || text[i] === '^' ? `\\${text[i]}` : text[i];
  return { __proto__: null, source: `[${inside}]`, end };
}

/** Whether the segments of a path fit those of a pattern. */
export function fits(path, segments, at = 0, from = 0) {
  if (from === segments.length) return at === path.length;
  const segment = segments[from];
  if (segment === '**') {
    for (let i = at; i <= path.length; i++) {
      if (fits(path, segments, i, from + 1)) return true;
      if (i < path.length && path[i][0] === '.') return false;
    }
    return false;
  }
  if (at === path.length) return false;
  const name = path[at];
  return (typeof segment === 'string' ? segment === name : segment.test(name)) && fits(path, segments, at + 1, from + 1);
}
