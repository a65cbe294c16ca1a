// Paths as the functions of fs take them: strings, Buffers and file: URLs.  https://nodejs.org/api/fs.html#file-paths

import {
  ArrayPrototypeJoin, ArrayPrototypePop, ArrayPrototypePush, StringPrototypeIncludes, StringPrototypeSplit, StringPrototypeStartsWith, TypeError,
} from '../../../bootstrap/primordials.js';
import { decodeUtf8 } from '../../../encoding/utf8.js';
import { coded, invalidArgType, invalidArgValue } from '../errors.js';
import { isUint8Array } from '../types.js';

const ROOT = '/app';

/** The text of a path argument. */
export function pathText(value, name = 'path') {
  let text = value;
  if (isUint8Array(value)) text = decodeUtf8(value);
  else if (typeof value === 'object' && value !== null && typeof value.href === 'string' && typeof value.protocol === 'string') text = fromURL(value);
  if (typeof text !== 'string') throw invalidArgType(name, ['string', 'Buffer', 'URL'], value);
  if (StringPrototypeIncludes(text, '\0')) throw invalidArgValue(name, value, 'must be a string, Uint8Array, or URL without null bytes');
  return text;
}

function fromURL(url) {
  if (url.protocol !== 'file:') throw coded(TypeError, 'ERR_INVALID_URL_SCHEME', 'The URL must be of scheme file');
  return import('../../url.js').default.fileURLToPath(url);
}

/** The segments of the absolute path: relative ones start at /app; `.` and `..` are resolved. */
export function segmentsOf(text) {
  const parts = StringPrototypeSplit(StringPrototypeStartsWith(text, '/') ? text : `${ROOT}/${text}`, '/');
  const segments = [];
  for (let i = 0; i < parts.length; i++) {
    if (parts[i] === '..') ArrayPrototypePop(segments);
    else if (parts[i] !== '' && parts[i] !== '.') ArrayPrototypePush(segments, parts[i]);
  }
  return segments;
}

export const joined = (segments) => `/${ArrayPrototypeJoin(segments, '/')}`;
