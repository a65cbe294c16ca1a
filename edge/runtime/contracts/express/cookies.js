// Cookies: https://www.rfc-editor.org/rfc/rfc6265#section-4

import {
  ArrayPrototypePush,
  Date,
  DatePrototypeGetTime,
  DatePrototypeToUTCString,
  JSONParse,
  JSONStringify,
  MathFloor,
  NumberIsFinite,
  NumberIsNaN,
  RegExpPrototypeExec,
  String,
  StringPrototypeCharCodeAt,
  StringPrototypeIndexOf,
  StringPrototypeSlice,
  StringPrototypeSplit,
  StringPrototypeStartsWith,
  StringPrototypeToLowerCase,
  StringPrototypeTrim,
  TypeError,
  decodeURIComponent,
  encodeURIComponent,
} from '../../bootstrap/primordials.js';
import { now } from '../../bootstrap/host.js';
import { isToken } from '../../http/syntax.js';
import { isDate } from '../../node/internal/types.js';

const VALUE = /^("?)[\u0021\u0023-\u002b\u002d-\u003a\u003c-\u005b\u005d-\u007e]*\1$/;
const DOMAIN = /^\.?[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i;
const PATH = /^[\u0020-\u003a\u003c-\u007e]*$/;
const QUOTE = 34;
const SAME_SITE = { __proto__: null, strict: 'Strict', lax: 'Lax', none: 'None' };
const PRIORITY = { __proto__: null, low: 'Low', medium: 'Medium', high: 'High' };

function decode(text) {
  if (StringPrototypeIndexOf(text, '%') < 0) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** `j:` values are JSON, as res.cookie writes objects. */
function revive(text) {
  if (!StringPrototypeStartsWith(text, 'j:')) return text;
  try {
    return JSONParse(StringPrototypeSlice(text, 2));
  } catch {
    return text;
  }
}

/** The cookies of a Cookie header, in an object without prototype; the first of a name wins. */
export function parseCookies(header) {
  const cookies = { __proto__: null };
  if (header === undefined) return cookies;
  const pairs = StringPrototypeSplit(header, ';');
  for (let i = 0; i < pairs.length; i++) {
    const at = StringPrototypeIndexOf(pairs[i], '=');
    if (at < 0) continue;
    const name = StringPrototypeTrim(StringPrototypeSlice(pairs[i], 0, at));
    if (name in cookies) continue;
    let value = StringPrototypeTrim(StringPrototypeSlice(pairs[i], at + 1));
    if (value.length > 1 && StringPrototypeCharCodeAt(value, 0) === QUOTE && StringPrototypeCharCodeAt(value, value.length - 1) === QUOTE) {
      value = StringPrototypeSlice(value, 1, -1);
    }
    cookies[name] = revive(decode(value));
  }
  return cookies;
}

function chosen(table, option, value) {
  const found = typeof value === 'string' ? table[StringPrototypeToLowerCase(value)] : undefined;
  if (found === undefined) throw new TypeError(`option ${option} is invalid: ${String(value)}`);
  return found;
}

function matching(pattern, option, value) {
  if (typeof value !== 'string' || RegExpPrototypeExec(pattern, value) === null) throw new TypeError(`option ${option} is invalid: ${String(value)}`);
  return value;
}

function expiry(options) {
  const parts = [];
  let { expires } = options;
  if (options.maxAge !== undefined && options.maxAge !== null) {
    const age = +options.maxAge;
    if (!NumberIsFinite(age)) throw new TypeError(`option maxAge is invalid: ${String(options.maxAge)}`);
    ArrayPrototypePush(parts, `Max-Age=${MathFloor(age / 1000)}`);
    expires = new Date(now() + age);
  }
  if (expires !== undefined && expires !== null && expires !== 0) {
    if (!isDate(expires) || NumberIsNaN(DatePrototypeGetTime(expires))) throw new TypeError(`option expires is invalid: it is to be a valid Date`);
    ArrayPrototypePush(parts, `Expires=${DatePrototypeToUTCString(expires)}`);
  }
  return parts;
}

/**
 * A Set-Cookie value.  Options are Express's: maxAge (ms), expires, path ("/"), domain, httpOnly, secure, sameSite,
 * priority, partitioned, encode.  Objects become `j:` and their JSON.  Throws TypeError on what is not allowed.
 */
export function serializeCookie(name, value, options, secret) {
  const plain = typeof value === 'object' ? `j:${JSONStringify(value)}` : String(value);
  const text = options.signed ? `s:${import('./sign.js').sign(plain, secret)}` : plain;
  const encoded = (options.encode ?? encodeURIComponent)(text);
  if (!isToken(`${name}`)) throw new TypeError(`argument name is invalid: ${String(name)}`);
  if (RegExpPrototypeExec(VALUE, encoded) === null) throw new TypeError(`argument val is invalid: ${encoded}`);
  let cookie = `${name}=${encoded}`;
  if (options.domain) cookie += `; Domain=${matching(DOMAIN, 'domain', options.domain)}`;
  if (options.path !== '') cookie += `; Path=${matching(PATH, 'path', options.path ?? '/')}`;
  const age = expiry(options);
  for (let i = 0; i < age.length; i++) cookie += `; ${age[i]}`;
  if (options.httpOnly) cookie += '; HttpOnly';
  if (options.secure) cookie += '; Secure';
  if (options.partitioned) cookie += '; Partitioned';
  if (options.priority) cookie += `; Priority=${chosen(PRIORITY, 'priority', options.priority)}`;
  if (options.sameSite) cookie += `; SameSite=${options.sameSite === true ? 'Strict' : chosen(SAME_SITE, 'sameSite', options.sameSite)}`;
  return cookie;
}
