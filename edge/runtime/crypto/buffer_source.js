// BufferSource as this API takes it: checked when arguments are converted, copied when all of them have been.
// https://webidl.spec.whatwg.org/#dfn-get-buffer-source-copy

import {
  ArrayBufferIsView, ArrayBufferPrototypeGetDetached, DataViewPrototypeGetBuffer, TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeGetSymbolToStringTag, TypeError, Uint8Array,
} from '../bootstrap/primordials.js';
import { bytesCopy, isArrayBuffer } from '../webidl/index.js';

function bufferOf(value) {
  if (!ArrayBufferIsView(value)) return value;
  return TypedArrayPrototypeGetSymbolToStringTag(value) === undefined ? DataViewPrototypeGetBuffer(value) : TypedArrayPrototypeGetBuffer(value);
}

export function isBufferSource(value) {
  return isArrayBuffer(bufferOf(value));
}

/** The same value; a TypeError when it is no BufferSource, or one over shared memory. */
export function toBufferSource(value, what) {
  if (!isBufferSource(value)) throw new TypeError(`${what} is not an ArrayBuffer or a view on one.`);
  return value;
}

/** A copy of the bytes that a BufferSource holds: none when it is detached. */
export function copyBytes(source) {
  return ArrayBufferPrototypeGetDetached(bufferOf(source)) ? new Uint8Array(0) : bytesCopy(source, 'The data');
}
