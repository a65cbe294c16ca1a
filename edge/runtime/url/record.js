// Serialising URL records and setting their parts: https://url.spec.whatwg.org/#url-serializing, #api

import {
  NumberPrototypeToString, RegExpPrototypeExec, StringPrototypeIndexOf, StringPrototypeSlice, StringPrototypeToLowerCase,
} from '../bootstrap/primordials.js';
import { parseHost } from './host.js';
import {
  defaultPort, encodeFragment, encodeQuery, hasOpaquePath, isSpecial, parsePath, parsePort, parseURL, portColon, withoutTabs,
} from './parser.js';
import { USERINFO, percentEncode } from './percent.js';

const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*(?=:)/;
const END_OF_HOST = /[/?#]/;
const END_OF_SPECIAL_HOST = /[/\\?#]/;

export function serializePath(url) {
  if (hasOpaquePath(url)) return url.path;
  let text = '';
  for (let i = 0; i < url.path.length; i++) text += `/${url.path[i]}`;
  return text;
}

export function serializeHost(url) {
  if (url.host === null) return '';
  return url.port === null ? url.host : `${url.host}:${NumberPrototypeToString(url.port)}`;
}

export function serializeURL(url, withoutFragment = false) {
  let text = `${url.scheme}:`;
  if (url.host !== null) {
    text += '//';
    if (url.username !== '' || url.password !== '') {
      text += url.username + (url.password === '' ? '' : `:${url.password}`);
      text += '@';
    }
    text += serializeHost(url);
  } else if (!hasOpaquePath(url) && url.path.length > 1 && url.path[0] === '') text += '/.';
  text += serializePath(url);
  if (url.query !== null) text += `?${url.query}`;
  return withoutFragment || url.fragment === null ? text : `${text}#${url.fragment}`;
}

/** https://url.spec.whatwg.org/#concept-url-origin, serialised. */
export function originOf(url) {
  if (url.scheme === 'blob') {
    const inner = hasOpaquePath(url) ? parseURL(url.path) : null;
    return inner !== null && (inner.scheme === 'http' || inner.scheme === 'https') ? originOf(inner) : 'null';
  }
  return isSpecial(url.scheme) && url.scheme !== 'file' ? `${url.scheme}://${serializeHost(url)}` : 'null';
}

function cannotHaveCredentials(url) {
  return url.host === null || url.host === '' || url.scheme === 'file';
}

export function setProtocol(url, value) {
  const match = RegExpPrototypeExec(SCHEME, `${withoutTabs(value)}:`);
  if (match === null) return;
  const scheme = StringPrototypeToLowerCase(match[0]);
  if (isSpecial(scheme) !== isSpecial(url.scheme)) return;
  if (scheme === 'file' && (url.username !== '' || url.password !== '' || url.port !== null)) return;
  if (url.scheme === 'file' && url.host === '') return;
  url.scheme = scheme;
  if (url.port === defaultPort(scheme)) url.port = null;
}

export function setUsername(url, value) {
  if (!cannotHaveCredentials(url)) url.username = percentEncode(value, USERINFO);
}

export function setPassword(url, value) {
  if (!cannotHaveCredentials(url)) url.password = percentEncode(value, USERINFO);
}

/** The setter of `host`, and of `hostname` when there may be no port. */
export function setHost(url, value, withPort) {
  if (hasOpaquePath(url)) return;
  const special = isSpecial(url.scheme);
  let text = withoutTabs(value);
  const end = RegExpPrototypeExec(special ? END_OF_SPECIAL_HOST : END_OF_HOST, text);
  if (end !== null) text = StringPrototypeSlice(text, 0, end.index);
  if (url.scheme === 'file') {
    setFileHost(url, text);
    return;
  }
  const colon = portColon(text);
  if (colon === 0 || (colon > 0 && !withPort)) return;
  const name = colon < 0 ? text : StringPrototypeSlice(text, 0, colon);
  if (name === '' && (special || url.username !== '' || url.password !== '' || url.port !== null)) return;
  const host = name === '' ? '' : parseHost(name, special);
  if (host === null) return;
  url.host = host;
  if (colon > 0 && colon + 1 < text.length) parsePort(url, StringPrototypeSlice(text, colon + 1));
}

function setFileHost(url, name) {
  const host = name === '' ? '' : parseHost(name, true);
  if (host !== null) url.host = host === 'localhost' ? '' : host;
}

export function setPort(url, value) {
  if (cannotHaveCredentials(url)) return;
  if (value === '') url.port = null;
  else {
    const text = withoutTabs(value);
    if (text !== '') parsePort(url, text);
  }
}

export function setPathname(url, value) {
  if (hasOpaquePath(url)) return;
  const text = withoutTabs(value);
  const special = isSpecial(url.scheme);
  url.path = [];
  if (text === '' && !special) {
    if (url.host === null) url.path = [''];
    return;
  }
  const slash = text[0] === '/' || (special && text[0] === '\\');
  parsePath(url, slash ? StringPrototypeSlice(text, 1) : text);
}

export function setSearch(url, value) {
  url.query = value === '' ? null : encodeQuery(url, withoutTabs(afterSign(value, '?')));
}

export function setHash(url, value) {
  url.fragment = value === '' ? null : encodeFragment(withoutTabs(afterSign(value, '#')));
}

function afterSign(value, sign) {
  return StringPrototypeIndexOf(value, sign) === 0 ? StringPrototypeSlice(value, 1) : value;
}
