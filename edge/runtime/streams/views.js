// ArrayBufferViews, whatever user code has made of their prototypes.

import {
  ArrayBufferIsView, ArrayBufferPrototypeGetResizable, BigInt64Array, BigUint64Array, DataView, DataViewPrototypeGetBuffer,
  DataViewPrototypeGetByteLength, DataViewPrototypeGetByteOffset, Float32Array, Float64Array, Int16Array, Int32Array, Int8Array,
  TypeError, TypedArrayPrototypeGetBuffer, TypedArrayPrototypeGetByteLength, TypedArrayPrototypeGetByteOffset,
  TypedArrayPrototypeGetLength, TypedArrayPrototypeGetSymbolToStringTag, TypedArrayPrototypeSet, Uint16Array, Uint32Array, Uint8Array,
  Uint8ClampedArray,
} from '../bootstrap/primordials.js';

const isDataView = (view) => TypedArrayPrototypeGetSymbolToStringTag(view) === undefined;

export function bufferOf(view) {
  return isDataView(view) ? DataViewPrototypeGetBuffer(view) : TypedArrayPrototypeGetBuffer(view);
}

export function offsetOf(view) {
  return isDataView(view) ? DataViewPrototypeGetByteOffset(view) : TypedArrayPrototypeGetByteOffset(view);
}

/** In bytes; 0 when the buffer is detached. */
export function sizeOf(view) {
  if (!isDataView(view)) return TypedArrayPrototypeGetByteLength(view);
  try {
    return DataViewPrototypeGetByteLength(view);
  } catch {
    return 0;
  }
}

/** In elements; a DataView has bytes. */
export function lengthOf(view) {
  return isDataView(view) ? sizeOf(view) : TypedArrayPrototypeGetLength(view);
}

/** `value`, which must be a view on a buffer that is neither shared nor resizable. */
export function fixedView(value, what) {
  if (!ArrayBufferIsView(value)) throw new TypeError(`${what} is not an ArrayBufferView`);
  let resizable;
  try {
    resizable = ArrayBufferPrototypeGetResizable(bufferOf(value));
  } catch {
    throw new TypeError(`${what} is a view on shared memory`);
  }
  if (resizable) throw new TypeError(`${what} is a view on a buffer that can be resized`);
  return value;
}

// V8 adds Float16Array when an isolate starts, too late for a capture.
const TYPES = {
  __proto__: null, BigInt64Array, BigUint64Array, Float32Array, Float64Array, Int16Array, Int32Array, Int8Array, Uint16Array, Uint32Array,
  Uint8Array, Uint8ClampedArray,
};

/** The constructor of views like this one. */
export function typeOf(view) {
  const name = TypedArrayPrototypeGetSymbolToStringTag(view);
  return name === undefined ? DataView : (TYPES[name] ?? globalThis[name]);
}

export function elementSizeOf(Type) {
  return Type === DataView ? 1 : Type.BYTES_PER_ELEMENT;
}

/** Copies bytes from one buffer to another. */
export function copyBytes(to, toOffset, from, fromOffset, count) {
  TypedArrayPrototypeSet(new Uint8Array(to, toOffset, count), new Uint8Array(from, fromOffset, count));
}
