// Streams over bytes that are at hand.

import { SafeArray, SafeArrayPush, TypedArrayPrototypeGetLength } from '../bootstrap/primordials.js';
import { byteStream } from '../streams/index.js';
import { stepsOf } from './parts.js';

/** A byte stream of copies, so that a reader cannot change the bytes. */
export function streamOfPieces(pieces) {
  return byteStream(stepsOf(pieces));
}

export function streamOf(bytes) {
  const pieces = new SafeArray();
  if (TypedArrayPrototypeGetLength(bytes) > 0) SafeArrayPush(pieces, bytes);
  return streamOfPieces(pieces);
}
