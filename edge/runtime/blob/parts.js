// The bytes of blobs: lists of pieces that never change, so that blobs can share them.

import {
  ArrayBufferIsView, ArrayBufferPrototypeGetByteLength, SafeArray, SafeArrayPush, StringPrototypeReplaceAll, TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeGetLength, TypedArrayPrototypeSet,
  TypedArrayPrototypeSlice, TypedArrayPrototypeSubarray, Uint8Array,
} from '../bootstrap/primordials.js';
import { encodeUtf8 } from '../encoding/utf8.js';
import { viewOf } from '../webidl/index.js';

// Pieces smaller than this are put together in one.
const SMALL = 4096;
// Streams give this much at once.
const CHUNK = 65536;

/** One Uint8Array of many. */
export function concatBytes(chunks, size) {
  const all = new Uint8Array(size);
  let at = 0;
  for (let i = 0; i < chunks.length; i++) {
    TypedArrayPrototypeSet(all, chunks[i], at);
    at += TypedArrayPrototypeGetLength(chunks[i]);
  }
  return all;
}

/** Puts pieces together: `add` bytes that nobody will change, or `addText`; then `end()` gives the list. */
export class Pieces {
  size = 0;
  #pieces = new SafeArray();
  #small = new SafeArray();
  #smallSize = 0;
  // Text is encoded when something else follows: many short strings are one.
  #text = '';

  addText(text) {
    this.#text += text;
  }

  add(bytes) {
    if (this.#text !== '') this.#encode();
    this.#take(bytes);
  }

  /** The content of a blob.  Its pieces are not small, but for the last, to which what follows is added. */
  addAll({ pieces, size }) {
    if (pieces.length === 0) return;
    const last = pieces[pieces.length - 1];
    if (pieces.length > 1) {
      if (this.#text !== '') this.#encode();
      this.#flush();
      for (let i = 0; i < pieces.length - 1; i++) SafeArrayPush(this.#pieces, pieces[i]);
      this.size += size - TypedArrayPrototypeGetLength(last);
    }
    this.add(last);
  }

  end() {
    if (this.#text !== '') this.#encode();
    this.#flush();
    return this.#pieces;
  }

  #encode() {
    const bytes = encodeUtf8(this.#text);
    this.#text = '';
    this.#take(bytes);
  }

  #take(bytes) {
    const size = TypedArrayPrototypeGetLength(bytes);
    if (size === 0) return;
    this.size += size;
    if (size < SMALL) {
      SafeArrayPush(this.#small, bytes);
      this.#smallSize += size;
      if (this.#smallSize >= SMALL) this.#flush();
      return;
    }
    this.#flush();
    SafeArrayPush(this.#pieces, bytes);
  }

  #flush() {
    const small = this.#small;
    if (small.length === 0) return;
    // A few bytes shall not keep a large buffer.
    SafeArrayPush(this.#pieces, small.length === 1 && isWhole(small[0]) ? small[0] : concatBytes(small, this.#smallSize));
    small.length = 0;
    this.#smallSize = 0;
  }
}

function isWhole(bytes) {
  return ArrayBufferPrototypeGetByteLength(TypedArrayPrototypeGetBuffer(bytes)) === TypedArrayPrototypeGetLength(bytes);
}

function nativeEndings(text) {
  return StringPrototypeReplaceAll(StringPrototypeReplaceAll(text, '\r\n', '\n'), '\r', '\n');
}

// The bytes of a buffer that options have detached meanwhile are none.
function copyOf(source) {
  try {
    return TypedArrayPrototypeSlice(viewOf(source));
  } catch {
    return new Uint8Array(0);
  }
}

/** https://w3c.github.io/FileAPI/#process-blob-parts; `contentOf(blob)` gives that of a blob, null for anything else. */
export function processParts(parts, native, contentOf) {
  const all = new Pieces();
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i];
    if (typeof part === 'string') all.addText(native ? nativeEndings(part) : part);
    else {
      const content = ArrayBufferIsView(part) ? null : contentOf(part);
      if (content === null) all.add(copyOf(part));
      else all.addAll(content);
    }
  }
  return all;
}

/** The pieces between two places, without copying. */
export function slicePieces(pieces, from, to) {
  const found = new SafeArray();
  let start = 0;
  for (let i = 0; i < pieces.length && start < to; i++) {
    const size = TypedArrayPrototypeGetLength(pieces[i]);
    const end = start + size;
    if (end > from) {
      const whole = from <= start && to >= end;
      SafeArrayPush(found, whole ? pieces[i] : TypedArrayPrototypeSubarray(pieces[i], from > start ? from - start : 0, to < end ? to - start : size));
    }
    start = end;
  }
  return found;
}

/** All bytes: those of the blob itself when they are in one piece, so not to be changed. */
export function joinedBytes(pieces, size) {
  return pieces.length === 1 ? pieces[0] : concatBytes(pieces, size);
}

/** All bytes, in a buffer of their own. */
export function ownBytes(pieces, size) {
  return pieces.length === 1 ? TypedArrayPrototypeSlice(pieces[0]) : concatBytes(pieces, size);
}

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
