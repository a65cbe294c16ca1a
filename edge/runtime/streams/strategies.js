// Queuing strategies: https://streams.spec.whatwg.org/#qs

import { ObjectDefineProperty, RangeError, TypeError } from '../bootstrap/primordials.js';
import { defineInterface, isObject, requireArguments, toDictionary } from '../webidl/index.js';

function named(size) {
  ObjectDefineProperty(size, 'name', { __proto__: null, value: 'size', configurable: true });
  return size;
}

const byteLengthSize = named((chunk) => chunk.byteLength);
const countSize = named(() => 1);

function requireHighWaterMark(init, given, name) {
  requireArguments(given, 1, `Failed to construct '${name}'`);
  const { highWaterMark } = toDictionary(init, 'The strategy');
  if (highWaterMark === undefined) throw new TypeError(`Failed to construct '${name}': highWaterMark is missing.`);
  return +highWaterMark;
}

export class ByteLengthQueuingStrategy {
  #highWaterMark;

  constructor(init) {
    this.#highWaterMark = requireHighWaterMark(init, arguments.length, 'ByteLengthQueuingStrategy');
  }

  get highWaterMark() { return this.#highWaterMark; }

  get size() {
    void this.#highWaterMark;
    return byteLengthSize;
  }
}
defineInterface(ByteLengthQueuingStrategy, 'ByteLengthQueuingStrategy');

export class CountQueuingStrategy {
  #highWaterMark;

  constructor(init) {
    this.#highWaterMark = requireHighWaterMark(init, arguments.length, 'CountQueuingStrategy');
  }

  get highWaterMark() { return this.#highWaterMark; }

  get size() {
    void this.#highWaterMark;
    return countSize;
  }
}
defineInterface(CountQueuingStrategy, 'CountQueuingStrategy');

/** A member of a dictionary that is a function; undefined when it is not there. */
export function toCallback(value, what) {
  if (value !== undefined && typeof value !== 'function') throw new TypeError(`${what} is not a function`);
  return value;
}

/** `{highWaterMark, size}` of a QueuingStrategy, undefined where it says nothing. */
export function toStrategy(init) {
  const strategy = toDictionary(init, 'The strategy');
  const { highWaterMark } = strategy;
  const mark = highWaterMark === undefined ? undefined : +highWaterMark;
  return { __proto__: null, highWaterMark: mark, size: toCallback(strategy.size, 'size of the strategy') };
}

/** https://streams.spec.whatwg.org/#validate-and-normalize-high-water-mark */
export function highWaterMarkOf({ highWaterMark }, standard) {
  if (highWaterMark === undefined) return standard;
  if (!(highWaterMark >= 0)) throw new RangeError('highWaterMark must be a number that is not negative');
  return highWaterMark;
}

/** An underlying source, sink or transformer, whose members the caller reads: an object, or nothing. */
export function toUnderlying(value, what) {
  if (value === undefined) return { __proto__: null };
  if (!isObject(value)) throw new TypeError(`${what} is not an object`);
  return value;
}
