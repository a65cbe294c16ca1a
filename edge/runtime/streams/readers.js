// ReadableStreamDefaultReader and ReadableStreamBYOBReader: https://streams.spec.whatwg.org/#default-reader-class

import {
  ArrayBufferPrototypeGetDetached, Promise, PromiseReject, RangeError, TypeError,
} from '../bootstrap/primordials.js';
import { defineInterface, requireArguments, toDictionary, toIntegerInRange } from '../webidl/index.js';
import { INTERNAL } from './internal.js';
import { promiseOf } from './promises.js';
import { Reader, requireStream } from './readable.js';
import { requireReadable } from './readable_stream.js';
import { bufferOf, fixedView, lengthOf, sizeOf } from './views.js';

/** A read for user code: the promise of `{value, done}`. */
class Read {
  #resolve;
  error;
  promise = new Promise((resolve, reject) => {
    this.#resolve = resolve;
    this.error = reject;
  });

  chunk(value) { this.#resolve({ value, done: false }); }
  close(value) { this.#resolve({ value, done: true }); }
}

/** A read for the runtime: its result inherits no `then`. */
class OwnRead {
  #resolve;
  error;
  promise = new Promise((resolve, reject) => {
    this.#resolve = resolve;
    this.error = reject;
  });

  chunk(value) { this.#resolve({ __proto__: null, value, done: false }); }
  close() { this.#resolve({ __proto__: null, value: undefined, done: true }); }
}

let readerOf;

export class ReadableStreamDefaultReader {
  #inner;

  static {
    readerOf = (reader) => reader.#inner;
  }

  constructor(stream, inner = undefined) {
    if (stream === INTERNAL) {
      this.#inner = inner;
      return;
    }
    requireArguments(arguments.length, 1, "Failed to construct 'ReadableStreamDefaultReader'");
    this.#inner = new Reader(requireReadable(stream, 'The argument'), false);
  }

  get closed() {
    try {
      return this.#inner.closed.promise;
    } catch (error) {
      return PromiseReject(error);
    }
  }

  cancel(reason = undefined) {
    try {
      return promiseOf(requireStream(this.#inner, 'cancel through').cancel(reason));
    } catch (error) {
      return PromiseReject(error);
    }
  }

  read() {
    try {
      const request = new Read();
      requireStream(this.#inner, 'read from').read(request);
      return request.promise;
    } catch (error) {
      return PromiseReject(error);
    }
  }

  releaseLock() {
    const inner = this.#inner;
    if (inner.stream !== null) inner.release();
  }
}
defineInterface(ReadableStreamDefaultReader, 'ReadableStreamDefaultReader');

export class ReadableStreamBYOBReader {
  #inner;

  constructor(stream, inner = undefined) {
    if (stream === INTERNAL) {
      this.#inner = inner;
      return;
    }
    requireArguments(arguments.length, 1, "Failed to construct 'ReadableStreamBYOBReader'");
    this.#inner = createByobReader(requireReadable(stream, 'The argument'));
  }

  get closed() {
    try {
      return this.#inner.closed.promise;
    } catch (error) {
      return PromiseReject(error);
    }
  }

  cancel(reason = undefined) {
    try {
      return promiseOf(requireStream(this.#inner, 'cancel through').cancel(reason));
    } catch (error) {
      return PromiseReject(error);
    }
  }

  read(view, options = undefined) {
    try {
      const inner = this.#inner;
      requireArguments(arguments.length, 1, 'ReadableStreamBYOBReader.read');
      const request = new Read();
      const minimum = checkedMinimum(fixedView(view, 'The view'), options);
      requireStream(inner, 'read from').readInto(view, minimum, request);
      return request.promise;
    } catch (error) {
      return PromiseReject(error);
    }
  }

  releaseLock() {
    const inner = this.#inner;
    if (inner.stream !== null) inner.release();
  }
}
defineInterface(ReadableStreamBYOBReader, 'ReadableStreamBYOBReader');

// How many elements a read waits for, at least.
function checkedMinimum(view, options) {
  const { min } = toDictionary(options, 'The options');
  const minimum = min === undefined ? 1 : toIntegerInRange(min, 0, 2 ** 53 - 1, 'min');
  if (sizeOf(view) === 0) throw new TypeError('The view has no room');
  if (ArrayBufferPrototypeGetDetached(bufferOf(view))) throw new TypeError('The buffer of the view is detached');
  if (minimum === 0) throw new TypeError('min must be greater than 0');
  if (minimum > lengthOf(view)) throw new RangeError(`min is ${minimum}, but the view has room for ${lengthOf(view)} elements`);
  return minimum;
}

function createByobReader(stream) {
  if (!stream.controller.isByte) throw new TypeError('Only a stream of bytes has BYOB readers');
  return new Reader(stream, true);
}

/** A reader of an inner stream, for users. */
export function acquireReader(stream) {
  return new ReadableStreamDefaultReader(INTERNAL, new Reader(stream, false));
}

export function acquireByobReader(stream) {
  return new ReadableStreamBYOBReader(INTERNAL, createByobReader(stream));
}

// -- for the runtime: the reader is a ReadableStreamDefaultReader

/** A promise of `{value, done}`, out of reach of what objects inherit. */
export function readChunk(reader) {
  const request = new OwnRead();
  requireStream(readerOf(reader), 'read from').read(request);
  return request.promise;
}

export function cancelReader(reader, reason) {
  return promiseOf(requireStream(readerOf(reader), 'cancel through').cancel(reason));
}

export function releaseReader(reader) {
  const inner = readerOf(reader);
  if (inner.stream !== null) inner.release();
}
