// Route patterns: https://expressjs.com/en/guide/routing.html#path-parameters
//
//   /users/:id      one segment            /files/*rest    the rest, an array of segments (Express 5)
//   /users/:id?     perhaps one segment    /files/*        the rest, as params[0] (Express 4)
//   /a{/b}          perhaps /b             a RegExp        its groups, by name or number

import {
  ArrayPrototypeMap,
  ArrayPrototypePush,
  Error,
  ObjectKeys,
  RegExp,
  RegExpPrototypeExec,
  RegExpPrototypeSymbolReplace,
  StringPrototypeEndsWith,
  StringPrototypeIndexOf,
  StringPrototypeSlice,
  StringPrototypeSplit,
  TypeError,
  decodeURIComponent,
} from '../../bootstrap/primordials.js';
import { isRegExp } from '../../node/internal/types.js';
import { httpError } from './errors.js';

const NAME = /^[A-Za-z_$][\w$]*/;
const SPECIAL = /[.+^$|()[\]\\/-]/g;
const MAX_PATTERN = 1000;

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

// Reads a pattern into a regular expression's source; every group that captures has an entry in `keys`.
class Reader {
  constructor(pattern) {
    this.pattern = pattern;
    this.at = 0;
    this.keys = [];
    this.wildcards = 0;
  }

  source(nested) {
    let out = '';
    while (this.at < this.pattern.length) {
      const character = this.pattern[this.at];
      if (character === '}') {
        if (!nested) this.fail('a "}" without its "{"');
        return out;
      }
      out += this.#piece(character, out);
      if (this.trimmed !== undefined) {
        out = this.trimmed;
        this.trimmed = undefined;
      }
    }
    if (nested) this.fail('a "{" without its "}"');
    return out;
  }

  #piece(character, before) {
    this.at++;
    if (character === '\\') return literal(this.pattern[this.at++] ?? '');
    if (character === ':') return this.#parameter(before);
    if (character === '*') return this.#wildcard();
    if (character === '{') {
      const inner = this.source(true);
      this.at++;
      return `(?:${inner})?`;
    }
    if (character === '(' || character === ')' || character === '[' || character === ']' || character === '?' || character === '+' || character === '!') {
      this.fail(`"${character}" has no meaning there (use a RegExp for more than :name, *name and {optional})`);
    }
    return literal(character);
  }

  #name() {
    const found = RegExpPrototypeExec(NAME, StringPrototypeSlice(this.pattern, this.at));
    if (found === null) return null;
    this.at += found[0].length;
    return found[0];
  }

  #parameter(before) {
    const name = this.#name();
    if (name === null) this.fail('a ":" without a name');
    ArrayPrototypePush(this.keys, { __proto__: null, name, read: decode });
    if (this.pattern[this.at] !== '?') return '([^\\/]+?)';
    this.at++;
    if (!StringPrototypeEndsWith(before, '\\/')) return '([^\\/]+?)?';
    // The slash before an optional segment is optional with it.
    this.trimmed = `${StringPrototypeSlice(before, 0, -2)}(?:\\/([^\\/]+?))?`;
    return '';
  }

  #wildcard() {
    const name = this.#name();
    ArrayPrototypePush(this.keys, { __proto__: null, name: name ?? this.wildcards++, read: name === null ? decode : segments });
    return name === null ? '(.*)' : '(.+)';
  }

  fail(what) {
    throw new TypeError(`the route "${this.pattern}" has ${what}`);
  }
}

function compileText(pattern, options) {
  if (pattern.length > MAX_PATTERN) throw new Error(`a route has at most ${MAX_PATTERN} characters; this one has ${pattern.length}`);
  const reader = new Reader(pattern);
  let source = reader.source(false);
  if (!options.strict && source.length > 2 && StringPrototypeEndsWith(source, '\\/')) source = StringPrototypeSlice(source, 0, -2);
  if (!options.end && StringPrototypeEndsWith(source, '\\/')) source = StringPrototypeSlice(source, 0, -2);
  const tail = options.end ? (options.strict ? '$' : '\\/?$') : '(?=\\/|$)';
  return { __proto__: null, regexp: new RegExp(`^${source}${tail}`, options.sensitive ? '' : 'i'), keys: reader.keys };
}

function params(found, keys) {
  const values = { __proto__: null };
  for (let i = 0; i < keys.length; i++) if (found[i + 1] !== undefined) values[keys[i].name] = keys[i].read(found[i + 1]);
  return values;
}

function regexpParams(found) {
  const values = { __proto__: null };
  for (let i = 1; i < found.length; i++) if (found[i] !== undefined) values[i - 1] = decode(found[i]);
  const names = found.groups === undefined ? [] : ObjectKeys(found.groups);
  for (let i = 0; i < names.length; i++) if (found.groups[names[i]] !== undefined) values[names[i]] = decode(found.groups[names[i]]);
  return values;
}

/**
 * `match(path) -> {path, params} | null` for one pattern: a text, a RegExp.  `options`: end, strict, sensitive.
 *
 * `path` is the part that matched.  Throws an error with status 400 for a malformed percent escape.
 */
export function compilePattern(pattern, options) {
  if (isRegExp(pattern)) {
    return (path) => {
      pattern.lastIndex = 0;
      const found = RegExpPrototypeExec(pattern, path);
      return found === null ? null : { __proto__: null, path: found[0], params: regexpParams(found) };
    };
  }
  if (typeof pattern !== 'string') throw new TypeError(`a route's path is a string, a RegExp or an array of them; this one is ${typeof pattern}`);
  if (!options.end && (pattern === '/' || pattern === '')) return () => ({ __proto__: null, path: '', params: { __proto__: null } });
  const { regexp, keys } = compileText(pattern, options);
  return (path) => {
    const found = RegExpPrototypeExec(regexp, path);
    return found === null ? null : { __proto__: null, path: found[0], params: params(found, keys) };
  };
}
