// Bodies: https://fetch.spec.whatwg.org/#concept-body
// A stream is made only when somebody asks for it: text, bytes and what the host sends need none.

import {
  ObjectDefineProperty, PromisePrototypeThen, TypedArrayPrototypeGetLength, TypedArrayPrototypeGetSymbolToStringTag,
  TypedArrayPrototypeSlice, TypeError,
} from '../bootstrap/primordials.js';
import { abortReason, isAborted, onAbort } from '../abort/index.js';
import { Pieces, joinedBytes, ownBytes, stepsOf } from '../blob/parts.js';
import { streamOf } from '../blob/stream.js';
import { encodeUtf8 } from '../encoding/index.js';
import { byteStream, cancelReader, cancelStream, declareLength, errorStream, getReader, isDisturbed, isLocked, knownLength, readChunk, tee } from '../streams/index.js';

/**
 * One body.  `source` is text or bytes when all of it is at hand, else null; then `pull` gives steps, `{chunk}` with a
 * Uint8Array or null at the end, or `stream` is the user's own.  A promise of bytes themselves would look for their `then`.
 * `signal` is that of the fetch whose response this is: when it aborts, what has not been read is lost.  `ahead` is how
 * many bytes a stream of it asks for before it is read, so that whoever waits for its end learns that it broke.  `content`
 * is `{pieces, size}` when all of it is at hand in pieces (see blob/parts.js), which `pull` then gives.
 */
export class Body {
  // Fields are defined here: an assignment alone would call a setter on Object.prototype.
  source;
  pull;
  cancel;
  consumed = false;
  stream = null;
  failure = null;
  signal = null;
  ahead = 0;
  // Nobody else will change the chunks that `pull` gives.
  owned = true;
  content = null;
  // The number of bytes that `pull` will give, where it is known.
  declared = null;

  constructor(source, pull = null, cancel = undefined) {
    this.source = source;
    this.pull = pull;
    this.cancel = cancel;
  }

  get used() { return this.consumed || (this.stream !== null && isDisturbed(this.stream)); }
  get unusable() { return this.used || (this.stream !== null && isLocked(this.stream)); }

  /** All of it, text or bytes, if it is at hand and nobody has asked for a stream; null otherwise. */
  get atHand() { return this.stream === null ? this.source : null; }

  /** The same in pieces: `{pieces, size}`. */
  get inPieces() { return this.stream === null ? this.content : null; }

  /** The number of bytes, where it is known before they are read; else null.  A proxy sends on what it gets with the length that it had. */
  get length() {
    if (this.stream !== null) return knownLength(this.stream);
    return this.content === null ? this.declared : this.content.size;
  }

  /** The ReadableStream of this body. */
  open() {
    if (this.stream !== null) return this.stream;
    if (this.consumed) this.stream = spentStream();
    else if (this.pull !== null) this.#opened(byteStream(this.pull, this.cancel, this.ahead), this.length);
    else {
      const bytes = bytesOf(this.source);
      this.#opened(streamOf(bytes), TypedArrayPrototypeGetLength(bytes));
    }
    if (this.failure !== null) errorStream(this.stream, this.failure.reason);
    else if (this.signal !== null && this.source !== null) this.#obey(this.signal);
    return this.stream;
  }

