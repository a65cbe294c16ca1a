// ArrayBuffers and the views on them.

import {
  ArrayBuffer, ArrayBufferPrototypeGetByteLength, ArrayBufferPrototypeGetDetached, ArrayBufferPrototypeGetMaxByteLength,
  ArrayBufferPrototypeGetResizable, BigInt64Array, BigUint64Array, DataView, DataViewPrototypeGetBuffer, DataViewPrototypeGetByteLength,
  DataViewPrototypeGetByteOffset, Float32Array, Float64Array, Int16Array, Int32Array, Int8Array, TypedArrayPrototypeAt,
  TypedArrayPrototypeGetBuffer, TypedArrayPrototypeGetByteOffset, TypedArrayPrototypeGetLength, TypedArrayPrototypeGetSymbolToStringTag,
  TypedArrayPrototypeSet, Uint16Array, Uint32Array, Uint8Array, Uint8ClampedArray,
} from '../bootstrap/primordials.js';
import { isArrayBuffer } from '../webidl/index.js';
import { tracksLength } from './length_tracking.js';
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

/** A view like `view` on the copy of its buffer. */
export function cloneView(view, session) {
  const shape = shapeOf(view);
  // Memory can be shared with nobody: there is one thread, and a second object for the same memory cannot be made.
  if (!isArrayBuffer(shape.buffer)) throw refusal('A view on a SharedArrayBuffer');
  if (!shape.inBounds()) throw refusal('A view beyond the end of its ArrayBuffer');
  const { Class, offset } = shape;
  const length = ArrayBufferPrototypeGetResizable(shape.buffer) && tracksLength(shape) ? undefined : shape.length();
  return session.after(session.clone(shape.buffer), (buffer) => new Class(buffer, offset, length));
}

// `length` is in elements, of a DataView in bytes.
function shapeOf(view) {
  const kind = TypedArrayPrototypeGetSymbolToStringTag(view);
  if (kind === undefined) return dataViewShape(view);
  const Class = viewClass(kind);
  return {
    __proto__: null,
    Class,
    elementSize: Class.BYTES_PER_ELEMENT,
    buffer: TypedArrayPrototypeGetBuffer(view),
    offset: TypedArrayPrototypeGetByteOffset(view),
    length: () => TypedArrayPrototypeGetLength(view),
    inBounds: () => succeeds(() => TypedArrayPrototypeAt(view, 0)),
  };
}

function dataViewShape(view) {
  const length = () => DataViewPrototypeGetByteLength(view);
  const inBounds = () => succeeds(length);
  const offset = inBounds() ? DataViewPrototypeGetByteOffset(view) : 0;
  return { __proto__: null, Class: DataView, elementSize: 1, buffer: DataViewPrototypeGetBuffer(view), offset, length, inBounds };
}

function succeeds(action) {
  try {
    action();
    return true;
  } catch {
    return false;
  }
}
