// ExtendableEvent: https://w3c.github.io/ServiceWorker/#extendableevent-interface

import { DOMException, Event } from '../events/index.js';
import { defineInterface, requireArguments } from '../webidl/index.js';

let setContext;
let contextOf;

export class ExtendableEvent extends Event {
  // The `ctx` that a handler of the module syntax gets; an event that a script has made has none.
  #context = null;

  static {
    setContext = (event, context) => { event.#context = context; };
    contextOf = (event) => event.#context;
  }

  constructor(type, init = undefined) {
    requireArguments(arguments.length, 1, "Failed to construct 'ExtendableEvent'");
    super(type, init);
  }

  waitUntil(promise) {
    requireArguments(arguments.length, 1, 'ExtendableEvent.waitUntil');
    if (this.#context === null) throw new DOMException('waitUntil: only events of the runtime can be extended.', 'InvalidStateError');
    this.#context.waitUntil(promise);
  }
}
defineInterface(ExtendableEvent, 'ExtendableEvent');

export { contextOf, setContext };
