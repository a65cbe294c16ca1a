// WritableStream and WritableStreamDefaultWriter: https://streams.spec.whatwg.org/#ws-class

import { PromiseReject, RangeError, TypeError } from '../bootstrap/primordials.js';
import { defineInterface, isObject, requireArguments, transferable } from '../webidl/index.js';
import { INTERNAL } from './internal.js';
import { Deferred } from './promises.js';
import { toCallback, toStrategy, toUnderlying } from './strategies.js';
import { Writable, Writer, abortPromise } from './writable.js';
import { setUpController } from './writable_controller.js';

let innerOf;

export class WritableStream {
  #inner;

  static {
    innerOf = (value) => (isObject(value) && #inner in value ? value.#inner : null);
  }

  constructor(underlyingSink = undefined, strategy = undefined) {
    if (underlyingSink === INTERNAL) {
      this.#inner = strategy;
      return;
    }
    const sink = toUnderlying(underlyingSink, 'The underlying sink');
    const queuing = toStrategy(strategy);
    const members = toSinkMembers(sink);
    const stream = new Writable();
    this.#inner = stream;
    stream.object = this;
    setUpController(stream, sink, members, queuing);
  }

  get locked() { return this.#inner.writer !== null; }

  abort(reason = undefined) {
    try {
      const inner = this.#inner;
      requireUnlocked(inner);
      return abortPromise(inner, reason);
    } catch (error) {
      return PromiseReject(error);
    }
  }

  close() {
    try {
      const inner = this.#inner;
      requireUnlocked(inner);
      requireNotClosing(inner);
      return inner.close();
    } catch (error) {
      return PromiseReject(error);
    }
  }

  getWriter() { return new WritableStreamDefaultWriter(INTERNAL, new Writer(this.#inner)); }
}
defineInterface(WritableStream, 'WritableStream');
transferable(WritableStream, (value) => innerOf(value) !== null, () => false, (stream) => writableObject(import('./transfer.js').transferWritable(innerOf(stream))));

// In the order in which Web IDL reads a dictionary.
function toSinkMembers(sink) {
  const abort = toCallback(sink.abort, 'abort of the underlying sink');
  const close = toCallback(sink.close, 'close of the underlying sink');
  const start = toCallback(sink.start, 'start of the underlying sink');
  if (sink.type !== undefined) throw new RangeError('An underlying sink has no type');
  const write = toCallback(sink.write, 'write of the underlying sink');
  return { __proto__: null, abort, close, start, write };
}

function requireUnlocked(stream) {
  if (stream.writer !== null) throw new TypeError('The stream is locked to a writer');
}

function requireNotClosing(stream) {
  if (stream.isClosing) throw new TypeError('The stream is closing already');
}

/** The inner object of a WritableStream, null for anything else. */
export function writableInner(value) {
  return innerOf(value);
}

/** The inner object of what must be a WritableStream. */
export function requireWritable(value, what) {
  const inner = innerOf(value);
  if (inner === null) throw new TypeError(`${what} is not a WritableStream`);
  return inner;
}

/** The WritableStream of an inner object. */
export function writableObject(inner) {
  return (inner.object ??= new WritableStream(INTERNAL, inner));
}

export class WritableStreamDefaultWriter {
  #inner;

  constructor(stream, inner = undefined) {
    if (stream === INTERNAL) {
      this.#inner = inner;
      return;
    }
    requireArguments(arguments.length, 1, "Failed to construct 'WritableStreamDefaultWriter'");
    this.#inner = new Writer(requireWritable(stream, 'The argument'));
  }

  get closed() {
    try {
      return this.#inner.closed.promise;
    } catch (error) {
      return PromiseReject(error);
    }
  }

  get desiredSize() { return requireStream(this.#inner).desiredSize; }

  get ready() {
    try {
      return this.#inner.ready.promise;
    } catch (error) {
      return PromiseReject(error);
    }
  }

  abort(reason = undefined) {
    try {
      return abortPromise(requireStream(this.#inner).stream, reason);
    } catch (error) {
      return PromiseReject(error);
    }
  }

  close() {
    try {
      const { stream } = requireStream(this.#inner);
      requireNotClosing(stream);
      return stream.close();
    } catch (error) {
      return PromiseReject(error);
    }
  }

  releaseLock() {
    const inner = this.#inner;
    if (inner.stream !== null) inner.release();
  }

  write(chunk = undefined) {
    try {
      const request = new Deferred();
      requireStream(this.#inner).write(chunk, request);
      return request.promise;
    } catch (error) {
      return PromiseReject(error);
    }
  }
}
defineInterface(WritableStreamDefaultWriter, 'WritableStreamDefaultWriter');

function requireStream(writer) {
  if (writer.stream === null) throw new TypeError('The writer was released');
  return writer;
}
