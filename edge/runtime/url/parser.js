// The URL parser: https://url.spec.whatwg.org/#url-parsing
// The standard's states are written as functions on slices of the input.  A record is
//   {scheme, username, password, host, port, path, query, fragment}
// with `host` serialised (null: none), `port` a number or null, `path` an array of segments or, when opaque, a string.

import {
  ArrayPrototypePush, ArrayPrototypeSlice, NumberParseInt, RegExpPrototypeExec, StringPrototypeCharCodeAt, StringPrototypeEndsWith,
  StringPrototypeIndexOf, StringPrototypeLastIndexOf, StringPrototypeSlice, StringPrototypeStartsWith, StringPrototypeToLowerCase,
} from '../bootstrap/primordials.js';
import { parseHost } from './host.js';
import { C0_CONTROL, FRAGMENT, PATH, QUERY, SPECIAL_QUERY, USERINFO, percentEncode } from './percent.js';

const SPECIAL = { __proto__: null, ftp: 21, file: null, http: 80, https: 443, ws: 80, wss: 443 };
const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*$/;
const DRIVE_LETTER = /^[A-Za-z][:|]$/;
const STARTS_WITH_DRIVE_LETTER = /^[A-Za-z][:|](?:[/\\]|$)/;
const LEADING_DIGITS = /^[0-9]*/;
const DIGITS = /^[0-9]*$/;
const SINGLE_DOT = /^(?:\.|%2e)$/i;
const DOUBLE_DOT = /^(?:\.|%2e){2}$/i;

const matches = (pattern, text) => RegExpPrototypeExec(pattern, text) !== null;

/** Whether the scheme is one that the standard treats specially. */
export function isSpecial(scheme) {
  return SPECIAL[scheme] !== undefined;
}

export function defaultPort(scheme) {
  return SPECIAL[scheme];
}

function createRecord(scheme) {
  return { __proto__: null, scheme, username: '', password: '', host: null, port: null, path: [], query: null, fragment: null };
}

export function hasOpaquePath(url) {
  return typeof url.path === 'string';
}

/** Tab and newline are ignored wherever they are. */
export function withoutTabs(input) {
  if (StringPrototypeIndexOf(input, '\t') < 0 && StringPrototypeIndexOf(input, '\n') < 0 && StringPrototypeIndexOf(input, '\r') < 0) return input;
  let text = '';
  for (let i = 0; i < input.length; i++) {
    const unit = StringPrototypeCharCodeAt(input, i);
    if (unit !== 9 && unit !== 10 && unit !== 13) text += input[i];
  }
  return text;
}

function trimmed(input) {
  let start = 0;
  let end = input.length;
  while (start < end && StringPrototypeCharCodeAt(input, start) <= 0x20) start += 1;
  while (end > start && StringPrototypeCharCodeAt(input, end - 1) <= 0x20) end -= 1;
  return start === 0 && end === input.length ? input : StringPrototypeSlice(input, start, end);
}

/** The URL record of `input`, relative to `base` when that is not null; null when it is no URL. */
export function parseURL(input, base = null) {
  let text = withoutTabs(trimmed(input));
  let fragment = null;
  let query = null;
  const hash = StringPrototypeIndexOf(text, '#');
  if (hash >= 0) {
    fragment = StringPrototypeSlice(text, hash + 1);
    text = StringPrototypeSlice(text, 0, hash);
  }
  const mark = StringPrototypeIndexOf(text, '?');
  if (mark >= 0) {
    query = StringPrototypeSlice(text, mark + 1);
    text = StringPrototypeSlice(text, 0, mark);
  }
  const url = parseHierarchy(text, base, query, fragment);
  if (url === null) return null;
  if (query !== null) url.query = encodeQuery(url, query);
  if (fragment !== null) url.fragment = percentEncode(fragment, FRAGMENT);
  return url;
}

export function encodeQuery(url, query) {
  return percentEncode(query, isSpecial(url.scheme) ? SPECIAL_QUERY : QUERY);
}

export function encodeFragment(fragment) {
  return percentEncode(fragment, FRAGMENT);
}

