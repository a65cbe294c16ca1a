// URLPatternInit dictionaries: https://urlpattern.spec.whatwg.org/#canon-processing-for-init
// Inside the runtime they have no prototype: what is not there is undefined.

import {
  NumberPrototypeToString, ObjectDefineProperty, StringPrototypeEndsWith, StringPrototypeLastIndexOf, StringPrototypeSlice, StringPrototypeStartsWith, TypeError,
} from '../bootstrap/primordials.js';
import { hasOpaquePath, isSpecial, parseURL } from '../url/parser.js';
import { serializePath } from '../url/record.js';
import { toUSVString } from '../webidl/index.js';
import {
  canonicalizeHash, canonicalizeHostname, canonicalizeOpaquePathname, canonicalizePathname, canonicalizePort, canonicalizeProtocol, canonicalizeSearch,
  canonicalizeUserinfo,
} from './canonicalize.js';
import { escapePattern } from './pattern_parser.js';

export const COMPONENTS = ['protocol', 'username', 'password', 'hostname', 'port', 'pathname', 'search', 'hash'];
// In the order in which Web IDL reads them.
const MEMBERS = ['baseURL', 'hash', 'hostname', 'password', 'pathname', 'port', 'protocol', 'search', 'username'];
// A component comes from the base URL unless the dictionary has one of these, which say where in the URL it begins to differ.
const SPECIFIC = {
  __proto__: null,
  protocol: ['protocol'],
  username: ['protocol', 'hostname', 'port', 'username'],
  password: ['protocol', 'hostname', 'port', 'username', 'password'],
  hostname: ['protocol', 'hostname'],
  port: ['protocol', 'hostname', 'port'],
  pathname: ['protocol', 'hostname', 'port', 'pathname'],
  search: ['protocol', 'hostname', 'port', 'pathname', 'search'],
  hash: ['protocol', 'hostname', 'port', 'pathname', 'search', 'hash'],
};

/** What `object` has of the members of the dictionary. */
export function readInit(object) {
  const init = { __proto__: null };
  if (object === undefined || object === null) return init;
  for (let i = 0; i < MEMBERS.length; i++) {
    const value = object[MEMBERS[i]];
    if (value !== undefined) init[MEMBERS[i]] = toUSVString(value);
  }
  return init;
}

/** The dictionary as an object for user code. */
export function visibleInit(init) {
  const visible = {};
  for (let i = 0; i < MEMBERS.length; i++) {
    const value = init[MEMBERS[i]];
    if (value !== undefined) ObjectDefineProperty(visible, MEMBERS[i], { __proto__: null, value, writable: true, enumerable: true, configurable: true });
  }
  return visible;
}

/** The components of a URL record as texts, without the signs around them. */
export function componentsOf(url) {
  return {
    __proto__: null,
    protocol: url.scheme,
    username: url.username,
    password: url.password,
    hostname: url.host ?? '',
    port: url.port === null ? '' : NumberPrototypeToString(url.port),
    pathname: serializePath(url),
    search: url.query ?? '',
    hash: url.fragment ?? '',
  };
}

/** The patterns of the components that a dictionary gives, those that its base URL gives among them. */
export function patternsOf(init) {
  const { result, base } = inherited(init, true);
  for (let i = 0; i < COMPONENTS.length; i++) {
    const name = COMPONENTS[i];
    if (init[name] !== undefined) result[name] = withoutSign(name, init[name]);
  }
  if (init.pathname !== undefined && !isAbsolute(init.pathname, true)) result.pathname = escapePattern(folderOf(base)) + init.pathname;
  return result;
}

/** The texts of all components that a dictionary gives; throws a TypeError for what is no component. */
export function valuesOf(init) {
  const { result, base } = inherited(init, false);
  for (let i = 0; i < COMPONENTS.length; i++) {
    const name = COMPONENTS[i];
    if (init[name] !== undefined) result[name] = canonical(name, withoutSign(name, init[name]), result, base);
    else result[name] ??= '';
  }
  return result;
}

function inherited(init, escaped) {
  const result = { __proto__: null };
  if (init.baseURL === undefined) return { __proto__: null, result, base: null };
  const base = parseURL(init.baseURL);
  if (base === null) throw new TypeError(`Invalid base URL of a URL pattern: ${init.baseURL}`);
  const values = componentsOf(base);
  for (let i = 0; i < COMPONENTS.length; i++) {
    const name = COMPONENTS[i];
    // Patterns never take a user's name or password from a base.
    if ((escaped && (name === 'username' || name === 'password')) || hasAny(init, SPECIFIC[name])) continue;
    result[name] = escaped ? escapePattern(values[name]) : values[name];
  }
  return { __proto__: null, result, base };
}

function hasAny(init, names) {
  for (let i = 0; i < names.length; i++) if (init[names[i]] !== undefined) return true;
  return false;
}

function withoutSign(name, value) {
  if (name === 'protocol' && StringPrototypeEndsWith(value, ':')) return StringPrototypeSlice(value, 0, -1);
  if ((name === 'search' && value[0] === '?') || (name === 'hash' && value[0] === '#')) return StringPrototypeSlice(value, 1);
  return value;
}

function canonical(name, value, result, base) {
  if (name === 'protocol') return canonicalizeProtocol(value);
  if (name === 'hostname') return canonicalizeHostname(value);
  if (name === 'port') return canonicalizePort(value, result.protocol);
  if (name === 'search') return canonicalizeSearch(value);
  if (name === 'hash') return canonicalizeHash(value);
  if (name !== 'pathname') return canonicalizeUserinfo(value);
  const path = isAbsolute(value, false) ? value : folderOf(base) + value;
  return result.protocol === '' || isSpecial(result.protocol) ? canonicalizePathname(path) : canonicalizeOpaquePathname(path);
}

function isAbsolute(path, pattern) {
  return path[0] === '/' || (pattern && (StringPrototypeStartsWith(path, '\\/') || StringPrototypeStartsWith(path, '{/')));
}

// The path of the base URL up to its last slash, for paths that are relative to it.
function folderOf(base) {
  if (base === null || hasOpaquePath(base)) return '';
  const path = serializePath(base);
  return StringPrototypeSlice(path, 0, StringPrototypeLastIndexOf(path, '/') + 1);
}
