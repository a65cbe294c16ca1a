// TransformStream and its controller: https://streams.spec.whatwg.org/#ts-class

import { FunctionPrototypeCall, RangeError } from '../bootstrap/primordials.js';
import { defineInterface, illegalConstructor, isObject, transferable } from '../webidl/index.js';
import { INTERNAL } from './internal.js';
import { call, startSteps } from './promises.js';
import { objectOf } from './readable_stream.js';
import { highWaterMarkOf, toCallback, toStrategy, toUnderlying } from './strategies.js';
import { Transform } from './transform.js';
import { writableObject } from './writable_stream.js';

let innerOf;

export class TransformStream {
  #inner;

  static {
    innerOf = (value) => (isObject(value) && #inner in value ? value.#inner : null);
  }

  constructor(transformer = undefined, writableStrategy = undefined, readableStrategy = undefined) {
    if (transformer === INTERNAL) {
      this.#inner = writableStrategy;
      return;
    }
    const underlying = toUnderlying(transformer, 'The transformer');
    const writing = toStrategy(writableStrategy);
    const reading = toStrategy(readableStrategy);
    this.#inner = createTransform(underlying, toTransformerMembers(underlying), writing, reading);
  }

  get readable() { return objectOf(this.#inner.readable); }
  get writable() { return writableObject(this.#inner.writable); }
}
defineInterface(TransformStream, 'TransformStream');
transferable(TransformStream, (value) => innerOf(value) !== null, () => false, (stream) => new TransformStream(INTERNAL, import('./transfer.js').transferTransform(innerOf(stream))));

export class TransformStreamDefaultController {
  #inner;

  constructor(token = undefined, inner = undefined) {
    if (token !== INTERNAL) illegalConstructor();
    this.#inner = inner;
  }

  get desiredSize() { return this.#inner.desiredSize; }
  enqueue(chunk = undefined) { this.#inner.enqueue(chunk); }
  error(reason = undefined) { this.#inner.error(reason); }
  terminate() { this.#inner.terminate(); }
}
defineInterface(TransformStreamDefaultController, 'TransformStreamDefaultController');

// In the order in which Web IDL reads a dictionary.
function toTransformerMembers(transformer) {
  const cancel = toCallback(transformer.cancel, 'cancel of the transformer');
  const flush = toCallback(transformer.flush, 'flush of the transformer');
  if (transformer.readableType !== undefined) throw new RangeError('A transformer has no readableType');
  const start = toCallback(transformer.start, 'start of the transformer');
  const transform = toCallback(transformer.transform, 'transform of the transformer');
  if (transformer.writableType !== undefined) throw new RangeError('A transformer has no writableType');
  return { __proto__: null, cancel, flush, start, transform };
}

function sizeFunction({ size }) {
  return size === undefined ? null : (chunk) => FunctionPrototypeCall(size, undefined, chunk);
}

function createTransform(transformer, { cancel, flush, start, transform }, writing, reading) {
  const readableMark = highWaterMarkOf(reading, 0);
  const inner = new Transform({
    __proto__: null,
    readableMark,
    readableSize: sizeFunction(reading),
    writableMark: highWaterMarkOf(writing, 1),
    writableSize: sizeFunction(writing),
    transformChunk: transform === undefined ? undefined : (chunk) => call(transform, transformer, [chunk, inner.object]),
    flush: flush === undefined ? undefined : () => call(flush, transformer, [inner.object]),
    cancel: cancel === undefined ? undefined : (reason) => call(cancel, transformer, [reason]),
  });
  inner.object = new TransformStreamDefaultController(INTERNAL, inner);
  inner.start(startSteps(transformer, start, inner.object));
  return inner;
}
