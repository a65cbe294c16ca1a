// Entity tags and freshness: https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3 and section 13.1

import {
  DateParse,
  MathImul,
  NumberIsNaN,
  NumberPrototypeToString,
  RegExpPrototypeExec,
  StringPrototypeCharCodeAt,
  StringPrototypePadStart,
  StringPrototypeSlice,
  StringPrototypeSplit,
  StringPrototypeStartsWith,
  StringPrototypeTrim,
  TypedArrayPrototypeGetLength,
} from '../../bootstrap/primordials.js';

const NO_CACHE = /(?:^|,)\s*no-cache\s*(?:,|$)/i;
const hex = (number) => StringPrototypePadStart(NumberPrototypeToString(number >>> 0, 16), 8, '0');

/** The tag of an empty body, Express's. */
export const EMPTY_TAG = 'W/"0-2jmj7l5rSw0yVb/vlWAYkK/YBwk"';

/**
 * A weak tag of a body.  The hash is quick and 64 bits wide, not cryptographic: a tag has to tell versions of one
 * resource apart, and nothing is trusted because of it.
 */
export function weakTag(body) {
  const text = typeof body === 'string';
  const length = text ? body.length : TypedArrayPrototypeGetLength(body);
  let a = 0xdeadbeef ^ length;
  let b = 0x41c6ce57 ^ length;
  for (let i = 0; i < length; i++) {
    const unit = text ? StringPrototypeCharCodeAt(body, i) : body[i];
    a = MathImul(a ^ unit, 2654435761);
    b = MathImul(b ^ unit, 1597334677);
  }
  a = MathImul(a ^ (a >>> 16), 2246822507) ^ MathImul(b ^ (b >>> 13), 3266489909);
  b = MathImul(b ^ (b >>> 16), 2246822507) ^ MathImul(a ^ (a >>> 13), 3266489909);
  return `W/"${NumberPrototypeToString(length, 16)}-${hex(a)}${hex(b)}"`;
}

const opaque = (tag) => (StringPrototypeStartsWith(tag, 'W/') ? StringPrototypeSlice(tag, 2) : tag);

function anyMatches(list, tag) {
  const tags = StringPrototypeSplit(list, ',');
  for (let i = 0; i < tags.length; i++) if (opaque(StringPrototypeTrim(tags[i])) === opaque(tag)) return true;
  return false;
}

/** Does the client already hold this response?  Headers in lower case; `etag` and `modified` are the response's. */
export function isFresh(headers, etag, modified) {
  const since = headers['if-modified-since'];
  const none = headers['if-none-match'];
  if (!since && !none) return false;
  const cache = headers['cache-control'];
  if (cache && RegExpPrototypeExec(NO_CACHE, cache) !== null) return false;
  if (none) return none === '*' || (etag !== undefined && anyMatches(none, etag));
  const newest = DateParse(modified);
  const known = DateParse(since);
  return !NumberIsNaN(newest) && !NumberIsNaN(known) && newest <= known;
}
