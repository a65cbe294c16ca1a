// Pattern strings for whole URLs: https://urlpattern.spec.whatwg.org/#constructor-string-parsing

import { StringPrototypeSlice } from '../bootstrap/primordials.js';
import { canonicalizeProtocol } from './canonicalize.js';
import { Component, DEFAULT_OPTIONS, matchesSpecialScheme } from './component.js';
import { tokenize } from './tokenizer.js';

// What each state that follows may mean; the order of the URL's components.
const ORDER = { __proto__: null, init: 0, protocol: 1, authority: 2, username: 3, password: 4, hostname: 5, port: 6, pathname: 7, search: 8, hash: 9, done: 10 };

/** The dictionary that a constructor string stands for. */
export function parseConstructorString(input) {
  return new ConstructorStringParser(input).parse();
}

class ConstructorStringParser {
  #input;
  #tokens;
  #result = { __proto__: null };
  #state = 'init';
  #at = 0;
  #start = 0;
  // How far one round of the loop goes: not at all when it has changed the state.
  #step = 1;
  #braces = 0;
  #brackets = 0;
  #special = false;

  constructor(input) {
    this.#input = input;
    this.#tokens = tokenize(input, true);
  }

  parse() {
    for (; this.#at < this.#tokens.length; this.#at += this.#step) {
      this.#step = 1;
      const { type } = this.#tokens[this.#at];
      if (type === 'end') {
        if (!this.#atEnd()) break;
      } else if (type === 'open') this.#braces += 1;
      else if (this.#braces > 0 && type !== 'close') continue;
      else {
        if (this.#braces > 0) this.#braces -= 1;
        this.#inState();
      }
    }
    // Who names no port means the usual one.
    if (this.#result.hostname !== undefined) this.#result.port ??= '';
    return this.#result;
  }

  // False when all has been said.
  #atEnd() {
    if (this.#state === 'init') {
      this.#rewind('init');
      if (this.#isHash()) this.#change('hash', 1);
      else if (this.#isSearch()) this.#change('search', 1);
      else this.#change('pathname', 0);
      return true;
    }
    if (this.#state === 'authority') {
      this.#rewind('hostname');
      return true;
    }
    this.#change('done', 0);
    return false;
  }

  #inState() {
    switch (this.#state) {
      case 'init': if (this.#is(':')) this.#rewind('protocol'); return;
      case 'protocol': if (this.#is(':')) this.#afterProtocol(); return;
      case 'authority': this.#inAuthority(); return;
      case 'username':
        if (this.#is(':')) this.#change('password', 1);
        else if (this.#is('@')) this.#change('hostname', 1);
        return;
      case 'password': if (this.#is('@')) this.#change('hostname', 1); return;
      case 'hostname': this.#inHostname(); return;
      case 'port': this.#afterHost(); return;
      case 'pathname':
        if (this.#isSearch()) this.#change('search', 1);
        else if (this.#isHash()) this.#change('hash', 1);
        return;
      case 'search': if (this.#isHash()) this.#change('hash', 1); return;
      default:
    }
  }

  #afterProtocol() {
    this.#special = matchesSpecialScheme(new Component(this.#componentText(), DEFAULT_OPTIONS, canonicalizeProtocol));
    const slashes = this.#is('/', 1) && this.#is('/', 2);
    this.#change(slashes || this.#special ? 'authority' : 'pathname', slashes ? 3 : 1);
  }

  #inAuthority() {
    if (this.#is('@')) this.#rewind('username');
    else if (this.#is('/') || this.#isSearch() || this.#isHash()) this.#rewind('hostname');
  }

  #inHostname() {
    if (this.#is('[')) this.#brackets += 1;
    else if (this.#is(']')) this.#brackets -= 1;
    else if (this.#is(':') && this.#brackets === 0) this.#change('port', 1);
    else this.#afterHost();
  }

  #afterHost() {
    if (this.#is('/')) this.#change('pathname', 0);
    else if (this.#isSearch()) this.#change('search', 1);
    else if (this.#isHash()) this.#change('hash', 1);
  }

  // To `state`, whose text begins `skip` tokens from here.  Components that were passed over are empty.
  #change(state, skip) {
    const from = ORDER[this.#state];
    const to = ORDER[state];
    if (from !== ORDER.init && from !== ORDER.authority && from !== ORDER.done) this.#result[this.#state] = this.#componentText();
    if (from !== ORDER.init && to !== ORDER.done) {
      if (from < ORDER.hostname && to > ORDER.hostname) this.#result.hostname ??= '';
      if (from < ORDER.pathname && to > ORDER.pathname) this.#result.pathname ??= this.#special ? '/' : '';
      if (from < ORDER.search && to > ORDER.search) this.#result.search ??= '';
    }
    this.#state = state;
    this.#at += skip;
    this.#start = this.#at;
    this.#step = 0;
  }

  // To `state`, which begins where the one before began.
  #rewind(state) {
    this.#at = this.#start;
    this.#step = 0;
    this.#state = state;
  }

  #componentText() {
    return StringPrototypeSlice(this.#input, this.#token(this.#start).index, this.#tokens[this.#at].index);
  }

  #token(at) {
    return this.#tokens[at < this.#tokens.length ? at : this.#tokens.length - 1];
  }

  // Whether the token here, or some tokens on, is this character and means nothing else.
  #is(character, ahead = 0) {
    const { type, value } = this.#token(this.#at + ahead);
    return value === character && (type === 'char' || type === 'escaped-char' || type === 'invalid-char');
  }

  #isHash() {
    return this.#is('#');
  }

  // A question mark after a group is a modifier of it.
  #isSearch() {
    if (this.#is('?')) return true;
    if (this.#tokens[this.#at].value !== '?') return false;
    if (this.#at === 0) return true;
    const { type } = this.#tokens[this.#at - 1];
    return type !== 'name' && type !== 'regexp' && type !== 'close' && type !== 'asterisk';
  }
}
