// ProgressEvent: https://xhr.spec.whatwg.org/#interface-progressevent

import { Number, NumberIsFinite, TypeError } from '../bootstrap/primordials.js';
import { Event } from './event.js';
import { defineInterface, requireArguments, toDictionary } from '../webidl/index.js';

// Web IDL's double.
function toDouble(value, what) {
  if (value === undefined) return 0;
  const number = Number(value);
  if (!NumberIsFinite(number)) throw new TypeError(`ProgressEvent: ${what} is not a finite number.`);
  return number;
}

export class ProgressEvent extends Event {
  #lengthComputable;
  #loaded;
  #total;

  constructor(type, init = undefined) {
    requireArguments(arguments.length, 1, "Failed to construct 'ProgressEvent'");
    super(type, init);
    const options = toDictionary(init, 'The event init');
    this.#lengthComputable = !!options.lengthComputable;
    this.#loaded = toDouble(options.loaded, 'loaded');
    this.#total = toDouble(options.total, 'total');
  }

  get lengthComputable() { return this.#lengthComputable; }
  get loaded() { return this.#loaded; }
  get total() { return this.#total; }
}
defineInterface(ProgressEvent, 'ProgressEvent');

export const globals = { ProgressEvent };
