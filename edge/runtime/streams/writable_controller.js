// WritableStreamDefaultController: https://streams.spec.whatwg.org/#ws-default-controller-class

import { FunctionPrototypeCall } from '../bootstrap/primordials.js';
import { defineInterface, illegalConstructor } from '../webidl/index.js';
import { INTERNAL } from './internal.js';
import { call, startSteps, upon } from './promises.js';
import { SizedQueue } from './queue.js';
import { highWaterMarkOf } from './strategies.js';

const nothing = () => undefined;
// The last in the queue of a stream that closes.
const CLOSE = { __proto__: null };

/** The controller from inside.  `writeSink(chunk)`, `closeSink()` and `abortSink(reason)` give steps. */
export class WritableController {
  stream;
  highWaterMark;
  sizeOf;
  writeSink;
  closeSink;
  abortSink;
  started = false;
  queue = new SizedQueue();
  onAbort = nothing;
  // Made when somebody asks for it.
  #signal = null;
  #aborted = false;
  #abortReason;
  /** The WritableStreamDefaultController. */
  object = null;

  constructor(stream, { highWaterMark, sizeOf = null, writeSink = nothing, closeSink = nothing, abortSink = nothing }) {
    this.stream = stream;
    this.highWaterMark = highWaterMark;
    this.sizeOf = sizeOf;
    this.writeSink = writeSink;
    this.closeSink = closeSink;
    this.abortSink = abortSink;
    stream.controller = this;
    stream.updateBackpressure(this.desiredSize <= 0);
  }

  /** `steps` are those of the sink's start; nothing is written before they have ended. */
  start(steps) {
    upon(steps, () => {
      this.started = true;
      this.#advance();
    }, (reason) => {
      this.started = true;
      this.stream.fail(reason);
    });
  }

  get desiredSize() { return this.highWaterMark - this.queue.total; }

  get signal() {
    if (this.#signal === null) {
      const { createSignal, signalAbort } = import('../abort/abort_signal.js');
      this.#signal = createSignal();
      if (this.#aborted) signalAbort(this.#signal, this.#abortReason);
    }
    return this.#signal;
  }

  signalAbort(reason) {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#abortReason = reason;
    const { onAbort } = this;
    onAbort();
    if (this.#signal !== null) import('../abort/abort_signal.js').signalAbort(this.#signal, reason);
  }

  /** The size of a chunk; a strategy that fails errors the stream. */
  measure(chunk) {
    const { sizeOf } = this;
    if (sizeOf === null) return 1;
    try {
      return sizeOf(chunk);
    } catch (error) {
      this.errorIfNeeded(error);
      return 1;
    }
  }

  write(chunk, size) {
    try {
      this.queue.push(chunk, size);
    } catch (error) {
      this.errorIfNeeded(error);
      return;
    }
    const { stream } = this;
    if (!stream.isClosing && stream.state === 'writable') stream.updateBackpressure(this.desiredSize <= 0);
    this.#advance();
  }

  close() {
    this.queue.push(CLOSE, 0);
    this.#advance();
  }

  errorIfNeeded(reason) {
    if (this.stream.state === 'writable') this.error(reason);
  }

  error(reason) {
    this.forget();
    this.stream.startErroring(reason);
  }

  /** The sink will not be called again: it may be collected. */
  forget() {
    this.writeSink = this.closeSink = this.abortSink = nothing;
    this.sizeOf = null;
  }

  abortSteps(reason) {
    const { abortSink } = this;
    const result = abortSink(reason);
    this.forget();
    return result;
  }

  errorSteps() { this.queue.clear(); }

  #advance() {
    const { stream } = this;
    if (!this.started || stream.writeInFlight !== null) return;
    if (stream.state === 'erroring') {
      stream.finishErroring();
      return;
    }
    if (this.queue.length === 0) return;
    const chunk = this.queue.peek();
    if (chunk === CLOSE) this.#close();
    else this.#write(chunk);
  }

  #close() {
    const { stream } = this;
    stream.closeInFlight = stream.closeRequest;
    stream.closeRequest = null;
    this.queue.shift();
    const { closeSink } = this;
    const steps = closeSink();
    this.forget();
    upon(steps, () => stream.finishClose(), (reason) => stream.failClose(reason));
  }

  #write(chunk) {
    const { stream } = this;
    stream.writeInFlight = stream.writes.shift();
    const { writeSink } = this;
    upon(writeSink(chunk), () => this.#written(), (reason) => {
      if (stream.state === 'writable') this.forget();
      stream.failWrite(reason);
    });
  }

  #written() {
    const { stream } = this;
    stream.finishWrite();
    this.queue.shift();
    if (!stream.isClosing && stream.state === 'writable') stream.updateBackpressure(this.desiredSize <= 0);
    this.#advance();
  }
}

export class WritableStreamDefaultController {
  #inner;

  constructor(token = undefined, inner = undefined) {
    if (token !== INTERNAL) illegalConstructor();
    this.#inner = inner;
  }

  get signal() { return this.#inner.signal; }

  error(reason = undefined) { this.#inner.errorIfNeeded(reason); }
}
defineInterface(WritableStreamDefaultController, 'WritableStreamDefaultController');

/** https://streams.spec.whatwg.org/#set-up-writable-stream-default-controller-from-underlying-sink */
export function setUpController(stream, sink, { abort, close, start, write }, strategy) {
  const sizeOf = strategy.size === undefined ? null : (chunk) => FunctionPrototypeCall(strategy.size, undefined, chunk);
  const controller = new WritableController(stream, {
    __proto__: null,
    highWaterMark: highWaterMarkOf(strategy, 1),
    sizeOf,
    writeSink: write === undefined ? undefined : (chunk) => call(write, sink, [chunk, controller.object]),
    closeSink: close === undefined ? undefined : () => call(close, sink, []),
    abortSink: abort === undefined ? undefined : (reason) => call(abort, sink, [reason]),
  });
  controller.object = new WritableStreamDefaultController(INTERNAL, controller);
  controller.start(startSteps(sink, start, controller.object));
}
