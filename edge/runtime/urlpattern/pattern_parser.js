// Pattern strings to parts: https://urlpattern.spec.whatwg.org/#parsing
// A part is {type, value, modifier, name, prefix, suffix}; modifiers are written as in patterns: '', '?', '*', '+'.

import { ArrayPrototypePush, NumberPrototypeToString, SafeSet, StringPrototypeIncludes, TypeError } from '../bootstrap/primordials.js';
import { tokenize } from './tokenizer.js';

export const FULL_WILDCARD = '.*';

export function escapeRegexp(text) {
  return escape(text, '.+*?^${}()[]|/\\');
}

export function escapePattern(text) {
  return escape(text, '+*?:{}()\\');
}

function escape(text, special) {
  let result = '';
  for (let i = 0; i < text.length; i++) result += StringPrototypeIncludes(special, text[i]) ? `\\${text[i]}` : text[i];
  return result;
}

/** As much as there is up to the next delimiter. */
export function segmentWildcard(options) {
  return `[^${escapeRegexp(options.delimiter)}]+?`;
}

/** The parts of a pattern; fixed text is given to `encode`, which may throw a TypeError. */
export function parsePattern(input, options, encode) {
  return new PatternParser(tokenize(input), options, encode, input).parse();
}

class PatternParser {
  #tokens;
  #options;
  #encode;
  #input;
  #segment;
  #at = 0;
  #fixed = '';
  #nextNumber = 0;
  #names = new SafeSet();
  #parts = [];

  constructor(tokens, options, encode, input) {
    this.#tokens = tokens;
    this.#options = options;
    this.#encode = encode;
    this.#input = input;
    this.#segment = segmentWildcard(options);
  }

  parse() {
    while (this.#at < this.#tokens.length) {
      const char = this.#take('char');
      const name = this.#take('name');
      const group = this.#takeGroup(name);
      if (name !== null || group !== null) this.#addGroup(char, name, group);
      else if (!this.#addFixed(char ?? this.#take('escaped-char'))) this.#addBraces();
    }
    return this.#parts;
  }

  #take(type) {
    const token = this.#tokens[this.#at];
    if (token.type !== type) return null;
    this.#at += 1;
    return token;
  }

  #takeGroup(name) {
    return this.#take('regexp') ?? (name === null ? this.#take('asterisk') : null);
  }

  #takeModifier() {
    return (this.#take('other-modifier') ?? this.#take('asterisk'))?.value ?? '';
  }

  #takeText() {
    let text = '';
    for (let token = this.#takeCharacter(); token !== null; token = this.#takeCharacter()) text += token.value;
    return text;
  }

  #takeCharacter() {
    return this.#take('char') ?? this.#take('escaped-char');
  }

  #require(type) {
    if (this.#take(type) !== null) return;
    const { index, value } = this.#tokens[this.#at];
    throw new TypeError(`Invalid URL pattern ${this.#input}: ${value === '' ? 'its end' : value} at index ${index}, where ${type === 'end' ? 'text' : '}'} was expected`);
  }

  // A group, with the character before it as its prefix when it is the one that separates segments.
  #addGroup(char, name, group) {
    let prefix = char === null ? '' : char.value;
    if (prefix !== '' && prefix !== this.#options.prefix) {
      this.#fixed += prefix;
      prefix = '';
    }
    this.#flushFixed();
    this.#addPart(prefix, name, group, '', this.#takeModifier());
  }

  #addFixed(token) {
    if (token === null) return false;
    this.#fixed += token.value;
    return true;
  }

  #addBraces() {
    if (this.#take('open') === null) {
      this.#flushFixed();
      this.#require('end');
      return;
    }
    const prefix = this.#takeText();
    const name = this.#take('name');
    const group = this.#takeGroup(name);
    const suffix = this.#takeText();
    this.#require('close');
    this.#addPart(prefix, name, group, suffix, this.#takeModifier());
  }

  #flushFixed() {
    if (this.#fixed === '') return;
    const value = this.#encode(this.#fixed);
    this.#fixed = '';
    this.#push('fixed-text', value, '', '', '', '');
  }

  #push(type, value, modifier, name, prefix, suffix) {
    ArrayPrototypePush(this.#parts, { __proto__: null, type, value, modifier, name, prefix, suffix });
  }

  #addPart(prefix, name, group, suffix, modifier) {
    if (name === null && group === null && modifier === '') {
      this.#fixed += prefix;
      return;
    }
    this.#flushFixed();
    if (name === null && group === null) {
      if (prefix !== '') this.#push('fixed-text', this.#encode(prefix), modifier, '', '', '');
      return;
    }
    const { type, value } = this.#groupOf(group);
    this.#push(type, value, modifier, this.#nameOf(name), this.#encode(prefix), this.#encode(suffix));
  }

  // A group written as the expression that a wildcard stands for is that wildcard.
  #groupOf(group) {
    const value = group === null ? this.#segment : group.type === 'asterisk' ? FULL_WILDCARD : group.value;
    if (value === this.#segment) return { __proto__: null, type: 'segment-wildcard', value: '' };
    if (value === FULL_WILDCARD) return { __proto__: null, type: 'full-wildcard', value: '' };
    return { __proto__: null, type: 'regexp', value };
  }

  #nameOf(token) {
    const name = token === null ? NumberPrototypeToString(this.#nextNumber++) : token.value;
    if (this.#names.has(name)) throw new TypeError(`Invalid URL pattern ${this.#input}: two groups have the name ${name}`);
    this.#names.add(name);
    return name;
  }
}
