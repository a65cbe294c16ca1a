// A readable stream from inside: its state, and what readers and controllers do to it.
// https://streams.spec.whatwg.org/#rs-all-abstract-ops
//
// Public objects have one private field, which holds the inner object; algorithms work on inner objects only.

import { PromiseReject, TypeError } from '../bootstrap/primordials.js';
import { Outcome, chain } from './promises.js';
import { Queue } from './queue.js';

export class Readable {
  state = 'readable';
  storedError = undefined;
  disturbed = false;
  /** How many bytes will come, when that is known. */
  knownLength = null;
  reader = null;
  /** A DefaultController or a ByteController. */
  controller = null;
  /** The ReadableStream. */
  object = null;
  #ended = null;

  /** An outcome: that it has closed, or failed. */
  get ended() {
    if (this.#ended === null) {
      this.#ended = new Outcome();
      if (this.state === 'closed') this.#ended.resolve();
      else if (this.state === 'errored') this.#ended.reject(this.storedError);
    }
    return this.#ended;
  }

  close() {
    this.state = 'closed';
    this.#ended?.resolve();
    const { reader } = this;
    if (reader === null) return;
    reader.closed.resolve();
    if (reader.isByob) return;
    reader.closeRequests();
  }

  error(reason) {
    this.state = 'errored';
    this.storedError = reason;
    this.#ended?.reject(reason);
    const { reader } = this;
    if (reader === null) return;
    reader.closed.reject(reason);
    reader.failRequests(reason);
  }

  /** Nobody wants the rest; gives steps. */
  cancel(reason) {
    this.disturbed = true;
    if (this.state === 'closed') return undefined;
    if (this.state === 'errored') return PromiseReject(this.storedError);
    const { reader } = this;
    this.close();
    if (reader !== null && reader.isByob) reader.closeRequests();
    const result = this.controller.cancelSteps(reason);
    return result === undefined ? undefined : chain(result, () => undefined);
  }

  get hasDefaultReader() { return this.reader !== null && !this.reader.isByob; }
  get hasByobReader() { return this.reader !== null && this.reader.isByob; }
  get waitingReads() { return this.reader === null ? 0 : this.reader.requests.length; }

  /** Gives a chunk to the read that has waited longest. */
  fulfillRead(chunk, done) {
    const request = this.reader.requests.shift();
    if (done) request.close(chunk);
    else request.chunk(chunk);
  }
}

/**
 * A reader from inside.  Its requests are objects with three functions, of which one is called: `chunk(value)`, `close(value)`
 * where the value is an empty view or undefined, and `error(reason)`.
 */
export class Reader {
  stream;
  isByob;
  requests = new Queue();
  closed = new Outcome();

  constructor(stream, isByob) {
    if (stream.reader !== null) throw new TypeError('The stream is locked to a reader already');
    this.stream = stream;
    this.isByob = isByob;
    stream.reader = this;
    if (stream.state === 'closed') this.closed.resolve();
    else if (stream.state === 'errored') this.closed.reject(stream.storedError);
  }

  /** Of a default reader. */
  read(request) {
    const { stream } = this;
    stream.disturbed = true;
    if (stream.state === 'closed') request.close(undefined);
    else if (stream.state === 'errored') request.error(stream.storedError);
    else stream.controller.pullSteps(request);
  }

  /** Of a BYOB reader. */
  readInto(view, minimum, request) {
    const { stream } = this;
    stream.disturbed = true;
    if (stream.state === 'errored') request.error(stream.storedError);
    else stream.controller.pullInto(view, minimum, request);
  }

  takeRequests() {
    const { requests } = this;
    this.requests = new Queue();
    return requests;
  }

  closeRequests() {
    const requests = this.takeRequests();
    while (requests.length > 0) requests.shift().close(undefined);
  }

  failRequests(reason) {
    const requests = this.takeRequests();
    while (requests.length > 0) requests.shift().error(reason);
  }

  cancel(reason) { return this.stream.cancel(reason); }

  release() {
    const { stream } = this;
    const released = new TypeError('The reader was released');
    if (this.closed.isPending) this.closed.reject(released);
    else this.closed = Outcome.rejected(released);
    stream.controller.releaseSteps();
    stream.reader = null;
    this.stream = null;
    this.failRequests(released);
  }
}

/** The inner object of a reader that still has its stream. */
export function requireStream(reader, what) {
  if (reader.stream === null) throw new TypeError(`Cannot ${what} a reader that was released`);
  return reader;
}
