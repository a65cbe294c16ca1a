// IdentityTransformStream and FixedLengthStream, as functions written for Workers know them: bytes pass as they are, and the
// readable side fills views.  https://developers.cloudflare.com/workers/runtime-apis/streams/transformstream/

import { TypeError, TypedArrayPrototypeGetByteLength } from '../bootstrap/primordials.js';
import { bytesCopy, defineInterface, requireArguments, toIntegerInRange } from '../webidl/index.js';
import { ByteController } from './byte_controller.js';
import { requestOf } from './byte_objects.js';
import { INTERNAL } from './internal.js';
import { Deferred, attempt, chain } from './promises.js';
import { Readable } from './readable.js';
import { highWaterMarkOf, toStrategy } from './strategies.js';
import { TransformStream } from './transform_stream.js';
import { Writable } from './writable.js';
import { WritableController } from './writable_controller.js';

/** Both sides; a write ends when the reader has asked for its chunk. */
class Passage {
  readable = new Readable();
  writable = new Writable();
  // How many bytes are still to come; null when that is not known.
  #left;
  #length;
  // Of a reader that waits for a chunk, and of a writer that waits for a reader.
  #wanted = null;
  #offered = null;

  constructor(highWaterMark, length) {
    this.#left = this.#length = length;
    this.readable.knownLength = length;
    new ByteController(this.readable, {
      __proto__: null,
      highWaterMark: 0,
      pullSource: () => this.#pull(),
      cancelSource: (reason) => this.#cancel(reason),
    });
    const controller = new WritableController(this.writable, {
      __proto__: null,
      highWaterMark,
      writeSink: (chunk) => attempt(() => this.#write(chunk)),
      closeSink: () => attempt(() => this.#close()),
      abortSink: (reason) => this.#fail(reason),
    });
    controller.onAbort = () => this.#offered?.resolve(undefined);
    this.readable.controller.started = true;
    controller.start(undefined);
  }

  #pull() {
    this.#wanted = new Deferred();
    this.#offered?.resolve(undefined);
    return this.#wanted.promise;
  }

  #given() {
    this.#wanted?.resolve(undefined);
    this.#wanted = null;
  }

  #write(chunk) {
    const bytes = bytesCopy(chunk, 'A chunk');
    const size = TypedArrayPrototypeGetByteLength(bytes);
    if (this.#left !== null && size > this.#left) this.#refuse(`more than the ${this.#length} bytes that were declared`);
    if (this.#left !== null) this.#left -= size;
    if (size === 0) return undefined;
    if (this.#wanted !== null) return this.#give(bytes);
    this.#offered = new Deferred();
    return chain(this.#offered.promise, () => this.#give(bytes));
  }

  #give(bytes) {
    this.#offered = null;
    // Either side may have ended meanwhile.
    if (this.writable.state === 'writable') this.readable.controller.enqueueOwn(bytes);
    this.#given();
  }

  #refuse(message) {
    const error = new TypeError(`FixedLengthStream: ${message}`);
    this.#fail(error);
    throw error;
  }

  #close() {
    if (this.#left !== null && this.#left > 0) this.#refuse(`${this.#left} of the ${this.#length} bytes that were declared are missing`);
    const { controller } = this.readable;
    controller.close();
    if (requestOf(controller) !== null) controller.respond(0);
    this.#given();
  }

  #fail(reason) {
    this.readable.controller.error(reason);
    this.#given();
  }

  #cancel(reason) {
    this.writable.controller.errorIfNeeded(reason);
    this.#offered?.resolve(undefined);
  }
}

export class IdentityTransformStream extends TransformStream {
  constructor(strategy = undefined) {
    super(INTERNAL, new Passage(highWaterMarkOf(toStrategy(strategy), 1), null));
  }
}
defineInterface(IdentityTransformStream, 'IdentityTransformStream');

export class FixedLengthStream extends TransformStream {
  constructor(expectedLength, strategy = undefined) {
    requireArguments(arguments.length, 1, "Failed to construct 'FixedLengthStream'");
    const length = toIntegerInRange(typeof expectedLength === 'bigint' ? `${expectedLength}` : expectedLength, 0, 2 ** 53 - 1, 'The length');
    super(INTERNAL, new Passage(highWaterMarkOf(toStrategy(strategy), 1), length));
  }
}
defineInterface(FixedLengthStream, 'FixedLengthStream');
