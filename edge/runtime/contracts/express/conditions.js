// Conditional requests for a file: https://www.rfc-editor.org/rfc/rfc9110#section-13

import { DateParse, NumberIsNaN, RegExpPrototypeExec, StringPrototypeIncludes, StringPrototypeSplit, StringPrototypeTrim } from '../../bootstrap/primordials.js';
import { isFresh } from './etag.js';
import { UNSATISFIABLE, parseRange } from './range.js';

const BYTES = /^ *bytes=/;

function matchesAny(list, tag) {
  const tags = StringPrototypeSplit(list, ',');
  for (let i = 0; i < tags.length; i++) {
    const one = StringPrototypeTrim(tags[i]);
    if (one === tag || one === `W/${tag}` || `W/${one}` === tag) return true;
  }
  return false;
}

const isKnown = (req) =>
  req.headers['if-match'] !== undefined || req.headers['if-unmodified-since'] !== undefined || req.headers['if-none-match'] !== undefined || req.headers['if-modified-since'] !== undefined;

function hasFailed(req, tag, modified) {
  const match = req.headers['if-match'];
  if (match) return !tag || (match !== '*' && !matchesAny(match, tag));
  const since = DateParse(req.headers['if-unmodified-since']);
  if (NumberIsNaN(since)) return false;
  const newest = DateParse(modified);
  return NumberIsNaN(newest) || newest > since;
}

const isCachable = (status) => (status >= 200 && status < 300) || status === 304;

/** 0 to go on, 304 when the client has the file, 412 when it wants another one. */
export function conditionOf(req, res) {
  if (!isKnown(req)) return 0;
  const tag = res.getHeader('ETag');
  const modified = res.getHeader('Last-Modified');
  if (hasFailed(req, tag, modified)) return 412;
  return isCachable(res.statusCode) && isFresh(req.headers, tag, modified) ? 304 : 0;
}

function isRangeFresh(req, res) {
  const condition = req.headers['if-range'];
  if (!condition) return true;
  if (!StringPrototypeIncludes(condition, '"')) return DateParse(res.getHeader('Last-Modified')) <= DateParse(condition);
  const tag = res.getHeader('ETag');
  return Boolean(tag && StringPrototypeIncludes(condition, tag));
}

/** The one range that is to be sent, null for all of it, -1 when there is nothing in it.  Several ranges are answered with all of it. */
export function rangeOf(req, res, size) {
  const { range } = req.headers;
  if (range === undefined || RegExpPrototypeExec(BYTES, range) === null) return null;
  const wanted = isRangeFresh(req, res) ? parseRange(size, range, { combine: true }) : null;
  if (wanted === UNSATISFIABLE) return UNSATISFIABLE;
  return wanted !== null && wanted.length === 1 ? wanted[0] : null;
}
