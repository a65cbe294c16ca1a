// FetchEvent: https://w3c.github.io/ServiceWorker/#fetchevent-interface
// Without clients: there are no pages here that a worker would control.

import { TypeError } from '../bootstrap/primordials.js';
import { DOMException, eventState } from '../events/index.js';
import { requestState } from '../fetch/index.js';
import { defineInterface, requireArguments, toDictionary } from '../webidl/index.js';
import { ExtendableEvent, contextOf } from './extendable_event.js';

let answerOf;

export class FetchEvent extends ExtendableEvent {
  #request;
  // What respondWith was called with, in an object of its own: it may be undefined.
  #answer = null;

  static {
    answerOf = (event) => event.#answer;
  }

  constructor(type, init) {
    requireArguments(arguments.length, 2, "Failed to construct 'FetchEvent'");
    super(type, init);
    const { request } = toDictionary(init, 'The event init');
    if (requestState(request) === null) throw new TypeError("Failed to construct 'FetchEvent': init.request is not a Request.");
    this.#request = request;
  }

  get request() { return this.#request; }

  respondWith(response) {
    requireArguments(arguments.length, 1, 'FetchEvent.respondWith');
    if (this.#answer !== null) throw new DOMException('respondWith: this event has its response already.', 'InvalidStateError');
    if (!eventState(this).dispatching) {
      throw new DOMException('respondWith: call it in the listener, before its first await; the response may be a promise.', 'InvalidStateError');
    }
    eventState(this).stopped = eventState(this).stoppedNow = true;
    this.#answer = { __proto__: null, response };
  }

  passThroughOnException() { contextOf(this)?.passThroughOnException(); }
}
defineInterface(FetchEvent, 'FetchEvent');

/** `{response}` that a listener gave, a promise of one perhaps; null when none did. */
export { answerOf };
