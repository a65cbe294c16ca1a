// URLPattern: https://urlpattern.spec.whatwg.org/#urlpattern-class

import { NumberPrototypeToString, RegExpPrototypeExec, TypeError } from '../bootstrap/primordials.js';
import { defaultPort, isSpecial, parseURL } from '../url/parser.js';
import { defineInterface, isObject, toDictionary, toUSVString } from '../webidl/index.js';
import {
  canonicalizeHash, canonicalizeHostname, canonicalizeIPv6, canonicalizeOpaquePathname, canonicalizePathname, canonicalizePort, canonicalizeProtocol,
  canonicalizeSearch, canonicalizeUserinfo,
} from './canonicalize.js';
import { Component, DEFAULT_OPTIONS, HOSTNAME_OPTIONS, matchesSpecialScheme } from './component.js';
import { parseConstructorString } from './constructor_string.js';
import { COMPONENTS, componentsOf, patternsOf, readInit, valuesOf, visibleInit } from './init.js';

const STARTS_LIKE_IPV6 = /^(?:\[|\{\[|\\\[)/;

/** URLPatternInput: text, or a dictionary. */
function readInput(input) {
  return input === undefined || input === null || isObject(input) ? readInit(input) : toUSVString(input);
}

function readIgnoreCase(options) {
  return !!toDictionary(options, 'The options of a URLPattern').ignoreCase;
}

function initOf(input, baseURL) {
  if (typeof input !== 'string') {
    if (baseURL !== undefined) throw new TypeError('URLPattern: a base URL cannot be given besides a dictionary, which has a member for it');
    return input;
  }
  const init = parseConstructorString(input);
  if (baseURL !== undefined) init.baseURL = baseURL;
  else if (init.protocol === undefined) throw new TypeError(`URLPattern: the pattern ${input} is relative, and there is no base URL`);
  return init;
}

function componentsFor(init, ignoreCase) {
  const patterns = patternsOf(init);
  for (let i = 0; i < COMPONENTS.length; i++) patterns[COMPONENTS[i]] ??= '*';
  const { protocol, hostname } = patterns;
  if (isSpecial(protocol) && patterns.port === NumberPrototypeToString(defaultPort(protocol) ?? -1)) patterns.port = '';
  const encodeHost = RegExpPrototypeExec(STARTS_LIKE_IPV6, hostname) === null ? canonicalizeHostname : canonicalizeIPv6;
  const options = { __proto__: null, delimiter: '', prefix: '', ignoreCase };
  const components = { __proto__: null, protocol: new Component(protocol, DEFAULT_OPTIONS, canonicalizeProtocol) };
  const special = matchesSpecialScheme(components.protocol);
  components.username = new Component(patterns.username, DEFAULT_OPTIONS, canonicalizeUserinfo);
  components.password = new Component(patterns.password, DEFAULT_OPTIONS, canonicalizeUserinfo);
  components.hostname = new Component(hostname, HOSTNAME_OPTIONS, encodeHost);
  components.port = new Component(patterns.port, DEFAULT_OPTIONS, canonicalizePort);
  components.pathname = special
    ? new Component(patterns.pathname, { __proto__: null, delimiter: '/', prefix: '/', ignoreCase }, canonicalizePathname)
    : new Component(patterns.pathname, options, canonicalizeOpaquePathname);
  components.search = new Component(patterns.search, options, canonicalizeSearch);
  components.hash = new Component(patterns.hash, options, canonicalizeHash);
  return components;
}

/** The components of what is to be matched, or null when it is no URL. */
function valuesToMatch(input, baseURL) {
  if (typeof input === 'string') {
    const base = baseURL === undefined ? null : parseURL(baseURL);
    if (base === null && baseURL !== undefined) return null;
    const url = parseURL(input, base);
    return url === null ? null : componentsOf(url);
  }
  if (baseURL !== undefined) throw new TypeError('URLPattern: a base URL cannot be given besides a dictionary, which has a member for it');
  try {
    return valuesOf(input);
  } catch {
    return null;
  }
}

export class URLPattern {
  #components;

  constructor(input = undefined, baseURL = undefined, options = undefined) {
    // Two overloads: what is second is a base URL, unless it is nothing or an object and nothing comes after it.
    const hasBase = arguments.length > 2 || !(baseURL === undefined || baseURL === null || isObject(baseURL));
    const given = readInput(input);
    const base = hasBase ? toUSVString(baseURL) : undefined;
    const ignoreCase = readIgnoreCase(hasBase ? options : baseURL);
    this.#components = componentsFor(initOf(given, base), ignoreCase);
  }

  get protocol() { return this.#components.protocol.pattern; }
  get username() { return this.#components.username.pattern; }
  get password() { return this.#components.password.pattern; }
  get hostname() { return this.#components.hostname.pattern; }
  get port() { return this.#components.port.pattern; }
  get pathname() { return this.#components.pathname.pattern; }
  get search() { return this.#components.search.pattern; }
  get hash() { return this.#components.hash.pattern; }

  get hasRegExpGroups() {
    const components = this.#components;
    for (let i = 0; i < COMPONENTS.length; i++) if (components[COMPONENTS[i]].hasRegexpGroups()) return true;
    return false;
  }

  test(input = undefined, baseURL = undefined) {
    const components = this.#components;
    const values = valuesToMatch(readInput(input), baseURL === undefined ? undefined : toUSVString(baseURL));
    return values !== null && match(components, values) !== null;
  }

  exec(input = undefined, baseURL = undefined) {
    const components = this.#components;
    const given = readInput(input);
    const base = baseURL === undefined ? undefined : toUSVString(baseURL);
    const values = valuesToMatch(given, base);
    const found = values === null ? null : match(components, values);
    if (found === null) return null;
    const first = typeof given === 'string' ? given : visibleInit(given);
    const result = (name) => components[name].result(values[name], found[name]);
    return {
      inputs: base === undefined ? [first] : [first, base],
      protocol: result('protocol'),
      username: result('username'),
      password: result('password'),
      hostname: result('hostname'),
      port: result('port'),
      pathname: result('pathname'),
      search: result('search'),
      hash: result('hash'),
    };
  }
}
defineInterface(URLPattern, 'URLPattern');

function match(components, values) {
  const found = { __proto__: null };
  for (let i = 0; i < COMPONENTS.length; i++) {
    const name = COMPONENTS[i];
    found[name] = components[name].match(values[name]);
    if (found[name] === null) return null;
  }
  return found;
}
