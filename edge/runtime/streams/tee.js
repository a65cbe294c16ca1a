// One stream becomes two: https://streams.spec.whatwg.org/#abstract-opdef-readablestreamdefaulttee

import { DefaultController } from './default_controller.js';
import { teeBytes } from './tee_bytes.js';
import { Deferred, upon } from './promises.js';
import { Readable, Reader } from './readable.js';

/** `{one, two}`, inner objects; with `clone` the second gets structured clones of the chunks. */
export function tee(stream, clone) {
  return stream.controller.isByte ? teeBytes(stream) : teeChunks(stream, clone);
}

/** What the branches of a tee have in common: when both are cancelled, the stream is. */
export class Cancellation {
  #stream;
  #reasons = [undefined, undefined];
  #deferred = new Deferred();
  canceled = { __proto__: null, one: false, two: false };

  constructor(stream) {
    this.#stream = stream;
  }

  get both() { return this.canceled.one && this.canceled.two; }

  cancel(branch, reason) {
    this.canceled[branch] = true;
    this.#reasons[branch === 'one' ? 0 : 1] = reason;
    if (this.both) upon(this.#stream.cancel(this.#reasons), () => this.settle(), this.#deferred.reject);
    return this.#deferred.promise;
  }

  /** Nothing is left to be cancelled. */
  settle() { this.#deferred.resolve(undefined); }
}

function teeChunks(stream, clone) {
  const reader = new Reader(stream, false);
  const cancellation = new Cancellation(stream);
  const branches = { __proto__: null, one: new Readable(), two: new Readable() };
  let reading = false;
  let readAgain = false;

  const enqueue = (chunk) => {
    const { canceled } = cancellation;
    let second = chunk;
    if (clone && !canceled.two) {
      try {
        second = import('../structured_clone/clone.js').cloneValue(chunk);
      } catch (error) {
        branches.one.controller.error(error);
        branches.two.controller.error(error);
        upon(stream.cancel(error), () => cancellation.settle(), () => cancellation.settle());
        return;
      }
    }
    if (!canceled.one) branches.one.controller.enqueue(chunk);
    if (!canceled.two) branches.two.controller.enqueue(second);
  };

  const request = {
    __proto__: null,
    chunk: (chunk) => upon(undefined, () => {
      readAgain = false;
      enqueue(chunk);
      reading = false;
      if (readAgain) pull();
    }),
    close: () => {
      reading = false;
      if (!cancellation.canceled.one) branches.one.controller.close();
      if (!cancellation.canceled.two) branches.two.controller.close();
      if (!cancellation.both) cancellation.settle();
    },
    error: () => { reading = false; },
  };

  function pull() {
    if (reading) {
      readAgain = true;
      return;
    }
    reading = true;
    reader.read(request);
  }

  const set = (name) => {
    const controller = new DefaultController(branches[name], {
      __proto__: null, highWaterMark: 1, pullSource: pull, cancelSource: (reason) => cancellation.cancel(name, reason),
    });
    controller.start(undefined);
  };
  set('one');
  set('two');
  upon(reader.closed.promise, undefined, (reason) => {
    branches.one.controller.error(reason);
    branches.two.controller.error(reason);
    if (!cancellation.both) cancellation.settle();
  });
  return branches;
}
