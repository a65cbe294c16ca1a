// One stream of bytes becomes two: https://streams.spec.whatwg.org/#abstract-opdef-readablebytestreamtee

import { TypedArrayPrototypeSlice, Uint8Array } from '../bootstrap/primordials.js';
import { requestOf } from './byte_objects.js';
import { ByteController } from './byte_controller.js';
import { upon } from './promises.js';
import { Readable, Reader } from './readable.js';
import { Cancellation } from './tee.js';
import { bufferOf, offsetOf, sizeOf } from './views.js';

const OTHER = { __proto__: null, one: 'two', two: 'one' };

class ByteTee {
  one = new Readable();
  two = new Readable();
  #stream;
  #reader;
  #cancellation;
  #reading = false;
  #again = { __proto__: null, one: false, two: false };

  constructor(stream) {
    this.#stream = stream;
    this.#cancellation = new Cancellation(stream);
    this.#takeReader(false);
    this.#setUp('one');
    this.#setUp('two');
  }

  #setUp(name) {
    const controller = new ByteController(this[name], {
      __proto__: null,
      highWaterMark: 0,
      pullSource: () => this.#pull(name),
      cancelSource: (reason) => this.#cancellation.cancel(name, reason),
    });
    controller.start(undefined);
  }

  // A BYOB reader while a branch has a view to be filled, otherwise a default one.
  #takeReader(isByob) {
    const before = this.#reader;
    if (before !== undefined) {
      if (before.isByob === isByob) return;
      before.release();
    }
    const reader = new Reader(this.#stream, isByob);
    this.#reader = reader;
    upon(reader.closed.promise, undefined, (reason) => {
      if (reader !== this.#reader) return;
      this.one.controller.error(reason);
      this.two.controller.error(reason);
      if (!this.#cancellation.both) this.#cancellation.settle();
    });
  }

  #pull(name) {
    if (this.#reading) {
      this.#again[name] = true;
      return;
    }
    this.#reading = true;
    const request = requestOf(this[name].controller);
    if (request === null) this.#pullChunk();
    else this.#pullInto(request.view, name);
  }

  #pullChunk() {
    this.#takeReader(false);
    this.#reader.read({
      __proto__: null,
      chunk: (chunk) => upon(undefined, () => this.#spread(chunk)),
      close: () => this.#closed(),
      error: () => { this.#reading = false; },
    });
  }

  #spread(chunk) {
    this.#again.one = this.#again.two = false;
    const { canceled } = this.#cancellation;
    let copy = chunk;
    if (!canceled.one && !canceled.two) {
      copy = this.#copy(chunk);
      if (copy === null) return;
    }
    if (!canceled.one) this.one.controller.enqueueOwn(chunk);
    if (!canceled.two) this.two.controller.enqueueOwn(copy);
    this.#goOn();
  }

  // Null when there is no memory for it: both branches have failed then.
  #copy(chunk) {
    try {
      return TypedArrayPrototypeSlice(new Uint8Array(bufferOf(chunk), offsetOf(chunk), sizeOf(chunk)));
    } catch (error) {
      this.one.controller.error(error);
      this.two.controller.error(error);
      upon(this.#stream.cancel(error), () => this.#cancellation.settle(), () => this.#cancellation.settle());
      return null;
    }
  }

  #goOn() {
    this.#reading = false;
    if (this.#again.one) this.#pull('one');
    else if (this.#again.two) this.#pull('two');
  }

  #closed() {
    this.#reading = false;
    const { canceled } = this.#cancellation;
    if (!canceled.one) this.one.controller.close();
    if (!canceled.two) this.two.controller.close();
    this.#answerEmpty('one');
    this.#answerEmpty('two');
    if (!this.#cancellation.both) this.#cancellation.settle();
  }

  #answerEmpty(name) {
    const { controller } = this[name];
    if (controller.pullIntos.length > 0) controller.respond(0);
  }

  #pullInto(view, name) {
    this.#takeReader(true);
    this.#reader.readInto(view, 1, {
      __proto__: null,
      chunk: (chunk) => upon(undefined, () => this.#spreadView(chunk, name)),
      close: (chunk) => this.#closedInto(chunk, name),
      error: () => { this.#reading = false; },
    });
  }

  // The branch that gave the view gets it back, the other one a copy.
  #spreadView(chunk, name) {
    this.#again.one = this.#again.two = false;
    const other = OTHER[name];
    const { canceled } = this.#cancellation;
    if (!canceled[other]) {
      const copy = this.#copy(chunk);
      if (copy === null) return;
      if (!canceled[name]) this[name].controller.respondWithNewView(chunk);
      this[other].controller.enqueueOwn(copy);
    } else if (!canceled[name]) this[name].controller.respondWithNewView(chunk);
    this.#goOn();
  }

  #closedInto(chunk, name) {
    this.#reading = false;
    const other = OTHER[name];
    const { canceled } = this.#cancellation;
    if (!canceled[name]) this[name].controller.close();
    if (!canceled[other]) this[other].controller.close();
    if (chunk !== undefined) {
      if (!canceled[name]) this[name].controller.respondWithNewView(chunk);
      if (!canceled[other]) this.#answerEmpty(other);
    }
    if (!canceled[name] || !canceled[other]) this.#cancellation.settle();
  }
}

/** `{one, two}`, inner objects. */
export function teeBytes(stream) {
  return new ByteTee(stream);
}
