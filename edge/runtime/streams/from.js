// ReadableStream.from: https://streams.spec.whatwg.org/#readable-stream-from-iterable

import { FunctionPrototypeCall, PromisePrototypeThen, PromiseResolve, ReflectApply, SymbolAsyncIterator, SymbolIterator, TypeError } from '../bootstrap/primordials.js';
import { isObject } from '../webidl/index.js';
import { DefaultController } from './default_controller.js';
import { attempt } from './promises.js';
import { Readable } from './readable.js';

// https://tc39.es/ecma262/#sec-getmethod
function methodOf(value, name) {
  const method = value[name];
  if (method === undefined || method === null) return undefined;
  if (typeof method !== 'function') throw new TypeError('A method of what is iterated is not a function');
  return method;
}

function requireResult(result) {
  if (!isObject(result)) throw new TypeError('The iterator gave something else than an object');
  return result;
}

/** An iterator of the user's: its two steps either give a promise or throw. */
class AsyncSource {
  iterator;
  next;

  constructor(iterator) {
    this.iterator = iterator;
    this.next = iterator.next;
  }

  pull(controller) {
    const promise = PromiseResolve(ReflectApply(this.next, this.iterator, []));
    return PromisePrototypeThen(promise, (result) => {
      requireResult(result);
      if (result.done) controller.close();
      else controller.enqueue(result.value);
    });
  }

  cancel(reason) {
    const end = methodOf(this.iterator, 'return');
    if (end === undefined) return undefined;
    return PromisePrototypeThen(PromiseResolve(FunctionPrototypeCall(end, this.iterator, reason)), (result) => void requireResult(result));
  }
}

/** A synchronous one, whose values may be promises: https://tc39.es/ecma262/#sec-async-from-sync-iterator-objects */
class SyncSource {
  iterator;
  next;

  constructor(iterator) {
    this.iterator = iterator;
    this.next = iterator.next;
  }

  pull(controller) {
    const result = requireResult(ReflectApply(this.next, this.iterator, []));
    const { done } = result;
    const value = this.#promise(result.value, done);
    if (done) return PromisePrototypeThen(value, () => controller.close());
    return PromisePrototypeThen(value, (chunk) => controller.enqueue(chunk), (reason) => {
      this.#abandon();
      throw reason;
    });
  }

  #promise(value, done) {
    try {
      return PromiseResolve(value);
    } catch (error) {
      if (!done) this.#abandon();
      throw error;
    }
  }

  // What the iterator says to that is of no interest: it has failed already.
  #abandon() {
    try {
      const end = methodOf(this.iterator, 'return');
      if (end !== undefined) ReflectApply(end, this.iterator, []);
    } catch {
      // See above.
    }
  }

  cancel(reason) {
    const end = methodOf(this.iterator, 'return');
    if (end === undefined) return undefined;
    const result = requireResult(FunctionPrototypeCall(end, this.iterator, reason));
    return PromisePrototypeThen(PromiseResolve(result.value), () => undefined);
  }
}

function sourceOf(iterable) {
  if (iterable === undefined || iterable === null) throw new TypeError('ReadableStream.from: the argument is not iterable');
  const method = methodOf(iterable, SymbolAsyncIterator);
  if (method !== undefined) return new AsyncSource(requireIterator(ReflectApply(method, iterable, [])));
  const synchronous = methodOf(iterable, SymbolIterator);
  if (synchronous === undefined) throw new TypeError('ReadableStream.from: the argument is not iterable');
  return new SyncSource(requireIterator(ReflectApply(synchronous, iterable, [])));
}

function requireIterator(iterator) {
  if (!isObject(iterator)) throw new TypeError('ReadableStream.from: the iterator is not an object');
  return iterator;
}

/** The inner object of a stream of what an iterable gives. */
export function readableFrom(iterable) {
  const source = sourceOf(iterable);
  const stream = new Readable();
  const controller = new DefaultController(stream, {
    __proto__: null,
    highWaterMark: 0,
    pullSource: () => attempt(() => source.pull(controller)),
    cancelSource: (reason) => attempt(() => source.cancel(reason)),
  });
  controller.start(undefined);
  return stream;
}