  #opened(stream, length) {
    this.stream = stream;
    if (length !== null) declareLength(stream, length);
  }

  // A stream over what is at hand breaks with its signal like one that comes from the network.
  #obey(signal) {
    if (this.consumed || isEmpty(this.source)) return;
    if (isAborted(signal)) this.fail(abortReason(signal));
    else onAbort(signal, (reason) => this.fail(reason));
  }

  /** Throws what has broken this body. */
  check() {
    if (this.failure !== null) throw this.failure.reason;
    if (this.signal !== null && isAborted(this.signal) && this.atHand !== null && !isEmpty(this.source)) throw abortReason(this.signal);
  }

  /** What has not been read is lost. */
  fail(reason) {
    this.failure ??= { __proto__: null, reason };
    if (this.stream !== null) errorStream(this.stream, reason);
  }

  /**
   * A function that gives the steps one by one, as `pull` does; the body is used from now on.  It has a `cancel`, and is
   * `owned` when nobody else will change the chunks.
   */
  take() {
    const { stream, pull, cancel } = this;
    this.consumed = true;
    if (stream !== null) return chunksOf(stream);
    let { source } = this;
    const next = pull === null ? () => {
      const chunk = source;
      source = null;
      return { __proto__: null, chunk: chunk === null ? null : bytesOf(chunk) };
    } : () => pull();
    return steps(next, (reason) => cancel?.(reason), this.owned);
  }

  /** All of what has to be read: `{content}`, bytes that are nobody else's. */
  async readAll() {
    const fresh = this.content === null || this.stream !== null;
    const { pieces, size } = await this.readPieces();
    return { __proto__: null, content: fresh ? joinedBytes(pieces, size) : ownBytes(pieces, size) };
  }

  /** The same in pieces: `{pieces, size}`, not to be changed. */
  async readPieces() {
    const next = this.take();
    if (this.inPieces !== null) return this.content;
    const all = new Pieces();
    for (let { chunk } = await next(); chunk !== null; { chunk } = await next()) all.add(next.owned ? chunk : TypedArrayPrototypeSlice(chunk));
    const pieces = all.end();
    return { __proto__: null, pieces, size: all.size };
  }

  /** Move the content to a new body; this one is used. */
  move() {
    const moved = new Body(this.atHand, this.pull, this.cancel);
    moved.failure = this.failure;
    moved.signal = this.signal;
    moved.declared = this.length;
    if (this.stream !== null) {
      const next = chunksOf(this.stream);
      moved.pull = next;
      moved.cancel = next.cancel;
      moved.owned = false;
    } else {
      moved.content = this.content;
      moved.owned = this.owned;
    }
    this.consumed = true;
    return moved;
  }

  /** A second body with the same content. */
  clone() {
    if (this.inPieces !== null) return contentBody(this.content);
    const copy = new Body(this.atHand);
    copy.failure = this.failure;
    copy.signal = this.signal;
    if (copy.source !== null) return copy;
    const branches = tee(this.open(), true);
    this.source = this.pull = null;
    this.stream = branches[0];
    copy.stream = branches[1];
    return copy;
  }

  /** Nobody wants the rest.  A promise of the user's stream having heard of it, which does not reject; null without one. */
  discard(reason) {
    if (this.unusable) return null;
    this.consumed = true;
    if (this.stream !== null) return PromisePrototypeThen(cancelStream(this.stream, reason), undefined, () => {});
    this.cancel?.(reason);
    return null;
  }
}

/** A body over a stream of the user. */
export function streamBody(stream) {
  if (isDisturbed(stream) || isLocked(stream)) throw new TypeError('The stream is already used or locked, so it cannot be a body');
  const body = new Body(null);
  body.stream = stream;
  return body;
}

// What is smaller is joined: in one piece it leaves with the head.
const JOINED = 1048576;

/** A body of pieces: the content of a blob or a form. */
export function contentBody({ pieces, size }) {
  if (pieces.length <= 1 || size <= JOINED) return new Body(joinedBytes(pieces, size));
  const body = new Body(null, stepsOf(pieces));
  body.content = { __proto__: null, pieces, size };
  return body;
}

function isEmpty(source) {
  return source === '' || (typeof source !== 'string' && TypedArrayPrototypeGetLength(source) === 0);
}

function bytesOf(source) {
  return typeof source === 'string' ? encodeUtf8(source) : source;
}

function spentStream() {
  const stream = byteStream(() => ({ __proto__: null, chunk: null }));
  readChunk(getReader(stream));
  return stream;
}

function chunksOf(stream) {
  const reader = getReader(stream);
  const next = () => nextChunk(reader);
  return steps(next, (reason) => PromisePrototypeThen(cancelReader(reader, reason), undefined, () => {}), false);
}

// As own properties: an assignment would call a setter on Object.prototype.
function steps(next, cancel, owned) {
  ObjectDefineProperty(next, 'cancel', { __proto__: null, value: cancel });
  ObjectDefineProperty(next, 'owned', { __proto__: null, value: owned });
  return next;
}

async function nextChunk(reader) {
  const result = await readChunk(reader);
  if (result.done) return { __proto__: null, chunk: null };
  if (TypedArrayPrototypeGetSymbolToStringTag(result.value) !== 'Uint8Array') throw new TypeError('A stream used as a body gave a chunk that is not a Uint8Array');
  return { __proto__: null, chunk: result.value };
}
