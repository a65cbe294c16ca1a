// Route patterns: https://expressjs.com/en/guide/routing.html#path-parameters
//
//   /users/:id      one segment            /files/*rest    the rest, an array of segments (Express 5)
//   /users/:id?     perhaps one segment    /files/*        the rest, as params[0] (Express 4)
//   /a{/b}          perhaps /b             a RegExp        its groups, by name or number

import {
  ArrayPrototypeConcat,
  ArrayPrototypeMap,
  ArrayPrototypePush,
  ArrayPrototypeSlice,
  Error,
  RegExp,
  RegExpPrototypeExec,
  RegExpPrototypeSymbolReplace,
  StringPrototypeIncludes,
  StringPrototypeIndexOf,
  StringPrototypeSplit,
  TypeError,
  decodeURIComponent,
} from '../../bootstrap/primordials.js';
import { isRegExp } from '../../node/internal/types.js';
import { httpError } from './errors.js';
import { Reader, isText } from './pattern_reader.js';

const SPECIAL = /[.+*?^${}()|[\]\\/-]/g;
const TRAILING_SLASHES = /\/+$/;
const MAX_PATTERN = 1000;
const MAX_ALTERNATIVES = 256;

function decode(text) {
  if (StringPrototypeIndexOf(text, '%') < 0) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    throw httpError(400, `Failed to decode param '${text}'`);
  }
}

const segments = (text) => ArrayPrototypeMap(StringPrototypeSplit(text, '/'), decode);
const literal = (text) => RegExpPrototypeSymbolReplace(SPECIAL, text, '\\$&');

/** Each way to read the tokens, with and without its groups; the longest first. */
function alternatives(tokens, found, rest = [[]]) {
  let ways = rest;
  for (let i = 0; i < tokens.length; i++) {
    const next = [];
    const inner = tokens[i].kind === 'group' ? ArrayPrototypeConcat(alternatives(tokens[i].tokens, found), [[]]) : [[tokens[i]]];
    if (ways.length * inner.length > MAX_ALTERNATIVES) found.fail(`more than ${MAX_ALTERNATIVES} readings: too many optional groups`);
    for (let j = 0; j < ways.length; j++) for (let k = 0; k < inner.length; k++) ArrayPrototypePush(next, ArrayPrototypeConcat(ways[j], inner[k]));
    ways = next;
  }
  return ways;
}

// One character that is neither a slash nor the begin of `text`: a parameter does not run over what separates it from the next one.
function other(text) {
  if (text === '' || text === '/') return '[^\\/]';
  return text.length === 1 ? `[^\\/${literal(text)}]` : `(?:(?!\\/|${literal(text)})[^])`;
}

/** The regular expression's source of one way to read a pattern; every group that captures has an entry in `keys`. */
function sourceOf(tokens, keys, reader) {
  let source = '';
  let between = ''; // text since the last capture
  let captured = false; // in this segment
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i];
    if (isText(token)) {
      source += literal(token.text);
      between += token.text;
      if (StringPrototypeIncludes(token.text, '/')) captured = false;
      continue;
    }
    if (keys.length > 0 && i > 0 && between === '' && token.kind !== 'star') reader.fail(`no text before "${token.name}" that would separate it`);
    if (token.kind === 'param') source += captured ? `(${other(between)}+|${literal(between)})` : `(${other('')}+)`;
    else source += token.kind === 'star' ? '([^]*)' : '([^]+)';
    ArrayPrototypePush(keys, { __proto__: null, name: token.name, read: token.kind === 'wildcard' ? segments : decode });
    captured = true;
    between = '';
  }
  return source;
}

function compileText(pattern, options) {
  if (pattern.length > MAX_PATTERN) throw new Error(`a route has at most ${MAX_PATTERN} characters; this one has ${pattern.length}`);
  const loose = options.strict || pattern === '/' ? pattern : RegExpPrototypeSymbolReplace(TRAILING_SLASHES, pattern, '');
  const reader = new Reader(loose);
  const ways = alternatives(reader.read(false), reader);
  let source = '';
  let keys = [];
  for (let i = 0; i < ways.length; i++) {
    const own = [];
    source += `${i === 0 ? '' : '|'}${sourceOf(ways[i], own, reader)}`;
    keys = ArrayPrototypeConcat(keys, own);
  }
  const tail = `${options.strict ? '' : '(?:\\/$)?'}${options.end ? '$' : '(?=\\/|$)'}`;
  return { __proto__: null, regexp: new RegExp(`^(?:${source})${tail}`, options.sensitive ? '' : 'i'), keys };
}

function params(found, keys) {
  const values = { __proto__: null };
  for (let i = 0; i < keys.length; i++) if (found[i + 1] !== undefined) values[keys[i].name] = keys[i].read(found[i + 1]);
  return values;
}

const GROUP = /\\.|\[(?:\\.|[^\]])*\]|\((?:\?<(?![=!])(?<name>[^>]+)>|(?<special>\?))?/g;

/** Names of the groups of a RegExp, numbers for those without. */
function groupKeys(regexp) {
  const keys = [];
  let number = 0;
  GROUP.lastIndex = 0;
  for (let found = RegExpPrototypeExec(GROUP, regexp.source); found !== null; found = RegExpPrototypeExec(GROUP, regexp.source)) {
    if (found[0][0] !== '(' || found[2] !== undefined) continue;
    ArrayPrototypePush(keys, { __proto__: null, name: found[1] ?? number++, read: decode });
  }
  return keys;
}

function compileRegExp(regexp) {
  const keys = groupKeys(regexp);
  return (path) => {
    regexp.lastIndex = 0;
    const found = RegExpPrototypeExec(regexp, path);
    return found === null ? null : { __proto__: null, path: found[0], params: params(found, ArrayPrototypeSlice(keys, 0, found.length - 1)) };
  };
}

/**
 * `match(path) -> {path, params} | null` for one pattern: a text, a RegExp.  `options`: end, strict, sensitive.
 *
 * `path` is the part that matched.  Throws an error with status 400 for a malformed percent escape.
 */
export function compilePattern(pattern, options) {
  if (isRegExp(pattern)) return compileRegExp(pattern);
  if (typeof pattern !== 'string') throw new TypeError(`a route's path is a string, a RegExp or an array of them; this one is ${typeof pattern}`);
  if (!options.end && (pattern === '/' || pattern === '')) return () => ({ __proto__: null, path: '', params: { __proto__: null } });
  const { regexp, keys } = compileText(pattern, options);
  return (path) => {
    const found = RegExpPrototypeExec(regexp, path);
    return found === null ? null : { __proto__: null, path: found[0], params: params(found, keys) };
  };
}
