// The headers of a message that came: https://nodejs.org/api/http.html#messageheaders

import { ArrayPrototypeConcat, ArrayPrototypePush, ObjectDefineProperty, StringPrototypeToLowerCase } from '../../../bootstrap/primordials.js';

// Of these the first one counts.
const SINGLE = {
  __proto__: null, age: true, authorization: true, 'content-length': true, 'content-type': true, etag: true, expires: true, from: true, host: true,
  'if-modified-since': true, 'if-unmodified-since': true, 'last-modified': true, location: true, 'max-forwards': true, 'proxy-authorization': true,
  referer: true, 'retry-after': true, server: true, 'user-agent': true,
};

function define(object, name, value) {
  ObjectDefineProperty(object, name, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
}

/** `{name: value}` of names and values in turn: names in lower case, values of one name joined as Node joins them. */
export function joinHeaders(raw) {
  const headers = {};
  for (let i = 0; i + 1 < raw.length; i += 2) addHeader(headers, StringPrototypeToLowerCase(raw[i]), raw[i + 1]);
  return headers;
}

function addHeader(headers, name, value) {
  const existing = headers[name];
  if (name === 'set-cookie') headers[name] = existing === undefined ? [value] : ArrayPrototypeConcat(existing, value);
  else if (name === '__proto__') define(headers, name, value);
  else if (existing === undefined) headers[name] = value;
  else if (!SINGLE[name]) headers[name] = `${existing}${name === 'cookie' ? '; ' : ', '}${value}`;
}

/** The same with all values of a name in an array. */
export function distinctHeaders(raw) {
  const headers = { __proto__: null };
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = StringPrototypeToLowerCase(raw[i]);
    ArrayPrototypePush((headers[name] ??= []), raw[i + 1]);
  }
  return headers;
}

/** Names and values in turn, of pairs. */
export function flatHeaders(pairs) {
  const all = [];
  for (let i = 0; i < pairs.length; i++) ArrayPrototypePush(all, pairs[i][0], pairs[i][1]);
  return all;
}
