// The controller of a stream of bytes, from inside: https://streams.spec.whatwg.org/#rbs-controller-abstract-ops

import {
  ArrayBuffer, ArrayBufferPrototypeGetByteLength, ArrayBufferPrototypeGetDetached, ArrayBufferPrototypeTransfer, MathMin, RangeError,
  TypedArrayPrototypeGetBuffer, TypedArrayPrototypeGetByteLength, TypedArrayPrototypeGetByteOffset, TypeError, Uint8Array,
} from '../bootstrap/primordials.js';
import { upon } from './promises.js';
import { PullInto } from './pull_into.js';
import { Queue } from './queue.js';
import { bufferOf, copyBytes, offsetOf, sizeOf } from './views.js';

const nothing = () => undefined;

/** `pullSource()` and `cancelSource(reason)` give steps. */
export class ByteController {
  isByte = true;
  // Fields are defined here: an assignment alone would call a setter on Object.prototype.
  stream;
  highWaterMark;
  autoAllocate;
  pullSource;
  cancelSource;
  started = false;
  pulling = false;
  pullAgain = false;
  closeRequested = false;
  /** Uint8Arrays whose buffers belong to the stream. */
  queue = new Queue();
  queued = 0;
  pullIntos = new Queue();
  /** The inner object of what `byobRequest` has given. */
  byobRequest = null;
  /** The ReadableByteStreamController. */
  object = null;

  constructor(stream, { highWaterMark, autoAllocate = 0, pullSource = nothing, cancelSource = nothing }) {
    this.stream = stream;
    this.highWaterMark = highWaterMark;
    this.autoAllocate = autoAllocate;
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
    return this.stream.state === 'closed' ? 0 : this.highWaterMark - this.queued;
  }

  get shouldPull() {
    if (this.stream.state !== 'readable' || this.closeRequested || !this.started) return false;
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

  error(reason) {
    if (this.stream.state !== 'readable') return;
    this.#drop();
    this.forget();
    this.stream.error(reason);
  }

  #drop() {
    this.invalidateRequest();
    this.pullIntos.clear();
    this.queue.clear();
    this.queued = 0;
  }

  /** The source will not be called again: it may be collected. */
  forget() {
    this.pullSource = this.cancelSource = nothing;
  }

  close() {
    const { stream, pullIntos } = this;
    if (this.closeRequested || stream.state !== 'readable') return;
    if (this.queued > 0) {
      this.closeRequested = true;
      return;
    }
    if (pullIntos.length > 0 && pullIntos.peek().remainder > 0) {
      const error = new TypeError('The stream was closed within an element of a view that is being filled');
      this.error(error);
      throw error;
    }
    this.forget();
    stream.close();
  }

  cancelSteps(reason) {
    this.#drop();
    const { cancelSource } = this;
    const result = cancelSource(reason);
    this.forget();
    return result;
  }

  releaseSteps() {
    if (this.pullIntos.length === 0) return;
    const first = this.pullIntos.peek();
    first.reader = 'none';
    this.pullIntos.clear();
    this.pullIntos.push(first);
  }

  // -- chunks

  /** A chunk of the user's, whose buffer is taken away. */
  enqueue(view) {
    if (this.closeRequested || this.stream.state !== 'readable') return;
    const buffer = bufferOf(view);
    const offset = offsetOf(view);
    const size = sizeOf(view);
    if (ArrayBufferPrototypeGetDetached(buffer)) throw new TypeError('The buffer of the chunk is detached');
    this.enqueueOwn(new Uint8Array(ArrayBufferPrototypeTransfer(buffer), offset, size));
  }

  /** A chunk whose buffer is the stream's already. */
  enqueueOwn(chunk) {
    const { stream, pullIntos } = this;
    if (this.closeRequested || stream.state !== 'readable') return;
    if (pullIntos.length > 0) this.#detachFirst();
    if (stream.hasDefaultReader) this.#enqueueForReads(chunk);
    else {
      this.#store(chunk);
      if (stream.hasByobReader) this.#commitAll(this.#fillFromQueue());
    }
    this.pullIfNeeded();
  }

