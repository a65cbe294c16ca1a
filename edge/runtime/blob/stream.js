// Streams over bytes that are at hand.

import { SafeArray, SafeArrayPush, TypedArrayPrototypeGetLength, TypedArrayPrototypeSlice } from '../bootstrap/primordials.js';
import { byteStream } from '../streams/index.js';

const CHUNK = 65536;

/** A function that gives copies of the bytes step by step, `{chunk}`, null at the end. */
export function stepsOf(pieces) {
  let piece = 0;
  let at = 0;
  return () => {
    if (piece >= pieces.length) return { __proto__: null, chunk: null };
    const bytes = pieces[piece];
    const chunk = TypedArrayPrototypeSlice(bytes, at, at + CHUNK);
    at += CHUNK;
    if (at >= TypedArrayPrototypeGetLength(bytes)) {
      piece += 1;
      at = 0;
    }
    return { __proto__: null, chunk };
  };
}

/** A byte stream of copies, so that a reader cannot change the bytes. */
export function streamOfPieces(pieces) {
  return byteStream(stepsOf(pieces));
}

export function streamOf(bytes) {
  const pieces = new SafeArray();
  if (TypedArrayPrototypeGetLength(bytes) > 0) SafeArrayPush(pieces, bytes);
  return streamOfPieces(pieces);
}
