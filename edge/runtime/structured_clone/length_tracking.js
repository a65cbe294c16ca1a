// Whether a view on a resizable buffer has no length of its own but goes as far as its buffer.  No script can ask that: the
// buffer is given another length for a moment, which nobody sees, since no other code runs meanwhile.

import {
  ArrayBufferPrototypeGetByteLength, ArrayBufferPrototypeGetMaxByteLength, ArrayBufferPrototypeResize, MathFloor, TypedArrayPrototypeSet,
  TypedArrayPrototypeSlice, Uint8Array,
} from '../bootstrap/primordials.js';

/** `{buffer, offset, elementSize, length(), inBounds()}` is the view; it is in bounds. */
export function tracksLength({ buffer, offset, elementSize, length, inBounds }) {
  const size = ArrayBufferPrototypeGetByteLength(buffer);
  const before = length();
  if (before !== MathFloor((size - offset) / elementSize)) return false;
  if (size + elementSize <= ArrayBufferPrototypeGetMaxByteLength(buffer)) return withSize(buffer, size + elementSize, () => length() !== before);
  // With neither room to grow nor an element to lose it makes no difference.
  return before > 0 && withSize(buffer, offset + (before - 1) * elementSize, inBounds);
}

function withSize(buffer, size, ask) {
  const before = ArrayBufferPrototypeGetByteLength(buffer);
  const lost = size < before ? TypedArrayPrototypeSlice(new Uint8Array(buffer), size) : null;
  try {
    ArrayBufferPrototypeResize(buffer, size);
  } catch {
    // The memory of WebAssembly grows by pages only.
    return false;
  }
  const answer = ask();
  ArrayBufferPrototypeResize(buffer, before);
  if (lost !== null) TypedArrayPrototypeSet(new Uint8Array(buffer), lost, size);
  return answer;
}
