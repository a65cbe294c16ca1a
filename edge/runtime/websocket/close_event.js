// CloseEvent: https://websockets.spec.whatwg.org/#the-closeevent-interface

import { Event, trusted } from '../events/event.js';
import { defineInterface, requireArguments, toDictionary, toInteger, toUSVString } from '../webidl/index.js';

export class CloseEvent extends Event {
  #wasClean;
  #code;
  #reason;

  constructor(type, init = undefined) {
    requireArguments(arguments.length, 1, "Failed to construct 'CloseEvent'");
    super(type, init);
    const { code, reason, wasClean } = toDictionary(init, 'The event init');
    this.#code = code === undefined ? 0 : toInteger(code, 65536, false);
    this.#reason = reason === undefined ? '' : toUSVString(reason);
    this.#wasClean = !!wasClean;
  }

  get wasClean() { return this.#wasClean; }
  get code() { return this.#code; }
  get reason() { return this.#reason; }
}
defineInterface(CloseEvent, 'CloseEvent');

/** One that the runtime itself fires. */
export function createCloseEvent(code, reason, wasClean) {
  return trusted(new CloseEvent('close', { __proto__: null, code, reason, wasClean }));
}
