// PromiseRejectionEvent: https://html.spec.whatwg.org/multipage/webappapis.html#promiserejectionevent

import { TypeError } from '../bootstrap/primordials.js';
import { Event } from './event.js';
import { defineInterface, isObject, requireArguments, toDictionary } from '../webidl/index.js';

export class PromiseRejectionEvent extends Event {
  #promise;
  #reason;

  constructor(type, init) {
    requireArguments(arguments.length, 2, "Failed to construct 'PromiseRejectionEvent'");
    super(type, init);
    const { promise, reason } = toDictionary(init, 'The event init');
    if (!isObject(promise)) throw new TypeError("Failed to construct 'PromiseRejectionEvent': the member promise is required and must be an object.");
    this.#promise = promise;
    this.#reason = reason;
  }

  get promise() { return this.#promise; }
  get reason() { return this.#reason; }
}
defineInterface(PromiseRejectionEvent, 'PromiseRejectionEvent');

export const globals = { PromiseRejectionEvent };
