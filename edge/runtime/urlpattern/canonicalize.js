// How each component of a URL is written: https://urlpattern.spec.whatwg.org/#canon-encoding-callbacks
// All of them give the text, or throw a TypeError when the URL parser would fail.

import { NumberPrototypeToString, RegExpPrototypeExec, StringPrototypeSlice, TypeError } from '../bootstrap/primordials.js';
import { parseHost } from '../url/host.js';
import { parsePath, parsePort, parseURL, portColon, withoutTabs } from '../url/parser.js';
import { C0_CONTROL, FRAGMENT, SPECIAL_QUERY, USERINFO, percentEncode } from '../url/percent.js';
import { serializePath } from '../url/record.js';
import { asciiLowerCase } from '../webidl/index.js';

const END_OF_HOST = /[/\\?#]/;
const END_OF_OPAQUE_PATH = /[?#]/;
const IPV6 = /^[0-9A-Fa-f[\]:]*$/;

function invalid(component, value) {
  return new TypeError(`Invalid ${component} in a URL pattern: ${value}`);
}

function upTo(pattern, text) {
  const end = RegExpPrototypeExec(pattern, text);
  return end === null ? text : StringPrototypeSlice(text, 0, end.index);
}

export function canonicalizeProtocol(value) {
  if (value === '') return value;
  const record = parseURL(`${value}://dummy.invalid/`);
  if (record === null) throw invalid('protocol', value);
  return record.scheme;
}

/** User names and passwords. */
export function canonicalizeUserinfo(value) {
  return percentEncode(value, USERINFO);
}

export function canonicalizeHostname(value) {
  if (value === '') return value;
  const name = upTo(END_OF_HOST, withoutTabs(value));
  const host = name === '' || portColon(name) >= 0 ? null : parseHost(name, true);
  if (host === null) throw invalid('hostname', value);
  return host;
}

/** Pieces of an address, which need not be whole. */
export function canonicalizeIPv6(value) {
  if (RegExpPrototypeExec(IPV6, value) === null) throw invalid('hostname', value);
  return asciiLowerCase(value);
}

/** The default port of `scheme` is written as nothing. */
export function canonicalizePort(value, scheme = 'https') {
  if (value === '') return value;
  const text = withoutTabs(value);
  const record = { __proto__: null, scheme, port: null };
  if (text === '' || !parsePort(record, text)) throw invalid('port', value);
  return record.port === null ? '' : NumberPrototypeToString(record.port);
}

/** A path or a piece of one. */
export function canonicalizePathname(value) {
  if (value === '') return value;
  const record = { __proto__: null, scheme: 'https', path: [] };
  const text = withoutTabs(value);
  if (value[0] === '/') {
    parsePath(record, StringPrototypeSlice(text, 1));
    return serializePath(record);
  }
  // A slash before a piece would make dots at its beginning special.
  parsePath(record, `-${text}`);
  return StringPrototypeSlice(serializePath(record), 2);
}

export function canonicalizeOpaquePathname(value) {
  return percentEncode(upTo(END_OF_OPAQUE_PATH, withoutTabs(value)), C0_CONTROL);
}

export function canonicalizeSearch(value) {
  return percentEncode(withoutTabs(value), SPECIAL_QUERY);
}

export function canonicalizeHash(value) {
  return percentEncode(withoutTabs(value), FRAGMENT);
}
