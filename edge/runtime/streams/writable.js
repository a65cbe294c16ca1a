// A writable stream from inside: https://streams.spec.whatwg.org/#ws-all-abstract-ops
//
// Requests (a write, a close) are objects with two functions, of which one is called: `resolve()` and `reject(reason)`.

import { PromiseReject, TypeError } from '../bootstrap/primordials.js';
import { Deferred, Outcome, promiseOf, upon } from './promises.js';
import { Queue } from './queue.js';

export class Writable {
  /** 'writable', 'erroring', 'errored' or 'closed'. */
  state = 'writable';
  storedError = undefined;
  backpressure = false;
  writer = null;
  /** A WritableController. */
  controller = null;
  writes = new Queue();
  writeInFlight = null;
  closeRequest = null;
  closeInFlight = null;
  /** `{deferred, reason, wasErroring}` */
  pendingAbort = null;
  /** The WritableStream. */
  object = null;

  get isClosing() { return this.closeRequest !== null || this.closeInFlight !== null; }

  /** Gives steps. */
  abort(reason) {
    if (this.state === 'closed' || this.state === 'errored') return undefined;
    this.controller.signalAbort(reason);
    // A listener may have changed it.
    if (this.state === 'closed' || this.state === 'errored') return undefined;
    if (this.pendingAbort !== null) return this.pendingAbort.deferred.promise;
    const wasErroring = this.state === 'erroring';
    const deferred = new Deferred();
    this.pendingAbort = { __proto__: null, deferred, reason: wasErroring ? undefined : reason, wasErroring };
    if (!wasErroring) this.startErroring(reason);
    return deferred.promise;
  }

  /** Gives a promise. */
  close() {
    if (this.state === 'closed' || this.state === 'errored') return PromiseReject(new TypeError(`The stream is ${this.state} already`));
    const request = new Deferred();
    this.closeRequest = request;
    if (this.writer !== null && this.backpressure && this.state === 'writable') this.writer.ready.resolve();
    this.controller.close();
    return request.promise;
  }

  startErroring(reason) {
    this.state = 'erroring';
    this.storedError = reason;
    if (this.writer !== null) this.writer.rejectReady(reason);
    if (this.writeInFlight === null && this.closeInFlight === null && this.controller.started) this.finishErroring();
  }

  finishErroring() {
    this.state = 'errored';
    this.controller.errorSteps();
    const { writes } = this;
    this.writes = new Queue();
    while (writes.length > 0) writes.shift().reject(this.storedError);
    const abort = this.pendingAbort;
    this.pendingAbort = null;
    if (abort === null) {
      this.#rejectClosing();
    } else if (abort.wasErroring) {
      abort.deferred.reject(this.storedError);
      this.#rejectClosing();
    } else this.#runAbort(abort);
  }

  #runAbort({ deferred, reason }) {
    upon(this.controller.abortSteps(reason), () => {
      deferred.resolve(undefined);
      this.#rejectClosing();
    }, (error) => {
      deferred.reject(error);
      this.#rejectClosing();
    });
  }

  #rejectClosing() {
    const { closeRequest, storedError, writer } = this;
    this.closeRequest = null;
    if (closeRequest !== null) closeRequest.reject(storedError);
    if (writer !== null) writer.closed.reject(storedError);
  }

  /** Something of the sink's has failed. */
  fail(reason) {
    if (this.state === 'writable') this.startErroring(reason);
    else this.finishErroring();
  }

  finishWrite() {
    const request = this.writeInFlight;
    this.writeInFlight = null;
    request.resolve(undefined);
  }

  failWrite(reason) {
    const request = this.writeInFlight;
    this.writeInFlight = null;
    request.reject(reason);
    this.fail(reason);
  }

  finishClose() {
    const request = this.closeInFlight;
    this.closeInFlight = null;
    request.resolve(undefined);
    if (this.state === 'erroring') {
      // The close was faster than the error.
      this.storedError = undefined;
      if (this.pendingAbort !== null) this.pendingAbort.deferred.resolve(undefined);
      this.pendingAbort = null;
    }
    this.state = 'closed';
    if (this.writer !== null) this.writer.closed.resolve();
  }

  failClose(reason) {
    const request = this.closeInFlight;
    this.closeInFlight = null;
    request.reject(reason);
    if (this.pendingAbort !== null) this.pendingAbort.deferred.reject(reason);
    this.pendingAbort = null;
    this.fail(reason);
  }

  updateBackpressure(backpressure) {
    const { writer } = this;
    if (writer !== null && backpressure !== this.backpressure) {
      if (backpressure) writer.ready = new Outcome();
      else writer.ready.resolve();
    }
    this.backpressure = backpressure;
  }
}

/** A writer from inside. */
export class Writer {
  stream;
  ready;
  closed;

  constructor(stream) {
    if (stream.writer !== null) throw new TypeError('The stream is locked to a writer already');
    this.stream = stream;
    stream.writer = this;
    const { state, storedError } = stream;
    if (state === 'erroring' || state === 'errored') this.ready = Outcome.rejected(storedError);
    else if (state === 'writable' && !stream.isClosing && stream.backpressure) this.ready = new Outcome();
    else this.ready = Outcome.resolved();
    if (state === 'closed') this.closed = Outcome.resolved();
    else this.closed = state === 'errored' ? Outcome.rejected(storedError) : new Outcome();
  }

  get desiredSize() {
    const { state, controller } = this.stream;
    if (state === 'errored' || state === 'erroring') return null;
    return state === 'closed' ? 0 : controller.desiredSize;
  }

  rejectReady(reason) {
    if (this.ready.isPending) this.ready.reject(reason);
    else this.ready = Outcome.rejected(reason);
  }

  /** `request` is settled when the chunk has been written. */
  write(chunk, request) {
    const { stream } = this;
    const { controller } = stream;
    const size = controller.measure(chunk);
    if (stream !== this.stream) request.reject(new TypeError('The writer was released'));
    else if (stream.state === 'errored') request.reject(stream.storedError);
    else if (stream.isClosing || stream.state === 'closed') request.reject(new TypeError('The stream is closing or closed: nothing can be written'));
    else if (stream.state === 'erroring') request.reject(stream.storedError);
    else {
      stream.writes.push(request);
      controller.write(chunk, size);
    }
  }

  /** https://streams.spec.whatwg.org/#writable-stream-default-writer-close-with-error-propagation: gives steps. */
  closeAndPropagate() {
    const { stream } = this;
    if (stream.isClosing || stream.state === 'closed') return undefined;
    return stream.state === 'errored' ? PromiseReject(stream.storedError) : stream.close();
  }

  release() {
    const { stream } = this;
    const released = new TypeError('The writer was released');
    this.rejectReady(released);
    if (this.closed.isPending) this.closed.reject(released);
    else this.closed = Outcome.rejected(released);
    stream.writer = null;
    this.stream = null;
  }
}

/** Abort, as users of a stream see it. */
export function abortPromise(stream, reason) {
  return promiseOf(stream.abort(reason));
}
