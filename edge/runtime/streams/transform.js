// A transform stream from inside: https://streams.spec.whatwg.org/#ts-all-abstract-ops

import { PromiseReject, TypeError } from '../bootstrap/primordials.js';
import { DefaultController } from './default_controller.js';
import { Deferred, chain, upon } from './promises.js';
import { Readable } from './readable.js';
import { Writable } from './writable.js';
import { WritableController } from './writable_controller.js';

const nothing = () => undefined;

/**
 * Both sides and the transformer between them: `transformChunk(chunk)`, `flush()` and `cancel(reason)` give steps.  Without
 * `transformChunk` the chunks pass as they are.
 */
export class Transform {
  readable = new Readable();
  writable = new Writable();
  backpressure = true;
  transformChunk;
  flush;
  cancel;
  // Settled when backpressure changes; made when somebody waits for that.
  #change = null;
  // The same for each(), which does not wait any more when the writable side is aborted.
  #wanted = null;
  // The outcome of cancel, flush or abort, whichever came first.
  #finish = null;
  /** The TransformStreamDefaultController. */
  object = null;

  constructor({ readableMark, readableSize, writableMark, writableSize, transformChunk = (chunk) => this.#pass(chunk), flush = nothing, cancel = nothing }) {
    this.transformChunk = transformChunk;
    this.flush = flush;
    this.cancel = cancel;
    new WritableController(this.writable, {
      __proto__: null,
      highWaterMark: writableMark,
      sizeOf: writableSize,
      writeSink: (chunk) => this.#write(chunk),
      closeSink: () => this.#close(),
      abortSink: (reason) => this.#abort(reason),
    });
    this.writable.controller.onAbort = () => this.#want();
    new DefaultController(this.readable, {
      __proto__: null,
      highWaterMark: readableMark,
      sizeOf: readableSize,
      pullSource: () => this.#pull(),
      cancelSource: (reason) => this.#cancel(reason),
    });
  }

  /** `steps` are those of the transformer's start. */
  start(steps) {
    // Both sides start after what the first microtask brings, a cancel() for instance.
    const started = chain(steps, nothing);
    this.writable.controller.start(started);
    this.readable.controller.start(started);
  }

  #pass(chunk) {
    try {
      this.enqueue(chunk);
      return undefined;
    } catch (error) {
      return PromiseReject(error);
    }
  }

  #setBackpressure(backpressure) {
    const change = this.#change;
    this.#change = null;
    this.backpressure = backpressure;
    if (change !== null) change.resolve(undefined);
    if (!backpressure) this.#want();
  }

  #changed() {
    this.#change ??= new Deferred();
    return this.#change.promise;
  }

  #want() {
    const wanted = this.#wanted;
    this.#wanted = null;
    if (wanted !== null) wanted.resolve(undefined);
  }

  /**
   * Calls `give()` until `source.done`, but from the second time on only when the reader wants more: within one chunk, too, no
   * more is made than is read.  Gives steps, which end early when either side does.
   */
  each(source, give) {
    const goOn = () => {
      while (!source.done && this.readable.state === 'readable' && this.writable.state === 'writable') {
        give();
        if (source.done || !this.backpressure) continue;
        this.#wanted = new Deferred();
        return chain(this.#wanted.promise, goOn);
      }
      return undefined;
    };
    return goOn();
  }

  // -- the controller

  get desiredSize() { return this.readable.controller.desiredSize; }

  enqueue(chunk) {
    const { readable } = this;
    const { controller } = readable;
    if (!controller.canCloseOrEnqueue) throw new TypeError('The readable side takes no more chunks: it is closed, errored or about to close');
    try {
      controller.enqueue(chunk);
    } catch (error) {
      this.errorWritable(error);
      throw readable.storedError;
    }
    if (!controller.shouldPull && !this.backpressure) this.#setBackpressure(true);
  }

  error(reason) {
    this.readable.controller.error(reason);
    this.errorWritable(reason);
  }

  errorWritable(reason) {
    this.#forget();
    this.writable.controller.errorIfNeeded(reason);
    this.#unblockWrite();
  }

  #unblockWrite() {
    if (this.backpressure) this.#setBackpressure(false);
  }

  terminate() {
    this.readable.controller.close();
    this.errorWritable(new TypeError('The readable side was terminated'));
  }

  /** The transformer will not be called again: it may be collected. */
  #forget() {
    this.transformChunk = this.flush = this.cancel = nothing;
  }

  // -- the writable side

  #write(chunk) {
    if (!this.backpressure) return this.#transform(chunk);
    return chain(this.#changed(), () => {
      if (this.writable.state === 'erroring') throw this.writable.storedError;
      return this.#transform(chunk);
    });
  }

  #transform(chunk) {
    const { transformChunk } = this;
    const steps = transformChunk(chunk);
    return steps === undefined ? undefined : chain(steps, nothing, (reason) => {
      this.error(reason);
      throw reason;
    });
  }

  #abort(reason) {
    const { readable } = this;
    return this.#finishBy(() => this.cancel(reason), readable, () => readable.controller.error(reason), (error) => readable.controller.error(error));
  }

  #close() {
    const { readable } = this;
    return this.#finishBy(() => this.flush(), readable, () => readable.controller.close(), (error) => readable.controller.error(error));
  }

  // -- the readable side

  #pull() {
    this.#setBackpressure(false);
    return this.#changed();
  }

  #cancel(reason) {
    const end = (error) => {
      this.writable.controller.errorIfNeeded(error);
      this.#unblockWrite();
    };
    return this.#finishBy(() => this.cancel(reason), this.writable, () => end(reason), end);
  }

  // Runs the last steps of the transformer, then ends the other side, which may have failed meanwhile.
  #finishBy(last, other, done, failed) {
    if (this.#finish !== null) return this.#finish.promise;
    const finish = new Deferred();
    this.#finish = finish;
    const steps = last();
    this.#forget();
    // Both sides have started before a promise of the user's counts as settled.
    upon(steps === undefined ? undefined : chain(steps, nothing), () => {
      if (other.state === 'errored') {
        finish.reject(other.storedError);
        return;
      }
      done();
      finish.resolve(undefined);
    }, (error) => {
      failed(error);
      finish.reject(error);
    });
    return finish.promise;
  }
}
