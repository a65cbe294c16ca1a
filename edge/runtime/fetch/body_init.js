// From what a body is made: https://fetch.spec.whatwg.org/#bodyinit-unions

import { SymbolAsyncIterator } from '../bootstrap/primordials.js';
import { blobContent } from '../blob/registry.js';
import { isFormData } from '../formdata/registry.js';
import { isReadableStream } from '../streams/index.js';
import { isURLSearchParams, searchParamsText } from '../url/index.js';
import { bytesCopy, isObject, toUSVString, viewOf } from '../webidl/index.js';
import { Body, contentBody, streamBody } from './body.js';

/** `{body, type}` of a BodyInit: https://fetch.spec.whatwg.org/#concept-bodyinit-extract */
export function extractBody(init) {
  if (isObject(init)) return extractObject(init);
  return { __proto__: null, body: new Body(toUSVString(init)), type: 'text/plain;charset=UTF-8' };
}

function extractObject(init) {
  if (isReadableStream(init)) return { __proto__: null, body: streamBody(init), type: null };
  if (viewOf(init) !== null) return { __proto__: null, body: new Body(bytesCopy(init)), type: null };
  const blob = blobContent(init);
  if (blob !== null) return { __proto__: null, body: contentBody(blob), type: blob.type || null };
  if (isURLSearchParams(init)) {
    return { __proto__: null, body: new Body(searchParamsText(init)), type: 'application/x-www-form-urlencoded;charset=UTF-8' };
  }
  if (isFormData(init)) return extractForm(init);
  if (typeof init[SymbolAsyncIterator] === 'function') return { __proto__: null, body: import('./iterable_body.js').iterableBody(init), type: null };
  return { __proto__: null, body: new Body(toUSVString(init)), type: 'text/plain;charset=UTF-8' };
}

function extractForm(form) {
  const content = import('../formdata/index.js').multipartContent(form);
  return { __proto__: null, body: contentBody(content), type: content.type };
}

/** Whether a body is sent as it comes, and cannot be sent twice. */
export function isStreamed(init) {
  return isObject(init) && (isReadableStream(init) || typeof init[SymbolAsyncIterator] === 'function');
}
