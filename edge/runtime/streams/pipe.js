// From a readable to a writable stream: https://streams.spec.whatwg.org/#readable-stream-pipe-to

import { TypeError } from '../bootstrap/primordials.js';
import { Deferred, upon } from './promises.js';
import { Reader } from './readable.js';
import { Writer } from './writable.js';

class Pipe {
  #source;
  #destination;
  #reader;
  #writer;
  #options;
  #done = new Deferred();
  #shuttingDown = false;
  // Writes, and chunks that are about to be written.
  #unfinished = 0;
  #onFinished = null;
  #forgetSignal = null;

  constructor(source, destination, options) {
    this.#source = source;
    this.#destination = destination;
    this.#options = options;
    this.#reader = new Reader(source, false);
    this.#writer = new Writer(destination);
    source.disturbed = true;
  }

  start() {
    const { signal } = this.#options;
    if (signal !== undefined && this.#watch(signal)) return this.#done.promise;
    this.#propagate();
    if (!this.#shuttingDown) upon(undefined, () => this.#step());
    return this.#done.promise;
  }

  // True when the signal has been aborted already.
  #watch(signal) {
    const { abortReason, isAborted, onAbort } = import('../abort/abort_signal.js');
    const abort = () => this.#abort(abortReason(signal));
    if (isAborted(signal)) {
      abort();
      return true;
    }
    this.#forgetSignal = onAbort(signal, abort);
    return false;
  }

  #abort(reason) {
    const { preventAbort, preventCancel } = this.#options;
    this.#shutDown(() => bothOf(
      !preventAbort && this.#destination.state === 'writable' ? this.#destination.abort(reason) : undefined,
      !preventCancel && this.#source.state === 'readable' ? this.#source.cancel(reason) : undefined,
    ), { __proto__: null, reason });
  }

  // Errors and ends of either side reach the other one.
  #propagate() {
    const source = this.#source;
    const destination = this.#destination;
    if (source.state === 'errored') this.#sourceFailed(source.storedError);
    else if (source.state === 'readable') upon(this.#reader.closed.promise, () => this.#sourceClosed(), (reason) => this.#sourceFailed(reason));
    if (destination.state === 'errored') this.#destinationFailed(destination.storedError);
    else upon(this.#writer.closed.promise, undefined, (reason) => this.#destinationFailed(reason));
    if (source.state === 'closed') this.#sourceClosed();
    if (destination.isClosing || destination.state === 'closed') this.#destinationFailed(new TypeError('The destination is closing or closed'));
  }

  #sourceFailed(reason) {
    this.#shutDown(this.#options.preventAbort ? null : () => this.#destination.abort(reason), { __proto__: null, reason });
  }

  #destinationFailed(reason) {
    this.#shutDown(this.#options.preventCancel ? null : () => this.#source.cancel(reason), { __proto__: null, reason });
  }

  #sourceClosed() {
    this.#shutDown(this.#options.preventClose ? null : () => this.#writer.closeAndPropagate(), null);
  }

  // -- chunks

  // What lies ready is written without a wait between chunks, as far as the destination wants it.
  #step() {
    while (!this.#shuttingDown && this.#destination.state === 'writable') {
      if (this.#writer.ready.isPending) {
        upon(this.#writer.ready.promise, () => this.#step(), ignore);
        return;
      }
      if (!this.#read()) return;
    }
  }

  // True when there was a chunk.
  #read() {
    let reading = true;
    let found = false;
    this.#reader.read({
      __proto__: null,
      chunk: (chunk) => {
        if (reading) {
          found = true;
          this.#write(chunk);
          return;
        }
        // The source is enqueueing: nobody expects the sink to be called within that.
        this.#unfinished += 1;
        upon(undefined, () => {
          this.#write(chunk);
          this.#finished();
          this.#step();
        });
      },
      close: ignore,
      error: ignore,
    });
    reading = false;
    return found;
  }

  #write(chunk) {
    // It was released when the destination failed.
    if (this.#writer.stream === null) return;
    this.#unfinished += 1;
    const finished = () => this.#finished();
    this.#writer.write(chunk, { __proto__: null, resolve: finished, reject: finished });
  }

  #finished() {
    this.#unfinished -= 1;
    if (this.#unfinished > 0 || this.#onFinished === null) return;
    const next = this.#onFinished;
    this.#onFinished = null;
    next();
  }

  // -- the end

  #shutDown(action, failure) {
    if (this.#shuttingDown) return;
    this.#shuttingDown = true;
    const act = () => {
      if (action === null) this.#finalize(failure);
      else upon(action(), () => this.#finalize(failure), (reason) => this.#finalize({ __proto__: null, reason }));
    };
    const destination = this.#destination;
    if (destination.state !== 'writable' || destination.isClosing) act();
    else if (this.#unfinished > 0) this.#onFinished = () => upon(undefined, act);
    else upon(undefined, act);
  }

  #finalize(failure) {
    this.#writer.release();
    this.#reader.release();
    if (this.#forgetSignal !== null) this.#forgetSignal();
    if (failure === null) this.#done.resolve(undefined);
    else this.#done.reject(failure.reason);
  }
}

const ignore = () => {};

// Steps that end when both have, and fail with the first that fails.
function bothOf(one, two) {
  const deferred = new Deferred();
  let left = 2;
  const done = () => {
    left -= 1;
    if (left === 0) deferred.resolve(undefined);
  };
  upon(one, done, deferred.reject);
  upon(two, done, deferred.reject);
  return deferred.promise;
}

/** Both must be unlocked; `options` as toPipeOptions gives them. */
export function pipe(source, destination, options) {
  return new Pipe(source, destination, options).start();
}