function parseHierarchy(text, base, query, fragment) {
  const colon = StringPrototypeIndexOf(text, ':');
  const scheme = colon > 0 ? StringPrototypeSlice(text, 0, colon) : '';
  if (scheme === 'https' || scheme === 'http' || matches(SCHEME, scheme)) {
    const rest = StringPrototypeSlice(text, colon + 1);
    return parseAfterScheme(StringPrototypeToLowerCase(scheme), rest, base, query, query !== null || fragment !== null);
  }
  if (base === null) return null;
  if (hasOpaquePath(base)) {
    if (text !== '' || query !== null || fragment === null) return null;
    return { ...base, __proto__: null, fragment: null };
  }
  return base.scheme === 'file' ? parseFile(text, base, query) : parseRelative(text, base, query);
}

function parseAfterScheme(scheme, rest, base, query, hasMore) {
  const sameBase = base !== null && base.scheme === scheme && !hasOpaquePath(base) ? base : null;
  if (scheme === 'file') return parseFile(rest, sameBase, query);
  const url = createRecord(scheme);
  if (isSpecial(scheme)) {
    if (sameBase !== null && !StringPrototypeStartsWith(rest, '//')) return parseRelative(rest, sameBase, query);
    return parseAuthority(url, afterSlashes(rest));
  }
  if (StringPrototypeStartsWith(rest, '//')) return parseAuthority(url, StringPrototypeSlice(rest, 2));
  if (rest[0] === '/') parsePath(url, StringPrototypeSlice(rest, 1));
  else url.path = encodeOpaquePath(rest, hasMore);
  return url;
}

function afterSlashes(text) {
  let start = 0;
  while (text[start] === '/' || text[start] === '\\') start += 1;
  return StringPrototypeSlice(text, start);
}

// The space before a query or fragment is encoded, so that removing those leaves the path as it is.
function encodeOpaquePath(text, hasMore) {
  const path = percentEncode(text, C0_CONTROL);
  return hasMore && StringPrototypeEndsWith(path, ' ') ? `${StringPrototypeSlice(path, 0, -1)}%20` : path;
}

function isSlash(character, special) {
  return character === '/' || (special && character === '\\');
}

function parseRelative(text, base, query) {
  const url = createRecord(base.scheme);
  const special = isSpecial(url.scheme);
  if (isSlash(text[0], special)) {
    if (isSlash(text[1], special)) return parseAuthority(url, special ? afterSlashes(text) : StringPrototypeSlice(text, 2));
    copyAuthority(url, base);
    parsePath(url, StringPrototypeSlice(text, 1));
    return url;
  }
  copyAuthority(url, base);
  url.path = ArrayPrototypeSlice(base.path);
  url.query = text === '' && query === null ? base.query : null;
  if (text === '') return url;
  shorten(url);
  parsePath(url, text);
  return url;
}

function copyAuthority(url, base) {
  url.username = base.username;
  url.password = base.password;
  url.host = base.host;
  url.port = base.port;
}

function endOfAuthority(text, special) {
  for (let i = 0; i < text.length; i++) if (isSlash(text[i], special)) return i;
  return text.length;
}

function parseAuthority(url, text) {
  const special = isSpecial(url.scheme);
  const end = endOfAuthority(text, special);
  let host = StringPrototypeSlice(text, 0, end);
  const at = StringPrototypeLastIndexOf(host, '@');
  if (at >= 0) {
    parseCredentials(url, StringPrototypeSlice(host, 0, at));
    host = StringPrototypeSlice(host, at + 1);
    if (host === '') return null;
  }
  if (!parseHostAndPort(url, host)) return null;
  return parsePathStart(url, StringPrototypeSlice(text, end));
}

function parseCredentials(url, text) {
  const colon = StringPrototypeIndexOf(text, ':');
  url.username = percentEncode(colon < 0 ? text : StringPrototypeSlice(text, 0, colon), USERINFO);
  url.password = colon < 0 ? '' : percentEncode(StringPrototypeSlice(text, colon + 1), USERINFO);
}

/** Where the port's colon is, outside brackets; -1 without one. */
export function portColon(text) {
  let inBrackets = false;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '[') inBrackets = true;
    else if (text[i] === ']') inBrackets = false;
    else if (text[i] === ':' && !inBrackets) return i;
  }
  return -1;
}

