// Fetches of blob: URLs: https://fetch.spec.whatwg.org/#scheme-fetch

import { ArrayPrototypePush, MathMax, MathMin, Number, RegExpPrototypeExec, String } from '../bootstrap/primordials.js';
import { slicePieces } from '../blob/parts.js';
import { contentBody } from './body.js';
import { getHeader } from './headers.js';
import { parseMimeType } from './mime.js';
import { networkError } from './network_error.js';
import { ResponseState } from './response.js';

// https://fetch.spec.whatwg.org/#simple-range-header-value, with white space
const RANGE = /^bytes[\t ]*=[\t ]*([0-9]*)[\t ]*-[\t ]*([0-9]*)$/;

/** `{first, last}` of a Range header for a content of `size` bytes, null when it is not to be had. */
function rangeOf(header, size) {
  const match = RegExpPrototypeExec(RANGE, header);
  if (match === null || (match[1] === '' && match[2] === '')) return null;
  if (match[1] === '') return { __proto__: null, first: MathMax(0, size - Number(match[2])), last: size - 1 };
  const first = Number(match[1]);
  const last = match[2] === '' ? size - 1 : Number(match[2]);
  return first > last || first >= size ? null : { __proto__: null, first, last: MathMin(last, size - 1) };
}

function respond(request, { pieces, size, type }, signal) {
  const state = new ResponseState();
  state.type = 'basic';
  state.url = request.href();
  state.immutable = true;
  state.statusText = 'OK';
  state.body = contentBody({ __proto__: null, pieces, size });
  state.body.signal = signal;
  ArrayPrototypePush(state.list, ['content-length', String(size)]);
  // What is no MIME type is not told.
  ArrayPrototypePush(state.list, ['content-type', parseMimeType(type) === null ? '' : type]);
  return state;
}

/** The ResponseState of the request for a blob: URL; `content` is what that stood for when the request was made. */
export function fetchBlob(request, content, signal) {
  if (request.method !== 'GET') throw networkError(`a blob: URL can be fetched with GET only, not with ${request.method}`, 'ERR_HTTP_REQUEST');
  if (content === null) throw networkError('the blob: URL was revoked, or never made in this invocation', 'ERR_INVALID_URL');
  const header = getHeader(request.list, 'range');
  if (header === null) return respond(request, content, signal);
  const { pieces, size, type } = content;
  const range = rangeOf(header, size);
  if (range === null) throw networkError(`the range "${header}" is not in the ${size} bytes of the blob`, 'ERR_HTTP_REQUEST');
  const { first, last } = range;
  const part = { __proto__: null, pieces: slicePieces(pieces, first, last + 1), size: last + 1 - first, type };
  const state = respond(request, part, signal);
  state.status = 206;
  state.statusText = 'Partial Content';
  ArrayPrototypePush(state.list, ['content-range', `bytes ${first}-${last}/${size}`]);
  return state;
}
