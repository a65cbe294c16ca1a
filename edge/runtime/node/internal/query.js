// Query strings: https://nodejs.org/api/querystring.html

import {
  ArrayIsArray,
  ArrayPrototypeJoin,
  ArrayPrototypePush,
  BigIntPrototypeToString,
  NumberIsFinite,
  ObjectKeys,
  String,
  StringFromCodePoint,
  StringPrototypeCharCodeAt,
  StringPrototypeIndexOf,
  StringPrototypeReplaceAll,
  StringPrototypeSlice,
  URIError,
  decodeURIComponent,
  encodeURIComponent,
} from '../../bootstrap/primordials.js';
import { coded } from './errors.js';
import { decodePercent } from './percent.js';

const MAX_KEYS = 1000;

export const escape = (value) => {
  const text = typeof value === 'object' ? String(value) : `${value}`;
  try {
    return encodeURIComponent(text);
  } catch {
    return encodeURIComponent(paired(text));
  }
};

// As Node does: half of a pair of surrogates takes what comes behind it for the other half.
function paired(text) {
  let whole = '';
  for (let i = 0; i < text.length; i++) {
    const unit = StringPrototypeCharCodeAt(text, i);
    if (unit < 0xd800 || unit > 0xdfff) {
      whole += text[i];
      continue;
    }
    i += 1;
    if (i >= text.length) throw coded(URIError, 'ERR_INVALID_URI', 'URI malformed', escape);
    whole += StringFromCodePoint(0x10000 + (((unit & 0x3ff) << 10) | (StringPrototypeCharCodeAt(text, i) & 0x3ff)));
  }
  return whole;
}

/** decodeURIComponent that takes malformed escapes as they are. */
export function unescape(text) {
  if (StringPrototypeIndexOf(text, '%') < 0) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return decodePercent(text);
  }
}

function assign(result, key, value) {
  const existing = result[key];
  if (existing === undefined) result[key] = value;
  else if (ArrayIsArray(existing)) ArrayPrototypePush(existing, value);
  else result[key] = [existing, value];
}

/** An object without prototype; a name that comes again has an array of values. */
export function parse(text, separator = '&', equals = '=', options = undefined) {
  const result = { __proto__: null };
  if (typeof text !== 'string' || text.length === 0) return result;
  const sep = separator ? `${separator}` : '&';
  const eq = equals ? `${equals}` : '=';
  const wanted = typeof options?.maxKeys === 'number' ? options.maxKeys : MAX_KEYS;
  const limit = NumberIsFinite(wanted) ? wanted : 0;
  const decode = typeof options?.decodeURIComponent === 'function' ? guarded(options.decodeURIComponent) : unescape;
  let count = 0;
  for (let start = 0; start <= text.length && (limit <= 0 || count < limit); ) {
    // What has no text separates nothing.
    let end = sep === '' ? -1 : StringPrototypeIndexOf(text, sep, start);
    if (end < 0) end = text.length;
    if (end > start) addPair(result, StringPrototypeSlice(text, start, end), eq, decode);
    count++;
    start = sep === '' ? text.length + 1 : end + sep.length;
  }
  return result;
}

function guarded(decode) {
  return (text) => {
    try {
      return decode(text);
    } catch {
      return unescape(text);
    }
  };
}

function addPair(result, pair, eq, decode) {
  const source = eq === '+' ? pair : StringPrototypeReplaceAll(pair, '+', '%20');
  const at = StringPrototypeIndexOf(source, eq);
  const key = at < 0 ? source : StringPrototypeSlice(source, 0, at);
  const value = at < 0 ? '' : StringPrototypeSlice(source, at + eq.length);
  assign(result, decode(key), decode(value));
}

function primitive(value, encode) {
  switch (typeof value) {
    case 'string':
      return value === '' ? '' : encode(value);
    case 'number':
      return NumberIsFinite(value) ? encode(`${value}`) : '';
    case 'bigint':
      return encode(BigIntPrototypeToString(value));
    case 'boolean':
      return value ? 'true' : 'false';
    default:
      return '';
  }
}

export function stringify(object, separator = '&', equals = '=', options = undefined) {
  if (object === null || typeof object !== 'object') return '';
  const encode = typeof options?.encodeURIComponent === 'function' ? options.encodeURIComponent : escape;
  const keys = ObjectKeys(object);
  const pairs = [];
  for (let i = 0; i < keys.length; i++) {
    const name = `${encode(keys[i])}${equals || '='}`;
    const value = object[keys[i]];
    if (!ArrayIsArray(value)) ArrayPrototypePush(pairs, name + primitive(value, encode));
    else for (let j = 0; j < value.length; j++) ArrayPrototypePush(pairs, name + primitive(value[j], encode));
  }
  return ArrayPrototypeJoin(pairs, separator || '&');
}
