// The text of a route's pattern as tokens: `{text}`, `{name}` with kind "param", "wildcard" or "star", and groups, which may be left out.

import { ArrayPrototypePush, RegExpPrototypeExec, StringPrototypeEndsWith, StringPrototypeSlice, TypeError } from '../../bootstrap/primordials.js';

const NAME = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/u;
const RESERVED = { __proto__: null, '(': true, ')': true, '[': true, ']': true, '?': true, '+': true, '!': true };

export const isText = (token) => token.kind === 'text';

export class Reader {
  constructor(pattern) {
    this.pattern = pattern;
    this.at = 0;
    this.stars = 0;
  }

  /** Tokens up to the end, or to the "}" of a group. */
  read(nested) {
    const tokens = [];
    while (this.at < this.pattern.length) {
      const character = this.pattern[this.at++];
      if (character === '}') {
        if (nested) return tokens;
        this.fail('a "}" without its "{"');
      }
      this.#take(character, tokens);
    }
    if (nested) this.fail('a "{" without its "}"');
    return tokens;
  }

  #take(character, tokens) {
    if (character === '\\') this.#text(tokens, this.pattern[this.at++] ?? '');
    else if (character === ':') this.#param(tokens);
    else if (character === '*') this.#wildcard(tokens);
    else if (character === '{') ArrayPrototypePush(tokens, { __proto__: null, kind: 'group', tokens: this.read(true) });
    else if (RESERVED[character]) this.fail(`"${character}" has no meaning there (use a RegExp for more than :name, *name and {optional})`);
    else this.#text(tokens, character);
  }

  #text(tokens, text) {
    const last = tokens[tokens.length - 1];
    if (last !== undefined && isText(last)) last.text += text;
    else ArrayPrototypePush(tokens, { __proto__: null, kind: 'text', text });
  }

  /** A name, also one in quotes; null when there is none. */
  #name() {
    const rest = StringPrototypeSlice(this.pattern, this.at);
    const found = RegExpPrototypeExec(NAME, rest);
    if (found !== null) {
      this.at += found[0].length;
      return found[0];
    }
    return rest[0] === '"' ? this.#quoted() : null;
  }

  #quoted() {
    let name = '';
    for (this.at++; this.pattern[this.at] !== '"'; this.at++) {
      if (this.at >= this.pattern.length) this.fail('a name without its second quote');
      if (this.pattern[this.at] === '\\') this.at++;
      name += this.pattern[this.at] ?? '';
    }
    this.at++;
    return name;
  }

  #param(tokens) {
    const name = this.#name();
    if (!name) this.fail('a ":" without a name');
    const param = { __proto__: null, kind: 'param', name };
    if (this.pattern[this.at] === '?') {
      this.at++;
      this.#optional(tokens, param);
    } else ArrayPrototypePush(tokens, param);
  }

  // Express 4: the slash before an optional parameter is optional with it.
  #optional(tokens, param) {
    const last = tokens[tokens.length - 1];
    const slash = last !== undefined && isText(last) && StringPrototypeEndsWith(last.text, '/');
    if (slash) last.text = StringPrototypeSlice(last.text, 0, -1);
    const inner = slash ? [{ __proto__: null, kind: 'text', text: '/' }, param] : [param];
    ArrayPrototypePush(tokens, { __proto__: null, kind: 'group', tokens: inner });
  }

  #wildcard(tokens) {
    const name = this.#name();
    ArrayPrototypePush(tokens, name ? { __proto__: null, kind: 'wildcard', name } : { __proto__: null, kind: 'star', name: this.stars++ });
  }

  fail(what) {
    throw new TypeError(`the route "${this.pattern}" has ${what}`);
  }
}
