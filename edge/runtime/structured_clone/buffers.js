// Cloning ArrayBuffers and the views on them.

import {
  ArrayBuffer, ArrayBufferPrototypeGetByteLength, ArrayBufferPrototypeGetDetached, ArrayBufferPrototypeGetMaxByteLength,
  ArrayBufferPrototypeGetResizable, BigInt64Array, BigUint64Array, DataView, DataViewPrototypeGetBuffer, DataViewPrototypeGetByteLength,
  DataViewPrototypeGetByteOffset, Float32Array, Float64Array, Int16Array, Int32Array, Int8Array, TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeGetByteOffset, TypedArrayPrototypeGetLength, TypedArrayPrototypeGetSymbolToStringTag, TypedArrayPrototypeSet,
  Uint16Array, Uint32Array, Uint8Array, Uint8ClampedArray,
} from '../bootstrap/primordials.js';
import { isArrayBuffer } from '../webidl/index.js';
import { refusal } from './refusal.js';

const VIEWS = {
  __proto__: null, BigInt64Array, BigUint64Array, Float32Array, Float64Array, Int16Array, Int32Array, Int8Array, Uint16Array, Uint32Array,
  Uint8Array, Uint8ClampedArray,
};

// V8 adds Float16Array when an isolate starts, too late for a capture.
const viewClass = (kind) => VIEWS[kind] ?? globalThis[kind];

/** A copy of an ArrayBuffer, resizable when the original is. */
export function cloneBuffer(buffer) {
  if (ArrayBufferPrototypeGetDetached(buffer)) throw refusal('An ArrayBuffer that is detached');
  const size = ArrayBufferPrototypeGetByteLength(buffer);
  const options = ArrayBufferPrototypeGetResizable(buffer) ? { __proto__: null, maxByteLength: ArrayBufferPrototypeGetMaxByteLength(buffer) } : undefined;
  const copy = new ArrayBuffer(size, options);
  TypedArrayPrototypeSet(new Uint8Array(copy), new Uint8Array(buffer));
  return copy;
}

/** A view like `view` on the copy of its buffer that `clone` makes. */
export function cloneView(view, clone) {
  const kind = TypedArrayPrototypeGetSymbolToStringTag(view);
  if (kind === undefined) return cloneDataView(view, clone);
  const buffer = TypedArrayPrototypeGetBuffer(view);
  checkBuffer(buffer);
  const offset = TypedArrayPrototypeGetByteOffset(view);
  if (ArrayBufferPrototypeGetByteLength(buffer) < offset) throw refusal('A view beyond the end of its ArrayBuffer');
  return new (viewClass(kind))(clone(buffer), offset, TypedArrayPrototypeGetLength(view));
}

function cloneDataView(view, clone) {
  const buffer = DataViewPrototypeGetBuffer(view);
  checkBuffer(buffer);
  let size;
  try {
    size = DataViewPrototypeGetByteLength(view);
  } catch {
    throw refusal('A view beyond the end of its ArrayBuffer');
  }
  return new DataView(clone(buffer), DataViewPrototypeGetByteOffset(view), size);
}

function checkBuffer(buffer) {
  if (!isArrayBuffer(buffer)) throw refusal('A view on a SharedArrayBuffer');
}
