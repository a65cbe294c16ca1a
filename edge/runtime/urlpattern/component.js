// One component of a pattern, ready to match: https://urlpattern.spec.whatwg.org/#component

import {
  ArrayPrototypePush, ObjectDefineProperty, RegExp, RegExpPrototypeExec, StringPrototypeToLowerCase, TypeError,
} from '../bootstrap/primordials.js';
import { isBuilding } from '../bootstrap/host.js';
import { patternString, regexpSource } from './generate.js';
import { parsePattern } from './pattern_parser.js';

export const DEFAULT_OPTIONS = { __proto__: null, delimiter: '', prefix: '', ignoreCase: false };
export const HOSTNAME_OPTIONS = { __proto__: null, delimiter: '.', prefix: '', ignoreCase: false };

export class Component {
  #parts;
  #options;
  #regexp = null;

  /** Throws a TypeError for a pattern that is malformed. */
  constructor(pattern, options, encode) {
    this.#parts = parsePattern(pattern, options, encode);
    this.#options = options;
    if (this.hasRegexpGroups()) this.#compiled();
  }

  get pattern() { return patternString(this.#parts, this.#options); }

  hasRegexpGroups() {
    for (let i = 0; i < this.#parts.length; i++) if (this.#parts[i].type === 'regexp') return true;
    return false;
  }

  /** The values of the groups in their order, or null when `text` does not match. */
  match(text) {
    const parts = this.#parts;
    // Most components are one of these three, which need no regular expression.
    if (parts.length === 0) return text === '' ? [] : null;
    if (parts.length === 1 && parts[0].modifier === '') {
      if (parts[0].type === 'fixed-text') return this.#isFixed(text, parts[0].value) ? [] : null;
      if (parts[0].type === 'full-wildcard' && parts[0].prefix === '' && parts[0].suffix === '') return [text];
    }
    const found = RegExpPrototypeExec(this.#compiled(), text);
    if (found === null) return null;
    const values = [];
    for (let i = 1; i < found.length; i++) ArrayPrototypePush(values, found[i]);
    return values;
  }

  /** What exec() says about this component: the text, and the groups by name. */
  result(input, values) {
    const groups = {};
    for (let i = 0, group = 0; i < this.#parts.length; i++) {
      if (this.#parts[i].type === 'fixed-text') continue;
      ObjectDefineProperty(groups, this.#parts[i].name, { __proto__: null, value: values[group], writable: true, enumerable: true, configurable: true });
      group += 1;
    }
    return { input, groups };
  }

  // All that can be matched is ASCII.
  #isFixed(text, value) {
    return this.#options.ignoreCase ? StringPrototypeToLowerCase(text) === StringPrototypeToLowerCase(value) : text === value;
  }

  #compiled() {
    if (this.#regexp !== null) return this.#regexp;
    const regexp = compile(regexpSource(this.#parts, this.#options), this.#options.ignoreCase ? 'vi' : 'v');
    // V8 cannot always write a snapshot with two regular expressions of the same source, and patterns are often alike.
    if (!isBuilding()) this.#regexp = regexp;
    return regexp;
  }
}

function compile(source, flags) {
  try {
    return new RegExp(source, flags);
  } catch (error) {
    throw new TypeError(`Invalid regular expression in a URL pattern: ${error.message}`);
  }
}

const SCHEMES = ['http', 'https', 'ws', 'wss', 'ftp', 'file'];

/** Whether a protocol component matches one of the special schemes. */
export function matchesSpecialScheme(component) {
  for (let i = 0; i < SCHEMES.length; i++) if (component.match(SCHEMES[i]) !== null) return true;
  return false;
}