function parseHostAndPort(url, text) {
  const special = isSpecial(url.scheme);
  const colon = portColon(text);
  const name = colon < 0 ? text : StringPrototypeSlice(text, 0, colon);
  if (name === '' && (special || colon >= 0)) return false;
  const host = name === '' ? '' : parseHost(name, special);
  if (host === null) return false;
  url.host = host;
  return colon < 0 || (matches(DIGITS, StringPrototypeSlice(text, colon + 1)) && parsePort(url, StringPrototypeSlice(text, colon + 1)));
}

/** Set the port to the leading digits of `text`; false when they are no port. */
export function parsePort(url, text) {
  const digits = RegExpPrototypeExec(LEADING_DIGITS, text)[0];
  if (digits === '') {
    if (text === '') url.port = null;
    return text === '';
  }
  const port = NumberParseInt(digits, 10);
  if (port > 65535) return false;
  url.port = port === defaultPort(url.scheme) ? null : port;
  return true;
}

/** What follows the host: `text` begins with a slash or is empty. */
export function parsePathStart(url, text) {
  if (text === '' && !isSpecial(url.scheme)) return url;
  parsePath(url, isSlash(text[0], isSpecial(url.scheme)) ? StringPrototypeSlice(text, 1) : text);
  return url;
}

/** Append the segments of `text`, whose first slash is gone, to the path. */
export function parsePath(url, text) {
  const special = isSpecial(url.scheme);
  for (let start = 0; ;) {
    let end = start;
    while (end < text.length && !isSlash(text[end], special)) end += 1;
    addSegment(url, percentEncode(StringPrototypeSlice(text, start, end), PATH), end === text.length);
    if (end === text.length) return;
    start = end + 1;
  }
}

function addSegment(url, segment, last) {
  const { path } = url;
  const mayBeDots = segment[0] === '.' || segment[0] === '%';
  if (mayBeDots && matches(DOUBLE_DOT, segment)) {
    shorten(url);
    if (last) ArrayPrototypePush(path, '');
  } else if (mayBeDots && matches(SINGLE_DOT, segment)) {
    if (last) ArrayPrototypePush(path, '');
  } else if (url.scheme === 'file' && path.length === 0 && matches(DRIVE_LETTER, segment)) {
    ArrayPrototypePush(path, `${segment[0]}:`);
  } else ArrayPrototypePush(path, segment);
}

function isNormalizedDriveLetter(segment) {
  return segment !== undefined && matches(DRIVE_LETTER, segment) && segment[1] === ':';
}

function shorten(url) {
  const { path } = url;
  if (url.scheme === 'file' && path.length === 1 && isNormalizedDriveLetter(path[0])) return;
  if (path.length > 0) path.length -= 1;
}

function parseFile(text, base, query) {
  const url = createRecord('file');
  url.host = '';
  if (isSlash(text[0], true)) return parseFileSlash(url, StringPrototypeSlice(text, 1), base);
  if (base === null) {
    parsePath(url, text);
    return url;
  }
  url.host = base.host;
  url.path = ArrayPrototypeSlice(base.path);
  if (text === '') {
    if (query === null) url.query = base.query;
    return url;
  }
  if (matches(STARTS_WITH_DRIVE_LETTER, text)) url.path = [];
  else shorten(url);
  parsePath(url, text);
  return url;
}

function parseFileSlash(url, text, base) {
  if (isSlash(text[0], true)) return parseFileHost(url, StringPrototypeSlice(text, 1));
  if (base !== null) {
    url.host = base.host;
    if (!matches(STARTS_WITH_DRIVE_LETTER, text) && isNormalizedDriveLetter(base.path[0])) ArrayPrototypePush(url.path, base.path[0]);
  }
  parsePath(url, text);
  return url;
}

function parseFileHost(url, text) {
  const end = endOfAuthority(text, true);
  const name = StringPrototypeSlice(text, 0, end);
  if (matches(DRIVE_LETTER, name)) {
    parsePath(url, text);
    return url;
  }
  if (name !== '') {
    const host = parseHost(name, true);
    if (host === null) return null;
    url.host = host === 'localhost' ? '' : host;
  }
  return parsePathStart(url, StringPrototypeSlice(text, end));
}
