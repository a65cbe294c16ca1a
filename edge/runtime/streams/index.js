// Streams for the rest of the runtime, out of reach of patched prototypes.  What does it is loaded when the first stream is made:
// most invocations have none.  https://streams.spec.whatwg.org/

import { readableInner } from './registry.js';

const streams = () => import('./own.js');

export function isReadableStream(value) {
  return readableInner(value) !== null;
}

export function isLocked(stream) {
  return readableInner(stream).reader !== null;
}

/** https://streams.spec.whatwg.org/#is-readable-stream-disturbed */
export function isDisturbed(stream) {
  return readableInner(stream).disturbed;
}

export function isByteStream(stream) {
  return readableInner(stream).controller.isByte;
}

/** A stream of the runtime's own gives this many bytes, or fails: it may be handed on as a body. */
export function declareLength(stream, length) {
  readableInner(stream).knownLength = length;
}

/** How many bytes will come, null when that is not known. */
export function knownLength(stream) {
  return readableInner(stream).knownLength;
}

/**
 * A byte stream that asks `pull` for each step: `{chunk}`, a Uint8Array that it gives away, or null at the end; or a promise
 * of that.  `cancel(reason)` is told when nobody wants more.  Nothing is pulled before somebody reads, but for `ahead` bytes.
 */
export function byteStream(pull, cancel = undefined, ahead = 0) { return streams().byteStream(pull, cancel, ahead); }

/** Break a stream. */
export function errorStream(stream, reason) { readableInner(stream).controller.error(reason); }

/** The same for chunks of any kind, which are `{chunk}`, or null at the end. */
export function chunkStream(pull, cancel = undefined) { return streams().chunkStream(pull, cancel); }

/**
 * A TransformStream of the runtime's own: `{readable, writable, enqueue(chunk), error(reason), terminate(), each(source, give)}`.
 * `transform(chunk)`, `flush()` and `cancel(reason)` do their work at once, or give a promise of `undefined`.  `each` is for a
 * transformer that makes many chunks of one: see transform.js.
 */
export function createTransform(transformer) { return streams().createTransform(transformer); }

/** A ReadableStreamDefaultReader. */
export function getReader(stream) { return streams().getReader(stream); }

/** A promise of `{value, done}`, which inherits nothing. */
export function readChunk(reader) { return streams().readChunk(reader); }

export function cancelReader(reader, reason) { return streams().cancelReader(reader, reason); }
export function releaseReader(reader) { return streams().releaseReader(reader); }
export function cancelStream(stream, reason) { return streams().cancelStream(stream, reason); }

/** Two streams instead of one, in an array; with `clone` the second gets copies of the chunks. */
export function tee(stream, clone = false) { return streams().tee(stream, clone); }

/** A promise that settles when everything has gone from a ReadableStream to a WritableStream. */
export function pipeTo(readable, writable, options = undefined) { return streams().pipeTo(readable, writable, options); }
