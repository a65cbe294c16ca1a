// Asynchronous iteration of a ReadableStream: https://webidl.spec.whatwg.org/#js-asynchronous-iterable
// and https://streams.spec.whatwg.org/#rs-asynciterator

import {
  ObjectDefineProperty, ObjectGetPrototypeOf, ObjectSetPrototypeOf, PromisePrototypeThen, PromiseReject, SymbolToStringTag,
} from '../bootstrap/primordials.js';
import { Deferred, upon } from './promises.js';
import { Reader } from './readable.js';

const AsyncIteratorPrototype = ObjectGetPrototypeOf(ObjectGetPrototypeOf((async function* () {}).prototype));

class StreamIterator {
  #reader;
  #preventCancel;
  #finished = false;
  // The promise of the call before, until it is settled: calls take their turns.
  #ongoing = null;

  constructor(stream, preventCancel) {
    this.#reader = new Reader(stream, false);
    this.#preventCancel = preventCancel;
  }

  next() {
    try {
      return this.#inTurn((deferred) => this.#read(deferred));
    } catch (error) {
      return PromiseReject(error);
    }
  }

  return(value) {
    try {
      return this.#inTurn((deferred) => this.#end(deferred, value));
    } catch (error) {
      return PromiseReject(error);
    }
  }

  #inTurn(run) {
    const deferred = new Deferred();
    const before = this.#ongoing;
    this.#ongoing = deferred.promise;
    if (before === null) run(deferred);
    else PromisePrototypeThen(before, () => run(deferred), () => run(deferred));
    return deferred.promise;
  }

  #settled(deferred) {
    if (this.#ongoing === deferred.promise) this.#ongoing = null;
  }

  #read(deferred) {
    if (this.#finished) {
      this.#settled(deferred);
      deferred.resolve({ value: undefined, done: true });
      return;
    }
    this.#reader.read({
      __proto__: null,
      // One microtask later, as the standard's promise of a promise: the source may pull in between.
      chunk: (value) => upon(undefined, () => {
        this.#settled(deferred);
        deferred.resolve({ value, done: false });
      }),
      close: () => {
        this.#finish(deferred);
        deferred.resolve({ value: undefined, done: true });
      },
      error: (reason) => {
        this.#finish(deferred);
        deferred.reject(reason);
      },
    });
  }

  #finish(deferred) {
    this.#finished = true;
    this.#settled(deferred);
    this.#reader.release();
  }

  #end(deferred, value) {
    let steps;
    if (!this.#finished) {
      this.#finished = true;
      if (!this.#preventCancel) steps = this.#reader.cancel(value);
      this.#reader.release();
    }
    upon(steps, () => {
      this.#settled(deferred);
      deferred.resolve({ value, done: true });
    }, (reason) => {
      this.#settled(deferred);
      deferred.reject(reason);
    });
  }
}

const { prototype } = StreamIterator;
ObjectSetPrototypeOf(prototype, AsyncIteratorPrototype);
delete prototype.constructor;
ObjectDefineProperty(prototype, 'next', { __proto__: null, enumerable: true });
ObjectDefineProperty(prototype, 'return', { __proto__: null, enumerable: true });
ObjectDefineProperty(prototype, SymbolToStringTag, { __proto__: null, value: 'ReadableStream AsyncIterator', configurable: true });

export function createIterator(stream, preventCancel) {
  return new StreamIterator(stream, preventCancel);
}
