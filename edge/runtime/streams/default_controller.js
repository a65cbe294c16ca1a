// ReadableStreamDefaultController: https://streams.spec.whatwg.org/#rs-default-controller-class

import { FunctionPrototypeCall, TypeError } from '../bootstrap/primordials.js';
import { defineInterface, illegalConstructor } from '../webidl/index.js';
import { INTERNAL } from './internal.js';
import { call, startSteps, upon } from './promises.js';
import { SizedQueue } from './queue.js';
import { highWaterMarkOf } from './strategies.js';

const nothing = () => undefined;

/**
 * The controller from inside.  `pullSource()` and `cancelSource(reason)` give steps; `sizeOf` is null where each chunk counts 1.
 */
export class DefaultController {
  isByte = false;
  // Fields are defined here: an assignment alone would call a setter on Object.prototype.
  stream;
  highWaterMark;
  sizeOf;
  pullSource;
  cancelSource;
  started = false;
  pulling = false;
  pullAgain = false;
  closeRequested = false;
  queue = new SizedQueue();
  /** The ReadableStreamDefaultController. */
  object = null;

  constructor(stream, { highWaterMark, sizeOf = null, pullSource = nothing, cancelSource = nothing }) {
    this.stream = stream;
    this.highWaterMark = highWaterMark;
    this.sizeOf = sizeOf;
    this.pullSource = pullSource;
    this.cancelSource = cancelSource;
    stream.controller = this;
  }

  /** `steps` are those of the source's start; nothing is pulled before they have ended. */
  start(steps) {
    upon(steps, () => {
      this.started = true;
      this.pullIfNeeded();
    }, (reason) => this.error(reason));
  }

  get desiredSize() {
    if (this.stream.state === 'errored') return null;
    return this.stream.state === 'closed' ? 0 : this.highWaterMark - this.queue.total;
  }

  get canCloseOrEnqueue() { return !this.closeRequested && this.stream.state === 'readable'; }

  get shouldPull() {
    if (!this.canCloseOrEnqueue || !this.started) return false;
    return this.stream.waitingReads > 0 || this.desiredSize > 0;
  }

  pullIfNeeded() {
    if (!this.shouldPull) return;
    if (this.pulling) {
      this.pullAgain = true;
      return;
    }
    this.pulling = true;
    upon(this.pullSource(), () => {
      this.pulling = false;
      if (!this.pullAgain) return;
      this.pullAgain = false;
      this.pullIfNeeded();
    }, (reason) => this.error(reason));
  }

  enqueue(chunk) {
    if (!this.canCloseOrEnqueue) return;
    const { stream } = this;
    if (stream.waitingReads > 0) stream.fulfillRead(chunk, false);
    else this.#store(chunk);
    this.pullIfNeeded();
  }

  #store(chunk) {
    try {
      const { sizeOf } = this;
      this.queue.push(chunk, sizeOf === null ? 1 : sizeOf(chunk));
    } catch (error) {
      this.error(error);
      throw error;
    }
  }

  close() {
    if (!this.canCloseOrEnqueue) return;
    this.closeRequested = true;
    if (this.queue.length === 0) {
      this.forget();
      this.stream.close();
    }
  }

  error(reason) {
    if (this.stream.state !== 'readable') return;
    this.queue.clear();
    this.forget();
    this.stream.error(reason);
  }

  /** The source will not be called again: it may be collected. */
  forget() {
    this.pullSource = this.cancelSource = nothing;
    this.sizeOf = null;
  }

  cancelSteps(reason) {
    this.queue.clear();
    const { cancelSource } = this;
    const result = cancelSource(reason);
    this.forget();
    return result;
  }

  pullSteps(request) {
    if (this.queue.length === 0) {
      this.stream.reader.requests.push(request);
      this.pullIfNeeded();
      return;
    }
    const chunk = this.queue.shift();
    if (this.closeRequested && this.queue.length === 0) {
      this.forget();
      this.stream.close();
    } else this.pullIfNeeded();
    request.chunk(chunk);
  }

  releaseSteps() {}
}

export class ReadableStreamDefaultController {
  #inner;

  constructor(token = undefined, inner = undefined) {
    if (token !== INTERNAL) illegalConstructor();
    this.#inner = inner;
  }

  get desiredSize() { return this.#inner.desiredSize; }

  close() {
    const inner = this.#inner;
    if (!inner.canCloseOrEnqueue) throw new TypeError('The stream cannot be closed: it is closed, errored or about to close already');
    inner.close();
  }

  enqueue(chunk = undefined) {
    const inner = this.#inner;
    if (!inner.canCloseOrEnqueue) throw new TypeError('The stream takes no more chunks: it is closed, errored or about to close');
    inner.enqueue(chunk);
  }

  error(reason = undefined) { this.#inner.error(reason); }
}
defineInterface(ReadableStreamDefaultController, 'ReadableStreamDefaultController');

/** What the members of an underlying source mean for a controller. */
export function sourceSteps(source, { pull, cancel }, controllerObject) {
  return {
    __proto__: null,
    pullSource: pull === undefined ? undefined : () => call(pull, source, [controllerObject()]),
    cancelSource: cancel === undefined ? undefined : (reason) => call(cancel, source, [reason]),
  };
}

/** https://streams.spec.whatwg.org/#set-up-readable-stream-default-controller-from-underlying-source */
export function setUpDefaultController(stream, source, members, strategy) {
  const sizeOf = strategy.size === undefined ? null : (chunk) => FunctionPrototypeCall(strategy.size, undefined, chunk);
  const controller = new DefaultController(stream, {
    __proto__: null,
    highWaterMark: highWaterMarkOf(strategy, 1),
    sizeOf,
    ...sourceSteps(source, members, () => controller.object),
  });
  controller.object = new ReadableStreamDefaultController(INTERNAL, controller);
  controller.start(startSteps(source, members.start, controller.object));
}
