// QuotaExceededError: https://webidl.spec.whatwg.org/#quotaexceedederror

import { Number, NumberIsFinite, RangeError, TypeError } from '../bootstrap/primordials.js';
import { defineInterface, isObject, serializable, toDictionary } from '../webidl/index.js';
import { DOMException, copyStack, messageOf } from './dom_exception.js';

let is;
let clone;

export class QuotaExceededError extends DOMException {
  #quota;
  #requested;

  static {
    is = (value) => isObject(value) && #quota in value;
    clone = (value) => {
      const copy = new QuotaExceededError(messageOf(value));
      copy.#quota = value.#quota;
      copy.#requested = value.#requested;
      return copyStack(copy, value);
    };
  }

  constructor(message = '', options = undefined) {
    super(message, 'QuotaExceededError');
    const given = toDictionary(options, 'The options of a QuotaExceededError');
    this.#quota = toAmount(given.quota, 'quota');
    this.#requested = toAmount(given.requested, 'requested');
    if (this.#quota !== null && this.#requested !== null && this.#requested < this.#quota) {
      throw new RangeError(`QuotaExceededError: requested is ${this.#requested}, which is within the quota of ${this.#quota}`);
    }
  }

  get quota() { return this.#quota; }
  get requested() { return this.#requested; }
}
defineInterface(QuotaExceededError, 'QuotaExceededError');
serializable(QuotaExceededError, (value) => is(value), (value) => clone(value));

// A double that is not negative; null when it is not given.
function toAmount(value, name) {
  if (value === undefined) return null;
  const number = Number(value);
  if (!NumberIsFinite(number)) throw new TypeError(`QuotaExceededError: ${name} is not a finite number`);
  if (number < 0) throw new RangeError(`QuotaExceededError: ${name} is ${number}, which is negative`);
  return number;
}

export const globals = { QuotaExceededError };
