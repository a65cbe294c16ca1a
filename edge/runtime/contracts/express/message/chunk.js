// What can be written to a message: text, or bytes in some view.

import {
  ArrayBufferIsView, StringPrototypeToWellFormed, TypeError, TypedArrayPrototypeGetBuffer, TypedArrayPrototypeGetByteLength, TypedArrayPrototypeGetByteOffset, Uint8Array,
} from '../../../bootstrap/primordials.js';
import { loadBuiltin } from '../../../bootstrap/modules.js';
import { utf8Length } from '../../../encoding/utf8.js';
import { coded, invalidArgType } from '../../../node/internal/errors.js';
import { isTypedArray } from '../../../node/internal/types.js';

const UTF8 = { __proto__: null, utf8: true, 'utf-8': true, UTF8: true, 'UTF-8': true };

function bytesOf(view) {
  if (isTypedArray(view)) return new Uint8Array(TypedArrayPrototypeGetBuffer(view), TypedArrayPrototypeGetByteOffset(view), TypedArrayPrototypeGetByteLength(view));
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/** A chunk as the wire takes it: well-formed text or bytes. */
export function toBody(chunk, encoding) {
  if (typeof chunk === 'string') {
    if (encoding === undefined || encoding === null || UTF8[encoding]) return StringPrototypeToWellFormed(chunk);
    return bytesOf(loadBuiltin('buffer').Buffer.from(chunk, encoding));
  }
  if (ArrayBufferIsView(chunk)) return bytesOf(chunk);
  if (chunk === null) throw coded(TypeError, 'ERR_STREAM_NULL_VALUES', 'May not write null values to stream');
  throw invalidArgType('chunk', ['string', 'Buffer', 'Uint8Array'], chunk);
}

/** Its size in bytes. */
export const sizeOf = (body) => (typeof body === 'string' ? utf8Length(body) : TypedArrayPrototypeGetByteLength(body));