  // Whoever has got the request for the first view shall not write into it any more.
  #detachFirst() {
    const first = this.pullIntos.peek();
    if (ArrayBufferPrototypeGetDetached(first.buffer)) throw new TypeError('The buffer of byobRequest was detached: it cannot be filled by enqueue()');
    this.invalidateRequest();
    first.buffer = ArrayBufferPrototypeTransfer(first.buffer);
    if (first.reader === 'none') this.#enqueueAbandoned(first);
  }

  #enqueueForReads(chunk) {
    const { stream, pullIntos } = this;
    const { requests } = stream.reader;
    while (requests.length > 0 && this.queued > 0) this.#giveFromQueue(requests.shift());
    if (requests.length === 0) {
      this.#store(chunk);
      return;
    }
    if (pullIntos.length > 0) pullIntos.shift();
    stream.fulfillRead(chunk, false);
  }

  #store(chunk) {
    this.queue.push(chunk);
    this.queued += TypedArrayPrototypeGetByteLength(chunk);
  }

  #giveFromQueue(request) {
    const chunk = this.queue.shift();
    this.queued -= TypedArrayPrototypeGetByteLength(chunk);
    this.#drained();
    request.chunk(chunk);
  }

  #drained() {
    if (this.queued === 0 && this.closeRequested) {
      this.forget();
      this.stream.close();
    } else this.pullIfNeeded();
  }

  /** A default reader wants a chunk. */
  pullSteps(request) {
    if (this.queued > 0) {
      this.#giveFromQueue(request);
      return;
    }
    if (this.autoAllocate > 0) {
      try {
        this.pullIntos.push(PullInto.ofRead(new ArrayBuffer(this.autoAllocate), this.autoAllocate));
      } catch (error) {
        request.error(error);
        return;
      }
    }
    this.stream.reader.requests.push(request);
    this.pullIfNeeded();
  }

  // -- views of BYOB readers

  /** A BYOB reader wants `minimum` elements or more in its view. */
  pullInto(view, minimum, request) {
    let into;
    try {
      into = PullInto.ofView(view, minimum);
    } catch (error) {
      request.error(error);
      return;
    }
    const { stream, pullIntos } = this;
    if (pullIntos.length === 0) {
      if (stream.state === 'closed') {
        request.close(into.emptyView());
        return;
      }
      if (this.queued > 0) {
        if (this.#fill(into)) {
          const filled = into.view();
          this.#drained();
          request.chunk(filled);
          return;
        }
        if (this.closeRequested) {
          const error = new TypeError('The stream ends within an element of the view');
          this.error(error);
          request.error(error);
          return;
        }
      }
    }
    const first = pullIntos.length === 0;
    pullIntos.push(into);
    stream.reader.requests.push(request);
    if (first) this.pullIfNeeded();
  }

  // Copies from the queue what fits; true when that is enough.
  #fill(into) {
    const most = MathMin(this.queued, into.size - into.filled);
    const aligned = into.filled + most - ((into.filled + most) % into.elementSize);
    const enough = aligned >= into.minimum;
    let left = enough ? aligned - into.filled : most;
    while (left > 0) left -= this.#fillFromChunk(into, left);
    return enough;
  }

  #fillFromChunk(into, left) {
    const chunk = this.queue.peek();
    const size = TypedArrayPrototypeGetByteLength(chunk);
    const buffer = TypedArrayPrototypeGetBuffer(chunk);
    const offset = TypedArrayPrototypeGetByteOffset(chunk);
    const count = MathMin(left, size);
    copyBytes(into.buffer, into.offset + into.filled, buffer, offset, count);
    if (count === size) this.queue.shift();
    else this.queue.replaceFirst(new Uint8Array(buffer, offset + count, size - count));
    this.queued -= count;
    into.filled += count;
    return count;
  }

  // The views that the queue fills, taken from those that wait.
  #fillFromQueue() {
    const filled = new Queue();
    const { pullIntos } = this;
    while (pullIntos.length > 0 && this.queued > 0) if (this.#fill(pullIntos.peek())) filled.push(pullIntos.shift());
    return filled;
  }

  #commitAll(filled) {
    while (filled.length > 0) this.#commit(filled.shift());
  }

  #commit(into) {
    this.stream.fulfillRead(into.view(), this.stream.state === 'closed');
  }

  // What was written into a view that nobody waits for any more.
  #enqueueAbandoned(into) {
    if (into.filled > 0) this.#storeCopy(into.buffer, into.offset, into.filled);
    this.pullIntos.shift();
  }

  #storeCopy(buffer, offset, size) {
    try {
      const copy = new ArrayBuffer(size);
      copyBytes(copy, 0, buffer, offset, size);
      this.#store(new Uint8Array(copy));
    } catch (error) {
      this.error(error);
      throw error;
    }
  }

  // -- answers to byobRequest

  invalidateRequest() {
    if (this.byobRequest === null) return;
    this.byobRequest.controller = null;
    this.byobRequest.view = null;
    this.byobRequest = null;
  }

  /** `count` bytes were written into the view of byobRequest. */
  respond(count) {
    const first = this.pullIntos.peek();
    if (this.stream.state === 'closed') {
      if (count !== 0) throw new TypeError('The stream is closed: nothing can be written into its views');
    } else {
      if (count === 0) throw new TypeError('To respond with 0 bytes the stream must be closed');
      if (first.filled + count > first.size) throw new RangeError(`${count} bytes are more than the view has room for`);
    }
    first.buffer = ArrayBufferPrototypeTransfer(first.buffer);
    this.#respond(count);
  }

  /** The bytes are in `view`, on the buffer that byobRequest's view was on. */
  respondWithNewView(view) {
    const first = this.pullIntos.peek();
    const size = sizeOf(view);
    if (this.stream.state === 'closed') {
      if (size !== 0) throw new TypeError('The stream is closed: the view must be empty');
    } else if (size === 0) throw new TypeError('To respond with an empty view the stream must be closed');
    const buffer = bufferOf(view);
    if (first.offset + first.filled !== offsetOf(view)) throw new RangeError('The view begins elsewhere in its buffer than that of byobRequest');
    if (first.bufferSize !== ArrayBufferPrototypeGetByteLength(buffer)) throw new RangeError("The view's buffer has another size than that of byobRequest");
    if (first.filled + size > first.size) throw new RangeError('The view is larger than that of byobRequest');
    first.buffer = ArrayBufferPrototypeTransfer(buffer);
    this.#respond(size);
  }

  #respond(count) {
    this.invalidateRequest();
    if (this.stream.state === 'closed') this.#respondClosed();
    else this.#respondReadable(count);
    this.pullIfNeeded();
  }

  #respondClosed() {
    const { stream, pullIntos } = this;
    if (pullIntos.peek().reader === 'none') pullIntos.shift();
    if (!stream.hasByobReader) return;
    const finished = new Queue();
    while (finished.length < stream.waitingReads) finished.push(pullIntos.shift());
    this.#commitAll(finished);
  }

  #respondReadable(count) {
    const into = this.pullIntos.peek();
    into.filled += count;
    if (into.reader === 'none') {
      this.#enqueueAbandoned(into);
      this.#commitAll(this.#fillFromQueue());
      return;
    }
    if (into.filled < into.minimum) return;
    this.pullIntos.shift();
    const { remainder } = into;
    if (remainder > 0) {
      this.#storeCopy(into.buffer, into.offset + into.filled - remainder, remainder);
      into.filled -= remainder;
    }
    const filled = this.#fillFromQueue();
    this.#commit(into);
    this.#commitAll(filled);
  }
}
