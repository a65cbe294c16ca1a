// ReadableStream: https://streams.spec.whatwg.org/#rs-class

import { Boolean, PromiseReject, SymbolAsyncIterator, TypeError, ObjectDefineProperty } from '../bootstrap/primordials.js';
import { defineInterface, isObject, requireArguments, toDictionary, toEnum, toIntegerInRange, transferable } from '../webidl/index.js';
import { createIterator } from './async_iterator.js';
import { setUpByteController } from './byte_objects.js';
import { setUpDefaultController } from './default_controller.js';
import { readableFrom } from './from.js';
import { INTERNAL } from './internal.js';
import { pipe } from './pipe.js';
import { toPair, toPipeOptions } from './pipe_options.js';
import { handled, promiseOf } from './promises.js';
import { Readable } from './readable.js';
import { recogniseBy } from './registry.js';
import { acquireByobReader, acquireReader } from './readers.js';
import { toCallback, toStrategy, toUnderlying } from './strategies.js';
import { tee } from './tee.js';
import { requireWritable } from './writable_stream.js';

const TYPES = ['bytes'];
const MODES = ['byob'];

let innerOf;

export class ReadableStream {
  #inner;

  static {
    innerOf = (value) => (isObject(value) && #inner in value ? value.#inner : null);
  }

  constructor(underlyingSource = undefined, strategy = undefined) {
    if (underlyingSource === INTERNAL) {
      this.#inner = strategy;
      return;
    }
    const source = toUnderlying(underlyingSource, 'The underlying source');
    const queuing = toStrategy(strategy);
    const members = toSourceMembers(source);
    const stream = new Readable();
    this.#inner = stream;
    stream.object = this;
    if (members.type === 'bytes') setUpByteController(stream, source, members, queuing);
    else setUpDefaultController(stream, source, members, queuing);
  }

  static from(asyncIterable) {
    requireArguments(arguments.length, 1, 'ReadableStream.from');
    return objectOf(readableFrom(asyncIterable));
  }

  get locked() { return this.#inner.reader !== null; }

  cancel(reason = undefined) {
    try {
      const inner = this.#inner;
      requireUnlocked(inner);
      return promiseOf(inner.cancel(reason));
    } catch (error) {
      return PromiseReject(error);
    }
  }

  getReader(options = undefined) {
    const inner = this.#inner;
    const { mode } = toDictionary(options, 'The options');
    if (mode === undefined) return acquireReader(inner);
    toEnum(mode, MODES, 'mode');
    return acquireByobReader(inner);
  }

  pipeThrough(transform, options = undefined) {
    const inner = this.#inner;
    requireArguments(arguments.length, 1, 'ReadableStream.pipeThrough');
    const { readable, writable } = toPair(transform);
    const choices = toPipeOptions(options);
    requireUnlocked(inner);
    if (writable.writer !== null) throw new TypeError('The writable stream is locked to a writer already');
    handled(pipe(inner, writable, choices));
    return readable;
  }

  pipeTo(destination, options = undefined) {
    try {
      const inner = this.#inner;
      requireArguments(arguments.length, 1, 'ReadableStream.pipeTo');
      const writable = requireWritable(destination, 'The destination');
      const choices = toPipeOptions(options);
      requireUnlocked(inner);
      if (writable.writer !== null) throw new TypeError('The destination is locked to a writer already');
      return pipe(inner, writable, choices);
    } catch (error) {
      return PromiseReject(error);
    }
  }

  tee() {
    const { one, two } = tee(this.#inner, false);
    return [objectOf(one), objectOf(two)];
  }

  values(options = undefined) {
    const inner = this.#inner;
    const { preventCancel } = toDictionary(options, 'The options');
    return createIterator(inner, Boolean(preventCancel));
  }
}
defineInterface(ReadableStream, 'ReadableStream');
transferable(ReadableStream, (value) => innerOf(value) !== null, () => false, (stream) => objectOf(import('./transfer.js').transferReadable(innerOf(stream))));
ObjectDefineProperty(ReadableStream.prototype, SymbolAsyncIterator, {
  __proto__: null, value: ReadableStream.prototype.values, writable: true, configurable: true,
});

// In the order in which Web IDL reads a dictionary.
function toSourceMembers(source) {
  const { autoAllocateChunkSize } = source;
  return {
    __proto__: null,
    autoAllocateChunkSize: autoAllocateChunkSize === undefined ? undefined : toIntegerInRange(autoAllocateChunkSize, 0, 2 ** 53 - 1, 'autoAllocateChunkSize'),
    cancel: toCallback(source.cancel, 'cancel of the underlying source'),
    pull: toCallback(source.pull, 'pull of the underlying source'),
    start: toCallback(source.start, 'start of the underlying source'),
    type: toSourceType(source.type),
  };
}

function toSourceType(type) {
  return type === undefined ? undefined : toEnum(type, TYPES, 'type of the underlying source');
}

function requireUnlocked(stream) {
  if (stream.reader !== null) throw new TypeError('The stream is locked to a reader');
}

recogniseBy(innerOf);

/** The inner object of a ReadableStream, null for anything else. */
export function readableInner(value) {
  return innerOf(value);
}

/** The inner object of what must be a ReadableStream. */
export function requireReadable(value, what) {
  const inner = innerOf(value);
  if (inner === null) throw new TypeError(`${what} is not a ReadableStream`);
  return inner;
}

/** The ReadableStream of an inner object. */
export function objectOf(inner) {
  return (inner.object ??= new ReadableStream(INTERNAL, inner));
}
