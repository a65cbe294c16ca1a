// navigator: https://html.spec.whatwg.org/multipage/system-state.html#the-navigator-object

import { ObjectFreeze, TypeError } from '../bootstrap/primordials.js';
import { defineInterface, illegalConstructor, isObject } from '../webidl/index.js';

const TOKEN = { __proto__: null };
const LANGUAGE = 'en-US';

let check;

class Navigator {
  #languages = ObjectFreeze([LANGUAGE]);

  static {
    check = (value) => {
      if (!isObject(value) || !(#languages in value)) throw new TypeError('Illegal invocation: not a Navigator');
      return value;
    };
  }

  constructor(token = undefined) {
    if (token !== TOKEN) illegalConstructor();
  }

  /** A product of RFC 7231 without version, as ECMA-429 wishes. */
  get userAgent() { return check(this) && 'edge'; }

  /** A function has one thread. */
  get hardwareConcurrency() { return check(this) && 1; }

  get language() { return check(this) && LANGUAGE; }
  get languages() { return check(this).#languages; }
}
defineInterface(Navigator, 'Navigator');

export const globals = { Navigator, navigator: new Navigator(TOKEN) };
